//! Which Python: sightings, the surest first.

use std::sync::LazyLock;

use fixtrail_index::Version;
use regex::Regex;

use crate::evidence::Sighting;
use crate::pattern::regex;

/// How sure a sighting is to be that of the crashed interpreter; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// The path of a file or package of the crashed process itself.
    Build,
    /// Python's own words, or such a path elsewhere in the text.
    Banner,
    /// Words of the reporter or a shell's prompt, where a path has the same series.
    Agreed,
    /// Major and minor only, as in `libpython3.9.so`.
    Series,
    /// Words of the reporter ("works in Python 3.8.3") or a shell's prompt (`via v3.8.3`).
    Words,
}

/// `3.9.0b1`, `3.9.0~b1`, `3.9b1`; a series has no third number.
macro_rules! exact {
    () => {
        r"([23]\.[0-9]{1,2}\.[0-9]{1,2}(?:~?(?:a|b|c|rc)[0-9]{1,2})?|[23]\.[0-9]{1,2}(?:a|b|rc)[0-9]{1,2})\+?"
    };
}

/// Packages and source folders: `python39-3.9.0~b1-1.fc32.x86_64`, `Python-3.8.5`, `cpython-3.12.1-linux`,
/// `python3.11 3.11.2-6`, `package: python3-3.9.0-1.fc33`.
static PACKAGE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?:^|[^A-Za-z0-9_])(?:(?i:lib|c)?(?i:python)(?:[23](?:\.?[0-9]{1,2})?)?(?:-(?:libs?|debuginfo|debugsource|",
        r"devel|minimal|debug|dbg|dbgsym|base|stdlib))?(?:-|_|==?)|",
        r"(?:lib)?python[23](?:\.[0-9]{1,2})?(?:-(?:minimal|stdlib|libs|dbg|dev))?(?::[a-z0-9]+)?\s+\(?)(?:[0-9]:)?",
        exact!(),
        r"(?:[-/_+.)\s\\]|$)"
    ))
});

/// Folders of one version: `/opt/python/3.9.0b1/bin`, `.pyenv/versions/3.10.13/`, `/usr/src/3.8.0/Lib/`,
/// `hostedtoolcache/Python/3.11.4/x64`, `Cellar/python@3.11/3.11.4_1/`.
static FOLDER: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?:(?i:pyenv[/\\]versions|c?python(?:@?[0-9.]+)?|interpreters)[/\\]v?",
        exact!(),
        r"|[/\\]v?",
        exact!(),
        r"[/\\](?:Lib|Objects|Modules|Python|Include|Parser|python|bin[/\\]python|lib[/\\](?:lib)?python))"
    ))
});

/// `Python 3.13.0a1+ (heads/main:...`, `platform linux -- Python 3.9.0b1, pytest`, `Python v3.12.1 (` of py-spy,
/// `python_version: 3.9.1`, `PYTHON_VERSION=3.9.1`.
static BANNER: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?:^|[^0-9A-Za-z_.-])(?i:c?python)(?i:[ _-]?version)?(?::|=| =|)\s?[v']?",
        exact!(),
        r"(?:[^0-9A-Za-z_.]|\.?$|\.\s)"
    ))
});

/// A shell's prompt: starship prints `via 🐍 v3.9.0b1 (env)`, and the same words for other languages.
static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?-u:\b)via [^0-9A-Za-z_\s]?.{0,12}?v",
        exact!(),
        r"(?:\s|$)"
    ))
});

static SERIES: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"libpython([23]\.[0-9]{1,2})|(?:^|[/\\\s`'(])python([23]\.[0-9]{1,2})(?:[mdut]{0,3}[^0-9A-Za-z_.]|[mdut]{0,3}$|\.so)|",
        r"(?i:python)([23])([0-9]{1,2})(?:_d)?(?:\.dll|\.exe|\.zip|\.pdb|[!+\\/])|cpython-([23])([0-9]{1,2})[mdut]{0,2}(?-u:\b)|",
        r"(?-u:\b)cp([23])([0-9]{1,2})-cp|Python3?\.framework/Versions/([23]\.[0-9]{1,2})|",
        r"(?:^|[^0-9A-Za-z_.])Python ([23]\.[0-9]{1,2})(?:[^0-9A-Za-z_.]|$|\.\s|\.$)"
    ))
});

#[derive(Debug)]
struct Seen {
    sighting: Sighting,
    certainty: Certainty,
    count: usize,
}

/// Versions seen so far.
#[derive(Debug, Default)]
pub(super) struct Sightings(Vec<Seen>);

impl Sightings {
    /// Looks at one line; `framed` where it belongs to a stack.
    pub(super) fn look(&mut self, text: &str, framed: bool) {
        if !text.contains(['2', '3']) {
            return;
        }
        let tied = framed
            || [
                "/usr/src/debug/",
                "Executable",
                "Core was",
                "package",
                "Package",
                "Module ",
                "executable",
                "Path:",
                "Cmdline",
            ]
            .iter()
            .any(|words| text.contains(words));
        let path = if tied {
            Certainty::Build
        } else {
            Certainty::Banner
        };
        let named = ["ython", "YTHON", "cp3", "cp2"]
            .iter()
            .any(|words| text.contains(words));
        let patterns = [(&PACKAGE, named), (&FOLDER, text.contains(['/', '\\']))];
        for (pattern, _) in patterns.into_iter().filter(|(_, fits)| *fits) {
            for found in pattern.captures_iter(text) {
                let Some(version) = found.iter().skip(1).flatten().next() else {
                    continue;
                };
                let seen = &text[widen(text, found.get_match().start(), version.end())];
                self.add(version.as_str(), seen, true, path);
            }
        }
        for found in BANNER.captures_iter(text).filter(|_| named) {
            self.add(&found[1], found[0].trim(), true, banner(text, &found));
        }
        if text.contains("via ")
            && let Some(found) = PROMPT.captures(text)
        {
            self.add(&found[1], found[0].trim(), true, Certainty::Words);
        }
        if named {
            self.series(text);
        }
    }

    fn series(&mut self, text: &str) {
        for found in SERIES.captures_iter(text) {
            let mut parts = found.iter().skip(1).flatten().map(|part| part.as_str());
            let Some(first) = parts.next() else { continue };
            let version = match parts.next() {
                Some(minor) => format!("{first}.{minor}"),
                None => first.to_owned(),
            };
            let words = found[0].starts_with(|c: char| c == 'P' || !c.is_ascii_alphanumeric())
                && found[0].contains("Python ");
            let certainty = if words {
                Certainty::Words
            } else {
                Certainty::Series
            };
            let at = found.get_match();
            let seen = if words {
                at.range()
            } else {
                widen(text, at.start(), at.end())
            };
            self.add(&version, text[seen].trim(), false, certainty);
        }
    }

    fn add(&mut self, version: &str, seen_in: &str, exact: bool, certainty: Certainty) {
        let Ok(version) = version.parse::<Version>() else {
            return;
        };
        let same =
            |seen: &&mut Seen| seen.sighting.version == version && seen.sighting.exact == exact;
        if let Some(seen) = self.0.iter_mut().find(same) {
            seen.count += 1;
            if certainty < seen.certainty {
                seen.certainty = certainty;
                // `3.9b1` is 3.9.0b1, which names it better.
                seen.sighting.version = version;
                seen.sighting.seen_in = seen_in.to_owned();
            }
            return;
        }
        // One interpreter is meant: a text with a hundred versions is a list of them.
        if self.0.len() < 100 {
            let sighting = Sighting {
                version,
                seen_in: seen_in.to_owned(),
                exact,
            };
            self.0.push(Seen {
                sighting,
                certainty,
                count: 1,
            });
        }
    }

    /// All versions, the surest first.
    pub(super) fn ranked(mut self) -> Vec<Sighting> {
        let sure: Vec<_> = self
            .0
            .iter()
            .filter(|seen| seen.certainty <= Certainty::Series)
            .map(|seen| seen.sighting.version.series())
            .collect();
        for seen in &mut self.0 {
            if seen.certainty == Certainty::Words
                && seen.sighting.exact
                && sure.contains(&seen.sighting.version.series())
            {
                seen.certainty = Certainty::Agreed;
            }
        }
        self.0
            .sort_by_key(|seen| (seen.certainty, std::cmp::Reverse(seen.count)));
        self.0.into_iter().map(|seen| seen.sighting).collect()
    }
}

/// Whether Python or a tool prints this, not a reporter.
fn banner(text: &str, found: &regex::Captures<'_>) -> Certainty {
    let at = found.get_match();
    let before = text[..at.start()].trim_end();
    let printed = before
        .trim_matches(|c: char| !c.is_alphanumeric() && c != '-')
        .is_empty()
        || before.ends_with("--")
        || text[..at.end()].ends_with('(')
        || text[at.end()..].trim_start().starts_with('(')
        || !found[0].contains(' ');
    if printed {
        Certainty::Banner
    } else {
        Certainty::Words
    }
}

/// The whole word around a find, so that a reader sees the path or package.
fn widen(text: &str, start: usize, end: usize) -> std::ops::Range<usize> {
    const MOST: usize = 120;
    let outside =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | ',' | '<' | '>');
    let from = text[..end].rfind(outside).map_or(0, |at| {
        at + text[at..].chars().next().map_or(1, char::len_utf8)
    });
    // A package may have a blank between its name and version.
    let from =
        from.min(start + text[start..].len() - text[start..].trim_start_matches(outside).len());
    let to = end + text[end..].find(outside).unwrap_or(text.len() - end);
    // The end of a sentence is no part of a package's name.
    let to = end + text[end..to].trim_end_matches(['.', ';', ':']).len();
    if to - from <= MOST {
        return from..to;
    }
    text.ceil_char_boundary(start.max(from))
        ..text.floor_char_boundary(to.min(start + MOST).max(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pythons(lines: &[(&str, bool)]) -> Vec<(String, bool)> {
        let mut seen = Sightings::default();
        for (line, framed) in lines {
            seen.look(line, *framed);
        }
        seen.ranked()
            .into_iter()
            .map(|seen| (seen.version.to_string(), seen.exact))
            .collect()
    }

    #[test]
    fn spellings() {
        for (text, version, exact) in [
            (
                "Python 3.13.0a1+ (heads/main:1234567890, Oct 2 2023) [GCC 12]",
                "3.13.0a1",
                true,
            ),
            (
                "platform linux -- Python 3.9.0b2, pytest-5.4.3",
                "3.9.0b2",
                true,
            ),
            ("Python v3.12.1 (/usr/local/bin/tool)", "3.12.1", true),
            (
                "f (x=1) at /usr/src/debug/python39-3.9.0~b2-1.fc32.x86_64/Objects/a.c:3",
                "3.9.0b2",
                true,
            ),
            ("ii  python3.11-minimal 3.11.2-6", "3.11.2", true),
            ("package: python3-3.9.4-1.fc33", "3.9.4", true),
            ("Package: python3.8-minimal 3.8.10-0ubuntu1", "3.8.10", true),
            ("#1 f at /build/Python-3.8.5/Objects/a.c:3", "3.8.5", true),
            ("/opt/python/3.9.0b2/bin/tool", "3.9.0b2", true),
            ("/home/u/.pyenv/versions/3.10.13/bin/x", "3.10.13", true),
            ("/usr/src/3.8.1/Lib/threading.py", "3.8.1", true),
            ("C:\\hostedtoolcache\\Python\\3.11.4\\x64", "3.11.4", true),
            ("from /usr/lib/libpython3.9.so.1.0", "3.9", false),
            ("from /usr/lib/libpython2.7.so", "2.7", false),
            ("/usr/lib64/python3.9/threading.py", "3.9", false),
            ("/usr/bin/python3.9m", "3.9", false),
            ("python39.dll!f+0x12", "3.9", false),
            ("_x.cpython-312-x86_64-linux-gnu.so", "3.12", false),
            (
                "Library/Frameworks/Python.framework/Versions/3.9/Python",
                "3.9",
                false,
            ),
            ("python312+0x1", "3.12", false),
        ] {
            let found = pythons(&[(text, false)]);
            assert_eq!(
                found.first(),
                Some(&(version.to_owned(), exact)),
                "{text}: {found:?}"
            );
        }
        for text in [
            "ipython 3.2.1",
            "python-dateutil-2.8.2",
            "pytest-3.9.0",
            "node via v18.2.0",
            "version 3.2.1",
            "python3-requests 2.31.0-1",
        ] {
            assert_eq!(pythons(&[(text, false)]), [], "{text}");
        }
    }

    #[test]
    fn the_surest_is_first() {
        let prompt = ("~/src on main via v3.8.3 (env)", false);
        let banner = ("Python 3.10.2 (main, Jan 1 2022)", false);
        let series = ("/usr/lib64/python3.9/threading.py", true);
        let build = ("#0 f () at /opt/python/3.9.7/x.c:1", true);
        let found = pythons(&[prompt, banner, series, build]);
        assert_eq!(
            found
                .iter()
                .map(|(version, _)| version.as_str())
                .collect::<Vec<_>>(),
            ["3.9.7", "3.10.2", "3.9", "3.8.3"]
        );
        assert_eq!(pythons(&[prompt, series])[0].0, "3.9");
        assert_eq!(
            pythons(&[("I have Python 3.9.2 here", false), series])[0].0,
            "3.9.2"
        );
    }

    #[test]
    fn the_words_around_are_kept() {
        let mut seen = Sightings::default();
        seen.look(
            "#0 f () at /usr/src/debug/python39-3.9.0~b2-1.fc32.x86_64/Objects/a.c:3",
            false,
        );
        assert_eq!(
            seen.ranked()[0].seen_in,
            "/usr/src/debug/python39-3.9.0~b2-1.fc32.x86_64/Objects/a.c:3"
        );
        let mut seen = Sightings::default();
        seen.look("It is the package python39-3.9.0~b2-1.fc32.", false);
        assert_eq!(seen.ranked()[0].seen_in, "python39-3.9.0~b2-1.fc32");
    }
}
