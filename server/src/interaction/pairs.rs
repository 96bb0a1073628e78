//! Name–value pairs of a URL or a form, decoded strictly.

use url::form_urlencoded;

use crate::problem::{Kind, Problem};

/// Decodes `a=b&c=d`. A percent sign without two hexadecimal digits, or bytes that are not UTF-8,
/// are refused rather than guessed at.
pub fn decode(text: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    if !escapes_are_whole(text) {
        return Err(undecodable());
    }
    form_urlencoded::parse(text)
        .map(|(name, value)| {
            // The decoder replaces what is not UTF-8.
            let damaged =
                |part: &str| part.contains(char::REPLACEMENT_CHARACTER) || part.contains('\0');
            if damaged(&name) || damaged(&value) {
                return Err(undecodable());
            }
            Ok((name.into_owned(), value.into_owned()))
        })
        .collect()
}

fn escapes_are_whole(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(at, byte)| {
        *byte != b'%'
            || text
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

fn undecodable() -> Problem {
    Problem::new(
        Kind::Invalid,
        "The parameters cannot be decoded: percent-encode them as UTF-8.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_once() {
        let pairs = decode(b"code=http%3A%2F%2Floinc.org%7C1-1&a=b+c&&d").unwrap();
        let want = [("code", "http://loinc.org|1-1"), ("a", "b c"), ("d", "")];
        assert_eq!(
            pairs,
            want.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn damaged_escapes_are_refused() {
        for text in ["a=%", "a=%2", "a=%zz", "a=%ff", "a=%00"] {
            assert_eq!(
                decode(text.as_bytes()).unwrap_err().kind,
                Kind::Invalid,
                "{text}"
            );
        }
    }
}
