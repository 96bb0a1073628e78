//! `ifNoneMatch` and `ifModifiedSince` of a read inside a Bundle (R4, "conditional read").

use chrono::{DateTime, Utc};

use crate::problem::{Kind, Problem};

/// When the answer to a read says no more than that nothing changed.
#[derive(Debug, Clone, Default)]
pub struct Unmodified {
    etags: Option<Vec<String>>,
    since: Option<DateTime<Utc>>,
}

impl Unmodified {
    /// Reads the two elements; the second is an instant.
    pub fn parse(
        if_none_match: Option<&str>,
        if_modified_since: Option<&str>,
    ) -> Result<Self, Problem> {
        let etags = if_none_match.map(|text| text.split(',').map(opaque).collect());
        let since = if_modified_since
            .map(DateTime::parse_from_rfc3339)
            .transpose()
            .map_err(|_| {
                let what = "ifModifiedSince is an instant, such as 2026-01-01T00:00:00Z.";
                Problem::new(Kind::Value, what)
            })?;
        Ok(Self {
            etags,
            since: since.map(|since| since.to_utc()),
        })
    }

    /// Whether the caller has this version already. The first element goes before the second.
    pub fn holds(&self, version: u32, updated: DateTime<Utc>) -> bool {
        match (&self.etags, self.since) {
            (Some(etags), _) => etags
                .iter()
                .any(|etag| etag == "*" || *etag == format!("\"{version}\"")),
            (None, Some(since)) => updated <= since,
            (None, None) => false,
        }
    }
}

/// Weak comparison: the mark of weakness does not count.
fn opaque(etag: &str) -> String {
    let etag = etag.trim();
    etag.strip_prefix("W/").unwrap_or(etag).to_owned()
}
