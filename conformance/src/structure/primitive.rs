//! Primitive values: the JSON type and, where it matters, the form (FHIR R4, "Primitive Types").

use chrono::{DateTime, NaiveDate, NaiveTime};
use serde_json::Value;

use crate::resource::is_id;

/// What is wrong with `value` as a primitive of this type.
pub(super) fn fault(value: &Value, type_name: &str) -> Option<String> {
    let legal = match type_name {
        "boolean" => value.is_boolean(),
        "decimal" => value.is_number(),
        "integer" => value.as_i64().is_some(),
        "unsignedInt" => value.as_u64().is_some(),
        "positiveInt" => value.as_u64().is_some_and(|number| number > 0),
        _ => value.as_str().is_some_and(|text| is_text(text, type_name)),
    };
    (!legal).then(|| format!("is no legal {type_name}"))
}

fn is_text(text: &str, type_name: &str) -> bool {
    match type_name {
        "date" => is_date(text),
        "dateTime" => is_date(text) || is_instant(text),
        "instant" => is_instant(text),
        "time" => text.parse::<NaiveTime>().is_ok() && !text.contains('Z'),
        "id" => is_id(text),
        "code" => !text.is_empty() && text.trim() == text && !text.contains("  "),
        "uri" | "url" | "canonical" | "oid" | "uuid" => {
            !text.is_empty() && !text.contains(char::is_whitespace)
        }
        _ => !text.trim().is_empty(),
    }
}

/// A year, a month or a day.
fn is_date(text: &str) -> bool {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return false,
    };
    NaiveDate::parse_from_str(&whole, "%Y-%m-%d").is_ok() && whole.len() == 10
}

/// A moment to the second or finer, with its zone.
fn is_instant(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && DateTime::parse_from_rfc3339(text).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_have_three_precisions_and_moments_a_zone() {
        for text in [
            "2024",
            "2024-02",
            "2024-02-29",
            "2024-02-29T10:00:00Z",
            "2024-02-29T10:00:00.5-05:00",
        ] {
            assert_eq!(fault(&json!(text), "dateTime"), None, "{text}");
        }
        for text in [
            "24",
            "2024-2",
            "2023-02-29",
            "2024-02-29T10:00:00",
            "2024-02-29T10:00Z",
            "é024",
        ] {
            assert!(fault(&json!(text), "dateTime").is_some(), "{text}");
        }
    }

    #[test]
    fn numbers_are_not_texts() {
        assert!(fault(&json!("1"), "decimal").is_some());
        assert!(fault(&json!(1.5), "integer").is_some());
        assert!(fault(&json!(0), "positiveInt").is_some());
        assert!(fault(&json!("true"), "boolean").is_some());
        assert!(fault(&json!(-3), "integer").is_none());
    }
}
