//! Whether an attribute is as a search wants it (PS3.4 §C.2.2.2).

use serde_json::Value;

use super::attribute::{Attribute, Kind};

/// The values of an attribute as text; of names all spellings.
pub(super) fn texts(attribute: Option<&Value>) -> Vec<String> {
    let values = attribute.and_then(|attribute| attribute["Value"].as_array());
    values
        .into_iter()
        .flatten()
        .flat_map(|value| match value {
            Value::String(text) => vec![text.clone()],
            Value::Object(names) => names
                .values()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            Value::Null => Vec::new(),
            other => vec![other.to_string()],
        })
        .collect()
}

/// Whether a value of an attribute is as wanted.
pub(super) fn holds(row: &Attribute, wanted: &str, attribute: Option<&Value>) -> bool {
    let texts = texts(attribute);
    let any = |test: &dyn Fn(&str) -> bool| texts.iter().any(|text| test(text));
    match row.matches {
        Some(Kind::Uid) => wanted
            .split([',', '\\'])
            .any(|uid| any(&|text| text == uid)),
        Some(Kind::Date | Kind::Time) => any(&|text| in_range(text, wanted)),
        Some(Kind::Number) => any(&|text| text.trim() == wanted.trim()),
        Some(Kind::Text) => any(&|text| is_like(text, wanted)),
        None => false,
    }
}

/// `20250101`, `20250101-`, `-20250101`, `20250101-20250131`; what is written like this sorts like
/// time goes.
fn in_range(text: &str, wanted: &str) -> bool {
    match wanted.split_once('-') {
        None => text == wanted,
        Some((from, until)) => {
            text >= from && (until.is_empty() || text <= until || text.starts_with(until))
        }
    }
}

/// `*` for any letters, `?` for one; letters of either case (PS3.4 §C.2.2.2.4).
fn is_like(text: &str, pattern: &str) -> bool {
    let fold = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    let (text, pattern) = (fold(text), fold(pattern));
    // The place to try again from: after the last star, and the letter it was tried at.
    let (mut at, mut letter, mut again) = (0, 0, None);
    while letter < text.len() {
        match pattern.get(at) {
            Some('*') => {
                again = Some((at, letter));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[letter] => {
                at += 1;
                letter += 1;
            }
            _ => {
                let Some((star, tried)) = again else {
                    return false;
                };
                again = Some((star, tried + 1));
                at = star + 1;
                letter = tried + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_letters() {
        for (text, pattern, wanted) in [
            ("Adams^Daniel", "adams*", true),
            ("Adams^Daniel", "*daniel", true),
            ("Adams^Daniel", "*am*an*", true),
            ("Adams^Daniel", "Adams", false),
            ("Adams", "Ad?ms", true),
            ("Adams", "Ad?s", false),
            ("", "*", true),
        ] {
            assert_eq!(is_like(text, pattern), wanted, "{text} {pattern}");
        }
    }

    #[test]
    fn days_match_alone_and_in_ranges() {
        for (wanted, is_in) in [
            ("20250102", true),
            ("20250103", false),
            ("20250101-20250103", true),
            ("20250103-", false),
            ("-20250102", true),
        ] {
            assert_eq!(in_range("20250102", wanted), is_in, "{wanted}");
        }
    }
}
