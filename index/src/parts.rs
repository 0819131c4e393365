//! The words that a name is made of.

/// The words of an identifier in small letters, without those shorter than three letters, in order, without repeats:
/// `_PyErr_SetObject` is `err`, `set`, `object` and `setobject`; `deque_index_impl` is `deque`, `index`.
#[must_use]
pub fn parts(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |word: &str| {
        let word = word.to_ascii_lowercase();
        if word.len() > 2 && word != "impl" && !found.contains(&word) {
            found.push(word);
        }
    };
    for piece in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        humps(piece).into_iter().for_each(&mut add);
        add(piece);
    }
    found
}

/// `PyErrSet` is `Py`, `Err`, `Set`; `HTTPServer` is `HTTP`, `Server`.
fn humps(piece: &str) -> Vec<&str> {
    let bytes = piece.as_bytes();
    let starts = (1..bytes.len()).filter(|&at| {
        let upper = bytes[at].is_ascii_uppercase();
        let after_lower = !bytes[at - 1].is_ascii_uppercase();
        let before_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        upper && (after_lower || before_lower)
    });
    let mut words = Vec::new();
    let mut from = 0;
    for at in starts.chain([bytes.len()]) {
        words.push(&piece[from..at]);
        from = at;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_style() {
        for (name, expected) in [
            (
                "_PyErr_SetObject",
                &["err", "pyerr", "set", "object", "setobject"][..],
            ),
            ("deque_index_impl", &["deque", "index"]),
            ("_io_BytesIO_getbuffer", &["bytes", "bytesio", "getbuffer"]),
            ("HTTPServer", &["http", "server", "httpserver"]),
            ("x", &[]),
            ("", &[]),
            ("größe_of", &["gr"][..0]),
        ] {
            assert_eq!(parts(name), expected, "{name}");
        }
    }
}
