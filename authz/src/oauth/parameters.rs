//! `application/x-www-form-urlencoded` text, read strictly: malformed escapes, text that is not
//! UTF-8 and NUL are refused rather than repaired, and repetition is noticed (RFC 6749 §3.1).

use std::collections::HashSet;

/// Decoded name and value pairs, in the order sent.
#[derive(Clone, Default)]
pub struct Parameters(Vec<(String, String)>);

/// The text is not legal form encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parameters are not legal form encoding")]
pub struct Malformed;

/// A parameter that may be given once was given more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter is repeated")]
pub struct Repeated;

impl Parameters {
    /// Reads a query string or a form body.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        text.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decode(name)?, decode(value)?))
            })
            .collect::<Option<Vec<_>>>()
            .map(Self)
            .ok_or(Malformed)
    }

    /// Every value of `name`, the empty ones left out (RFC 6749 §3.1: as if they were omitted).
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that may be given once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Repeated);
        }
        Ok(first
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty()))
    }

    /// The first value, for parameters already known not to be repeated and for our own forms.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every name with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether any parameter is repeated.
    pub fn repeats_any(&self) -> bool {
        let mut names = HashSet::with_capacity(self.0.len());
        !self.0.iter().all(|(name, _)| names.insert(name))
    }
}

/// Undoes form encoding (RFC 6749 appendix B); `None` when it is malformed.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            0..=0x1f | 0x7f => return None,
            other => other,
        });
    }
    (!bytes.contains(&0)).then(|| String::from_utf8(bytes).ok())?
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_once() {
        let parameters = Parameters::parse("a=1%2B1+%25&b=%F0%9F%92%89").unwrap();
        assert_eq!(parameters.first("a"), Some("1+1 %"));
        assert_eq!(parameters.first("b"), Some("\u{1f489}"));
    }

    #[test]
    fn broken_text_is_refused() {
        for text in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%00", "a=\u{1}"] {
            assert_eq!(Parameters::parse(text).err(), Some(Malformed), "{text}");
        }
    }

    #[test]
    fn repetition_is_noticed_and_empty_means_absent() {
        let parameters = Parameters::parse("a=1&a=2&b=").unwrap();
        assert_eq!(parameters.one("a"), Err(Repeated));
        assert_eq!(parameters.one("b"), Ok(None));
        assert!(parameters.repeats_any());
        assert!(!Parameters::parse("a=1&b=2").unwrap().repeats_any());
    }
}
