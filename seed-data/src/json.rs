//! A light JSON writer: text goes out in the order it is written, absent values leave no trace.

/// A value that can be written as JSON.
pub(crate) trait Json {
    /// Appends the value to `out`.
    fn write(&self, out: &mut String);

    /// Whether the value has nothing to say, so that its member is left out (FHIR forbids empty values).
    fn is_absent(&self) -> bool {
        false
    }
}

/// A JSON object while it is written; the closing brace is added when it is used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds the member `name`, unless `value` is absent.
    pub(crate) fn with(mut self, name: &str, value: impl Json) -> Self {
        if value.is_absent() {
            return self;
        }
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        value.write(&mut self.0);
        self
    }

    /// Adds all members of `other` after the own ones.
    pub(crate) fn with_all(mut self, other: Self) -> Self {
        if self.0.is_empty() {
            return other;
        }
        if let Some(members) = other.0.strip_prefix('{') {
            self.0.push(',');
            self.0.push_str(members);
        }
        self
    }

    /// What is written so far, without the closing brace.
    pub(crate) fn written(&self) -> &str {
        &self.0
    }

    /// The same object with the first `from` replaced by `to`.
    pub(crate) fn replaced(self, from: &str, to: &str) -> Self {
        Self(self.0.replacen(from, to, 1))
    }

    /// The text of the whole object.
    pub(crate) fn finish(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

impl Json for Object {
    fn write(&self, out: &mut String) {
        out.push_str(&self.0);
        out.push('}');
    }

    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

impl Json for str {
    fn write(&self, out: &mut String) {
        out.push('"');
        for character in self.chars() {
            escape(character, out);
        }
        out.push('"');
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

fn escape(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c < ' ' => {
            out.push_str("\\u00");
            out.push(char::from_digit(u32::from(c) >> 4, 16).unwrap_or('0'));
            out.push(char::from_digit(u32::from(c) & 15, 16).unwrap_or('0'));
        }
        c => out.push(c),
    }
}

impl Json for String {
    fn write(&self, out: &mut String) {
        self.as_str().write(out);
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Json for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

impl Json for u32 {
    fn write(&self, out: &mut String) {
        out.push_str(&self.to_string());
    }
}

impl Json for i32 {
    fn write(&self, out: &mut String) {
        out.push_str(&self.to_string());
    }
}

impl<T: Json + ?Sized> Json for &T {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

impl<T: Json> Json for Option<T> {
    fn write(&self, out: &mut String) {
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn is_absent(&self) -> bool {
        self.as_ref().is_none_or(Json::is_absent)
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, out: &mut String) {
        let mut separator = '[';
        for item in self {
            out.push(separator);
            item.write(out);
            separator = ',';
        }
        out.push(']');
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Json> Json for Vec<T> {
    fn write(&self, out: &mut String) {
        self.as_slice().write(out);
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Json, const N: usize> Json for [T; N] {
    fn write(&self, out: &mut String) {
        self.as_slice().write(out);
    }

    fn is_absent(&self) -> bool {
        N == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_members_leave_no_trace() {
        let object = Object::new()
            .with("a", "")
            .with("b", Option::<&str>::None)
            .with("c", Vec::<u32>::new())
            .with("d", [1_u32, 2]);
        assert_eq!(object.finish(), r#"{"d":[1,2]}"#);
    }

    #[test]
    fn text_is_escaped() {
        let text = Object::new().with("t", "a\"b\\c\nd\u{1}é").finish();
        assert_eq!(text, "{\"t\":\"a\\\"b\\\\c\\nd\\u0001é\"}");
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["t"], "a\"b\\c\nd\u{1}é");
    }
}
