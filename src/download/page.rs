//! Pages for people, sent instead of a file: by networks that want a login, and by servers that know no missing file.

/// How many bytes of a body tell.
pub(super) const HEAD: u64 = 64;

/// Whether an answer is a page, by its kind or by how it starts.
pub(super) fn is_page(content_type: Option<&str>, head: &[u8]) -> bool {
    let kind = content_type.unwrap_or_default().trim_start();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let head = head.trim_ascii_start();
    begins(kind.as_bytes(), "text/html")
        || begins(kind.as_bytes(), "application/xhtml")
        || begins(head, "<!doctype")
        || begins(head, "<html")
}

fn begins(bytes: &[u8], word: &str) -> bool {
    bytes
        .get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::is_page;

    #[test]
    fn pages_are_told_from_files() {
        assert!(is_page(Some("Text/HTML; charset=utf-8"), b""));
        assert!(is_page(
            Some("text/plain"),
            b"\xef\xbb\xbf \n<!DOCTYPE html>"
        ));
        assert!(is_page(None, b"<HTML lang=en>"));
        assert!(!is_page(
            Some("application/octet-stream"),
            b"\x28\xb5\x2f\xfd<html"
        ));
        assert!(!is_page(None, b"<!"));
    }
}
