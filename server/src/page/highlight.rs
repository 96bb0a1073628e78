//! JSON as coloured HTML, with references that can be followed.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::search::reference::is_id;
use fhir::resource_type::ResourceType;

/// Members whose text is the address of another resource.
const ADDRESSES: &[&str] = &["reference", "fullUrl", "url"];

/// Text that is safe in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// The JSON of a resource, indented and coloured. At most `limit` lines; also says how many more
/// there would be.
pub(super) fn highlight(value: &Value, base: &str, limit: usize) -> (String, usize) {
    let mut painter = Painter {
        out: String::with_capacity(4096),
        base,
    };
    painter.value(value, None, 0);
    let lines = painter.out.matches('\n').count() + 1;
    if lines <= limit {
        return (painter.out, 0);
    }
    let shown: Vec<_> = painter.out.split('\n').take(limit).collect();
    (shown.join("\n"), lines - limit)
}

struct Painter<'a> {
    out: String,
    base: &'a str,
}

impl Painter<'_> {
    fn value(&mut self, value: &Value, key: Option<&str>, depth: usize) {
        match value {
            Value::Object(members) if !members.is_empty() => self.object(members, depth),
            Value::Array(items) if !items.is_empty() => self.array(items, key, depth),
            Value::String(text) => self.text(text, key),
            Value::Number(number) => self.word('n', &number.to_string()),
            other => self.word('b', &other.to_string()),
        }
    }

    fn object(&mut self, members: &Map<String, Value>, depth: usize) {
        self.out.push('{');
        for (at, (key, value)) in members.iter().enumerate() {
            self.line(depth + 1, at > 0);
            self.word('k', &format!("\"{key}\""));
            self.out.push_str(": ");
            self.value(value, Some(key), depth + 1);
        }
        self.line(depth, false);
        self.out.push('}');
    }

    fn array(&mut self, items: &[Value], key: Option<&str>, depth: usize) {
        self.out.push('[');
        for (at, item) in items.iter().enumerate() {
            self.line(depth + 1, at > 0);
            self.value(item, key, depth + 1);
        }
        self.line(depth, false);
        self.out.push(']');
    }

    fn line(&mut self, depth: usize, comma: bool) {
        self.out.push_str(if comma { ",\n" } else { "\n" });
        for _ in 0..depth {
            self.out.push_str("  ");
        }
    }

    fn word(&mut self, class: char, text: &str) {
        let _ = write!(self.out, "<span class=\"{class}\">{}</span>", escaped(text));
    }

    fn text(&mut self, text: &str, key: Option<&str>) {
        let quoted = escaped(&Value::from(text).to_string());
        let address = key
            .filter(|key| ADDRESSES.contains(key))
            .and_then(|_| address(text, self.base));
        let _ = match address {
            Some(href) => write!(
                self.out,
                "<span class=\"s\"><a href=\"{}\">{quoted}</a></span>",
                escaped(&href)
            ),
            None => write!(self.out, "<span class=\"s\">{quoted}</span>"),
        };
    }
}

/// Where a reference leads on this server; only there.
pub(super) fn address(text: &str, base: &str) -> Option<String> {
    if text
        .strip_prefix(base)
        .is_some_and(|rest| rest.starts_with('/'))
    {
        return Some(text.to_owned());
    }
    let mut parts = text.split('/');
    let (ty, id) = (parts.next()?, parts.next()?);
    ResourceType::parse(ty)?;
    let is_version = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => true,
        (Some("_history"), Some(version), None) => is_id(version),
        _ => false,
    };
    (is_id(id) && is_version).then(|| format!("{base}/{text}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_escaped_wherever_it_stands() {
        let evil = json!({ "<script>": "</code><script>alert('x')</script>", "reference": "Patient/\"><b>" });
        let (html, _) = highlight(&evil, "http://x/fhir", 100);
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn only_what_is_on_this_server_is_a_link() {
        let base = "http://x/fhir";
        for (text, want) in [
            ("Patient/a", Some("http://x/fhir/Patient/a")),
            (
                "Patient/a/_history/2",
                Some("http://x/fhir/Patient/a/_history/2"),
            ),
            ("http://x/fhir/Patient/a", Some("http://x/fhir/Patient/a")),
            ("http://x/fhirs/Patient/a", None),
            ("http://elsewhere/Patient/a", None),
            ("javascript:alert(1)", None),
            ("Foo/a", None),
            ("#a", None),
        ] {
            assert_eq!(address(text, base).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_line() {
        let many: Vec<_> = (0..100).collect();
        let (html, hidden) = highlight(&json!(many), "b", 10);
        assert_eq!((html.lines().count(), hidden), (10, 92));
    }
}
