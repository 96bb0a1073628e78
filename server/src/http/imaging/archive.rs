//! A pretended archive: the first request for a study starts its retrieval, and until it is here
//! the answer is 503 with `Retry-After`, as from a broker before a PACS.

use std::collections::HashMap;
use std::sync::Mutex;

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use chrono::{DateTime, TimeDelta, Utc};

use super::fhir;
use crate::problem::{Kind, Problem};

/// Which studies were asked for, and when for the first time.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    /// Seconds that a retrieval takes; 0 when nothing is pretended.
    seconds: u16,
    asked: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Archive {
    pub(crate) fn new(seconds: u16) -> Self {
        Self {
            seconds,
            asked: Mutex::default(),
        }
    }

    /// Seconds until the study is here; `None` when it is. Only studies that there are come here,
    /// so there are never more names than studies.
    pub(super) fn wait(&self, study: &str, now: DateTime<Utc>) -> Option<i64> {
        if self.seconds == 0 {
            return None;
        }
        let mut asked = self
            .asked
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let since = *asked.entry(study.to_owned()).or_insert(now);
        let ready = since + TimeDelta::seconds(self.seconds.into());
        let left = (ready - now).num_milliseconds();
        (left > 0).then(|| (left + 999) / 1000)
    }
}

/// Come back in so many seconds.
pub(super) fn retrieving(seconds: i64) -> HttpResponse {
    let mut response = fhir::refused(&Problem::new(
        Kind::Unavailable,
        format!("The study is being retrieved from the archive; ask again in {seconds} seconds."),
    ));
    if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_study_is_here_when_its_time_has_passed() {
        let start = DateTime::UNIX_EPOCH;
        let archive = Archive::new(5);
        let after = |milliseconds| start + TimeDelta::milliseconds(milliseconds);
        assert_eq!(archive.wait("1", start), Some(5));
        assert_eq!(archive.wait("1", after(4_500)), Some(1));
        assert_eq!(archive.wait("2", after(4_500)), Some(5));
        assert_eq!(archive.wait("1", after(5_000)), None);
        assert_eq!(Archive::default().wait("1", start), None);
    }
}
