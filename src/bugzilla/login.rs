//! How a server takes the key: found out by asking, since a form that it does not know is ignored without a word.

use reqwest::Method;
use serde_json::{Value, json};

use super::call::Call;
use super::{AuthForm, BugzillaError, Server};

impl Server<'_> {
    /// The form of login, found out with the first question; `None` without a key.
    pub(super) fn known_form(&self) -> Result<Option<AuthForm>, BugzillaError> {
        if self.settings.key.is_none() {
            return Ok(None);
        }
        // Held until it is known, so that threads find it out once.
        let mut form = self.locked_form();
        if form.is_none() {
            *form = Some(self.find_form()?);
        }
        Ok(*form)
    }

    /// Asserts that there is a key, and that the server takes it.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`] that says what to do about it.
    pub fn log_in(&self) -> Result<AuthForm, BugzillaError> {
        self.known_form()?
            .ok_or_else(|| BugzillaError::LoginNeeded {
                host: self.host(),
                with_key: false,
                page: self.keys_page(),
            })
    }

    /// Finds the form out anew, where one that was remembered is not heard, since the server is another one.
    pub(super) fn other_form(&self, than: Option<AuthForm>) -> Result<AuthForm, BugzillaError> {
        let unheard = || BugzillaError::KeyUnheard { host: self.host() };
        if self.settings.form != than {
            return Err(unheard());
        }
        let found = self.find_form()?;
        *self.locked_form() = Some(found);
        if Some(found) == than {
            return Err(unheard());
        }
        Ok(found)
    }

    fn find_form(&self) -> Result<AuthForm, BugzillaError> {
        for form in AuthForm::ALL {
            if self.hears_reading(form)? {
                return Ok(form);
            }
        }
        for form in AuthForm::ALL {
            if self.hears_writing(form)? {
                return Ok(form);
            }
        }
        Err(BugzillaError::KeyUnheard { host: self.host() })
    }

    /// `parameters` shows more to whoever is logged in.
    fn hears_reading(&self, form: AuthForm) -> Result<bool, BugzillaError> {
        match self.repeat_as(&parameters(), Some(form)) {
            Ok(value) => Ok(is_of_user(&value)),
            Err(error) => no(error).map(|()| false),
        }
    }

    /// Where that says nothing: a comment without a text is refused whoever sends it, but not for the same reason.
    fn hears_writing(&self, form: AuthForm) -> Result<bool, BugzillaError> {
        let nothing = Call::write(Method::POST, "bug/1/comment", json!({}));
        match self.repeat_as(&nothing, Some(form)) {
            Err(BugzillaError::Refused {
                code: PARAM_REQUIRED,
                ..
            }) => Ok(true),
            Err(error) => no(error).map(|()| false),
            Ok(_) => Ok(false),
        }
    }

    /// The largest attachment that the server takes, in bytes; `None` where it does not say. Asked once.
    pub(super) fn attachment_limit(&self) -> Result<Option<u64>, BugzillaError> {
        if let Some(limit) = self.attachment_limit.get() {
            return Ok(*limit);
        }
        let limit = match self.repeat(&parameters()) {
            Ok(value) => attachment_limit(&value),
            Err(error) => no(error).map(|()| None)?,
        };
        Ok(*self.attachment_limit.get_or_init(|| limit))
    }
}

/// `param_required` of `Bugzilla::WebService::Constants`.
const PARAM_REQUIRED: i64 = 50;

fn parameters() -> Call {
    Call::read("parameters", "Bugzilla.parameters")
}

/// Anonymous readers get two of them (Bugzilla 5.0.6, `Bugzilla::WebService::Bugzilla::parameters`).
fn is_of_user(value: &Value) -> bool {
    value.pointer("/parameters/maxattachmentsize").is_some()
}

/// Both are texts; of the two the larger counts.
fn attachment_limit(value: &Value) -> Option<u64> {
    let number = |name: &str| {
        let value = value.get("parameters")?.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    let kib = number("maxattachmentsize").map(|kib| kib << 10);
    let mib = number("maxlocalattachment").map(|mib| mib << 20);
    kib.max(mib)
}

/// Whether an error says no more than that this is not the way.
fn no(error: BugzillaError) -> Result<(), BugzillaError> {
    match error {
        BugzillaError::LoginNeeded { .. }
        | BugzillaError::Refused { .. }
        | BugzillaError::NoBug { .. } => Ok(()),
        // No such place: a page of the web server's, which no repetition changes.
        BugzillaError::Server { problem, .. } if !problem.is_passing() => Ok(()),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_texts_of_two_units() {
        let of = |value: Value| attachment_limit(&json!({ "parameters": value }));
        assert_eq!(
            of(json!({ "maxattachmentsize": "1000", "maxlocalattachment": "0" })),
            Some(1_024_000)
        );
        assert_eq!(
            of(json!({ "maxattachmentsize": 1000, "maxlocalattachment": "2" })),
            Some(2 << 20)
        );
        assert_eq!(of(json!({ "requirelogin": "0" })), None);
    }
}
