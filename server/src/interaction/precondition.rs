//! `If-Match`, `If-None-Match` and `If-None-Exist` of a write (R4, "Managing Resource Contention",
//! "conditional create").

use crate::problem::{Kind, Problem};

/// What must be true of the stored resource for a write to happen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// Its version is one of these.
    pub versions: Option<Vec<u32>>,
    /// There is none.
    pub absent: bool,
}

impl Precondition {
    /// Reads the two headers. Versions are written `W/"3"`; `"3"` is understood too.
    pub fn parse(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Self, Problem> {
        let versions = if_match
            .map(|text| text.split(',').map(version).collect::<Option<Vec<_>>>())
            .map(|versions| versions.ok_or_else(|| malformed("If-Match", "W/\"3\"")))
            .transpose()?;
        match if_none_match {
            None => Ok(Self {
                versions,
                absent: false,
            }),
            Some("*") => Ok(Self {
                versions,
                absent: true,
            }),
            Some(_) => Err(malformed("If-None-Match", "*")),
        }
    }
}

fn version(etag: &str) -> Option<u32> {
    let etag = etag.trim();
    etag.strip_prefix("W/")
        .unwrap_or(etag)
        .strip_prefix('"')?
        .strip_suffix('"')?
        .parse()
        .ok()
}

fn malformed(header: &str, accepted: &str) -> Problem {
    Problem::new(
        Kind::Value,
        format!("The header {header} of a write takes {accepted}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_weak_or_not_and_nothing_else_is() {
        let parsed = Precondition::parse(Some("W/\"3\", \"4\""), None).unwrap();
        assert_eq!(parsed.versions, Some(vec![3, 4]));
        for text in ["abc", "*", "", "W/3", "\"x\"", "W/\"3\","] {
            assert!(Precondition::parse(Some(text), None).is_err(), "{text}");
        }
        assert!(Precondition::parse(None, Some("*")).unwrap().absent);
        assert!(Precondition::parse(None, Some("W/\"1\"")).is_err());
    }
}
