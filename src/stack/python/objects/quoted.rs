//! Strings and numbers as Python writes them.

use std::fmt::Write as _;

use super::strings::Characters;

/// Which characters stand for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// All that can be seen: `str` since 3.0.
    Printable,
    /// Only those of ASCII; others by their code point: `unicode` of 2.7.
    Ascii,
    /// Only those of ASCII; others are bytes: `bytes`, and `str` of 2.7.
    Bytes,
}

/// A string between quotes, as `repr` writes it (`Objects/unicodeobject.c`, `unicode_repr`): in double quotes where it
/// has single ones only. Of one that was cut the length follows.
pub(super) fn quoted(characters: &Characters, alphabet: Alphabet) -> String {
    let has = |quote: char| characters.codes.contains(&u32::from(quote));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut text = String::from(quote);
    for &code in &characters.codes {
        push(&mut text, code, quote, alphabet);
    }
    text.push(quote);
    if characters.cut {
        let unit = match alphabet {
            Alphabet::Bytes => "bytes",
            Alphabet::Printable | Alphabet::Ascii => "characters",
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "...({} {unit})", characters.length);
    }
    text
}

fn push(text: &mut String, code: u32, quote: char, alphabet: Alphabet) {
    let character = char::from_u32(code);
    match character {
        Some('\t') => text.push_str("\\t"),
        Some('\n') => text.push_str("\\n"),
        Some('\r') => text.push_str("\\r"),
        Some(escaped) if escaped == '\\' || escaped == quote => text.extend(['\\', escaped]),
        Some(plain) if stands_for_itself(plain, alphabet) => text.push(plain),
        _ => drop(match code {
            ..=0xff => write!(text, "\\x{code:02x}"),
            0x100..=0xffff => write!(text, "\\u{code:04x}"),
            _ => write!(text, "\\U{code:08x}"),
        }),
    }
}

fn stands_for_itself(character: char, alphabet: Alphabet) -> bool {
    if character.is_ascii() || alphabet != Alphabet::Printable {
        return character == ' ' || character.is_ascii_graphic();
    }
    // Behind a letter, since a mark that combines with what is before it is escaped where it stands alone.
    let with_letter = ['a', character].iter().collect::<String>();
    with_letter.escape_debug().nth(1) == Some(character)
}

/// A `float` as `repr` writes it: the shortest digits that give it back, in scientific notation outside of 1e-4 to 1e16
/// (`Python/pystrtod.c`, `format_float_short`).
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return format!("{value:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn characters(text: &str) -> Characters {
        let codes: Vec<u32> = text.chars().map(u32::from).collect();
        Characters {
            length: codes.len() as u64,
            codes,
            cut: false,
        }
    }

    #[test]
    fn strings() {
        let cases = [
            ("plain", "'plain'"),
            ("it's", "\"it's\""),
            ("it's \"it\"", "'it\\'s \"it\"'"),
            ("\t\n\r\\\0\u{7f}", r"'\t\n\r\\\x00\x7f'"),
            ("café €🐍", "'café €🐍'"),
            ("\u{200b}\u{202e}\u{85}\u{a0}", r"'\u200b\u202e\x85\xa0'"),
            ("e\u{301}", "'e\u{301}'"),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(&characters(text), Alphabet::Printable), expected);
        }
        let mut odd = characters("x");
        odd.codes.push(0xd800);
        assert_eq!(quoted(&odd, Alphabet::Printable), r"'x\ud800'");
        let text = characters("é€🐍");
        assert_eq!(quoted(&text, Alphabet::Ascii), r"'\xe9\u20ac\U0001f40d'");
        let bytes = characters("a\u{ff}");
        assert_eq!(quoted(&bytes, Alphabet::Bytes), r"'a\xff'");
    }

    #[test]
    fn floats() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (100.0, "100.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e22, "1.25e+22"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (5e-324, "5e-324"),
            (-2.5e-10, "-2.5e-10"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ];
        for (value, expected) in cases {
            assert_eq!(float(value), expected);
        }
    }
}
