//! Characters that text must not hold as they are, and names that only HTML knows.

use std::fmt::Write as _;

/// What HTML calls some characters. JSON narratives use the names; XML does not know them.
const NAMES: &[(&str, char)] = &[
    ("bull", '\u{2022}'),
    ("cent", '\u{a2}'),
    ("copy", '\u{a9}'),
    ("deg", '\u{b0}'),
    ("divide", '\u{f7}'),
    ("euro", '\u{20ac}'),
    ("frac12", '\u{bd}'),
    ("ge", '\u{2265}'),
    ("hellip", '\u{2026}'),
    ("laquo", '\u{ab}'),
    ("ldquo", '\u{201c}'),
    ("le", '\u{2264}'),
    ("lsquo", '\u{2018}'),
    ("mdash", '\u{2014}'),
    ("micro", '\u{b5}'),
    ("middot", '\u{b7}'),
    ("nbsp", '\u{a0}'),
    ("ndash", '\u{2013}'),
    ("plusmn", '\u{b1}'),
    ("pound", '\u{a3}'),
    ("raquo", '\u{bb}'),
    ("rdquo", '\u{201d}'),
    ("reg", '\u{ae}'),
    ("rsquo", '\u{2019}'),
    ("sect", '\u{a7}'),
    ("times", '\u{d7}'),
    ("trade", '\u{2122}'),
];

/// The names that XML knows itself.
const PREDEFINED: [&str; 5] = ["amp", "lt", "gt", "quot", "apos"];

/// Appends the value of an attribute. Line ends and tabs are written as references, or a reader
/// would make spaces of them.
pub(super) fn push_value(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            // XML has no way at all to write these.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            letter => out.push(letter),
        }
    }
}

/// Appends a narrative, whose references must be ones that XML knows.
pub(super) fn push_narrative(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        out.push_str(before);
        rest = &reference[1..];
        let name = rest.split_once(';').map_or("", |(name, _)| name);
        let is_known = PREDEFINED.contains(&name) || is_character(name);
        match NAMES.binary_search_by_key(&name, |(name, _)| name) {
            _ if is_known => out.push('&'),
            Ok(found) => {
                let _ = write!(out, "&#{};", u32::from(NAMES[found].1));
                rest = &rest[name.len() + 1..];
            }
            Err(_) => out.push_str("&amp;"),
        }
    }
    out.push_str(rest);
}

/// Whether what stands between `&` and `;` is the number of a character.
fn is_character(name: &str) -> bool {
    let Some(number) = name.strip_prefix('#') else {
        return false;
    };
    match number.strip_prefix('x') {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unknown_references_become_text() {
        assert!(NAMES.is_sorted_by_key(|(name, _)| name));
        let mut out = String::new();
        push_narrative(&mut out, "a&nbsp;&amp;&#10;&#xA0;&foo;& b");
        assert_eq!(out, "a&#160;&amp;&#10;&#xA0;&amp;foo;&amp; b");
    }
}
