//! Limits of requests, as GitHub sets them: so many in an hour (the primary limit), and not too many at once (secondary).
//!
//! The headers are those of "Rate limits for the REST API" in GitHub's documentation.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::http::Answer;

/// What the head of an answer says of limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Requests that are left until the limit is set anew.
    remaining: Option<u64>,
    /// In how long that is, by the server's clock.
    reset: Option<Duration>,
    /// In how long to come again.
    retry_after: Option<Duration>,
}

/// The reset is told in whole seconds.
const SECOND: Duration = Duration::from_secs(1);

impl Told {
    pub(super) fn of(answer: &Answer) -> Self {
        let now = answer
            .header("date")
            .and_then(time)
            .unwrap_or_else(Timestamp::now);
        let reset = answer.number("x-ratelimit-reset").map(|reset| {
            let now = u64::try_from(now.as_second()).unwrap_or(0);
            Duration::from_secs(reset.saturating_sub(now)) + SECOND
        });
        Self {
            remaining: answer.number("x-ratelimit-remaining"),
            reset,
            retry_after: answer.number("retry-after").map(Duration::from_secs),
        }
    }

    /// How long to wait before the next request, after an answer that was one.
    pub(super) fn after_answer(self) -> Option<Duration> {
        self.reset.filter(|_| self.remaining == Some(0))
    }

    /// How long to wait after a refusal, if it is for a limit; `usual` where the server does not say.
    pub(super) fn after_refusal(
        self,
        status: u16,
        message: &str,
        usual: Duration,
    ) -> Option<Duration> {
        if status != 403 && status != 429 {
            return None;
        }
        let by_words = message.to_lowercase().contains("rate limit");
        self.retry_after
            .or_else(|| self.after_answer())
            .or_else(|| (by_words || status == 429).then_some(usual))
    }
}

/// A time as HTTP writes it.
fn time(text: &str) -> Option<Timestamp> {
    let zoned = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    zoned.parse_timestamp(text).ok()
}

/// What all threads pass before each request.
#[derive(Debug, Default)]
pub(super) struct Gate {
    opens: Mutex<Option<Instant>>,
}

impl Gate {
    /// Waits until it is open.
    pub(super) fn pass(&self) {
        loop {
            let opens = self.opens.lock().map_or(None, |opens| *opens);
            let Some(left) = opens.map(|opens| opens.saturating_duration_since(Instant::now()))
            else {
                return;
            };
            if left.is_zero() {
                return;
            }
            thread::sleep(left);
        }
    }

    /// Closes it for some time; whether that is news.
    pub(super) fn close(&self, pause: Duration) -> bool {
        let Ok(mut opens) = self.opens.lock() else {
            return false;
        };
        let until = Instant::now() + pause;
        // Threads whose requests were under way are told the same at nearly the same time.
        let is_news = opens.is_none_or(|known| known + SECOND < until);
        *opens = Some(opens.map_or(until, |known| known.max(until)));
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_for_a_limit_are_told_from_others() {
        let usual = Duration::from_secs(60);
        let told = |remaining, reset, retry_after| Told {
            remaining,
            reset: Some(Duration::from_secs(reset)),
            retry_after,
        };
        let after = |told: Told, status, message: &str| {
            told.after_refusal(status, message, usual)
                .map(|wait| wait.as_secs())
        };
        let open = told(Some(9), 100, None);
        assert_eq!(after(told(Some(0), 100, None), 403, ""), Some(100));
        assert_eq!(after(told(Some(0), 100, None), 429, ""), Some(100));
        assert_eq!(
            after(told(Some(9), 100, Some(Duration::from_secs(7))), 403, ""),
            Some(7)
        );
        assert_eq!(
            after(open, 403, "You have exceeded a secondary rate limit."),
            Some(60)
        );
        assert_eq!(after(open, 429, ""), Some(60));
        assert_eq!(
            after(
                open,
                403,
                "Resource protected by organization SAML enforcement."
            ),
            None
        );
        assert_eq!(after(told(Some(0), 100, None), 404, ""), None);
        assert_eq!(open.after_answer(), None);
        assert_eq!(
            told(Some(0), 5, None).after_answer(),
            Some(Duration::from_secs(5))
        );
    }
}
