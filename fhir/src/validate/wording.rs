//! Foreign text in our own sentences.

use serde_json::Value;

/// The most characters of foreign text that a sentence quotes.
const MAX_QUOTED: usize = 60;

/// The most alternatives that a sentence lists.
const MAX_LISTED: usize = 12;

/// Foreign text in quotation marks: short, and nothing in it that does not print.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars().take(MAX_QUOTED) {
        match letter {
            '"' | '\'' => quoted.push(letter),
            other => quoted.extend(other.escape_debug()),
        }
    }
    if text.chars().nth(MAX_QUOTED).is_some() {
        quoted.push('…');
    }
    quoted.push('"');
    quoted
}

/// Alternatives with commas, the first few of them.
pub(super) fn listed<'t>(mut alternatives: impl Iterator<Item = &'t str>) -> String {
    let first: Vec<_> = alternatives.by_ref().take(MAX_LISTED).collect();
    let first = first.join(", ");
    match alternatives.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// What kind of JSON value it is, with its article.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The one of `names` that `text` most likely means: at most two letters added, left out or
/// changed, or the same but for case.
pub(super) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if text.len() > MAX_QUOTED {
        return None;
    }
    let allowed = (text.len() / 3).clamp(1, 2);
    names
        .map(|name| (distance(text, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be added, left out or changed to make one word the other, case ignored.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<u8> = right
        .bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, byte) in left.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(byte.to_ascii_lowercase() != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_short_and_printable() {
        assert_eq!(quoted("a\u{0}\u{202e}b"), "\"a\\0\\u{202e}b\"");
        assert_eq!(quoted(&"x".repeat(99)).chars().count(), MAX_QUOTED + 3);
    }

    #[test]
    fn the_nearest_name_is_found() {
        let names = || ["birthDate", "gender", "name"].into_iter();
        for (text, meant) in [
            ("birthdate", "birthDate"),
            ("gendre", "gender"),
            ("nam", "name"),
        ] {
            assert_eq!(nearest(text, names()), Some(meant));
        }
        assert_eq!(nearest("colour", names()), None);
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..14).map(|number| number.to_string()).collect();
        let text = listed(names.iter().map(String::as_str));
        assert_eq!(text, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more");
    }
}
