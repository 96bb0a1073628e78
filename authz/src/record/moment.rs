//! FHIR dates and times, of any precision.

use chrono::NaiveDate;
use serde_json::Value;

use super::words;

/// A point in time as a record gives it; ordered by time, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(String);

impl Moment {
    /// Reads a `date`, `dateTime` or `instant`, or the start of a `Period`.
    pub fn read(value: &Value) -> Option<Self> {
        let text = match value {
            Value::String(text) => text,
            Value::Object(_) => value["start"].as_str().or(value["end"].as_str())?,
            _ => return None,
        };
        Self::parse(text)
    }

    /// Reads the text of a `date`, `dateTime` or `instant`.
    pub fn parse(text: &str) -> Option<Self> {
        let year = text.get(..4)?;
        let legal = text.len() <= 40
            && year.bytes().all(|byte| byte.is_ascii_digit())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"-T:.+Z".contains(&byte));
        legal.then(|| Self(text.to_owned()))
    }

    /// A day, perhaps with a time; nothing less and nothing else.
    pub fn exact(text: &str) -> Option<Self> {
        let rest = text.get(10..)?;
        let moment = Self::parse(text).filter(|_| rest.is_empty() || rest.starts_with('T'))?;
        moment.day().map(|_| moment)
    }

    /// What the first of several paths holds.
    pub fn first(resource: &Value, paths: &[&str]) -> Option<Self> {
        paths
            .iter()
            .find_map(|path| words::all(resource, path).into_iter().find_map(Self::read))
    }

    /// As it stands in the record, for machines.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day, if it is known.
    pub fn day(&self) -> Option<NaiveDate> {
        self.0.get(..10)?.parse().ok()
    }

    /// The first day it can be, for charts.
    pub fn start(&self) -> Option<NaiveDate> {
        let text = self.0.get(..10.min(self.0.len()))?;
        match text.len() {
            10 => text.parse().ok(),
            7 => format!("{text}-01").parse().ok(),
            4 => format!("{text}-01-01").parse().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_whole_day_is_exact() {
        for (text, is_exact) in [
            ("2020-05-06", true),
            ("2020-05-06T10:00:00Z", true),
            ("2020-05", false),
            ("2020-05-06 5", false),
            ("2020-13-06", false),
            ("555-123-4567", false),
        ] {
            assert_eq!(Moment::exact(text).is_some(), is_exact, "{text}");
        }
    }

    #[test]
    fn every_precision_is_read_and_nothing_else() {
        for (value, start) in [
            (json!("2020"), "2020-01-01"),
            (json!("2020-05"), "2020-05-01"),
            (json!("2020-05-06"), "2020-05-06"),
            (json!("2020-05-06T10:00:00-05:00"), "2020-05-06"),
            (json!({"start": "2020-05-06"}), "2020-05-06"),
        ] {
            let moment = Moment::read(&value).unwrap();
            assert_eq!(moment.start().unwrap().to_string(), start);
        }
        for nothing in [
            json!("soon"),
            json!(5),
            json!({}),
            json!("ab12"),
            json!("<b>é"),
        ] {
            assert_eq!(Moment::read(&nothing), None, "{nothing}");
        }
    }
}
