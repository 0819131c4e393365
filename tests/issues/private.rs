//! What of imported texts is kept.

use serde_json::json;

use super::{import, issue, store};

#[test]
fn nothing_private_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let body = "Mail jane.doe@corp.example.com, token ghp_abcdefghijklmnopqrstuvwxyz0123456789.\n\
        jane@box42:~$ gdb\n\
        #0  0x1 in chain_seek (key=\"hunter2hunter2\") at /home/jane/src/x.c:12\n\
        #1  0x2 in chain_contains (path=\"/home/jane/.ssh\") at /home/jane/src/x.c:65\n\n\
        Traceback (most recent call last):\n  File \"/home/jane/secret_project/app.py\", line 3, in log_in\n    login('hunter2')\n\
        ValueError: box42.corp.internal said no\n";
    let record = json!({ "number": 7, "title": "crash on box42.corp.internal for jane.doe@corp.example.com",
        "html_url": "https://github.com/a/b/issues/7", "state": "open", "created_at": "2024-01-02T03:04:05Z",
        "updated_at": "2024-01-02T03:04:05Z", "user": { "login": "jd" }, "body": body });
    import(&store, &[&record.to_string()], None);
    let issue = issue(&store, "github:a/b#7");
    assert_eq!(issue.stacks().count(), 2);
    let stored = format!("{issue:?}");
    for secret in [
        "jane",
        "corp",
        "box42",
        "ghp_",
        "hunter2",
        "secret_project",
        "@",
    ] {
        assert!(!stored.contains(secret), "{secret}: {stored}");
    }
    assert_eq!(issue.head.unwrap().title, "crash on <host> for <e-mail>");
}
