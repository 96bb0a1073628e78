//! What a token response says, member by member.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Chrome;

/// The form, and what was pasted into it.
#[derive(Template)]
#[template(path = "decode.html")]
pub struct DecodePage {
    /// The frame.
    pub chrome: Chrome,
    /// What was decoded.
    pub decoded: Option<Decoded>,
}

/// A decoded token response.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The members, with secrets shortened.
    pub members: Vec<(String, String)>,
    /// The header of the ID token.
    pub header: Option<String>,
    /// The claims of the ID token.
    pub claims: Option<String>,
    /// Whether this server signed the ID token.
    pub genuine: bool,
    /// Whether nothing could be read.
    pub unreadable: bool,
}

/// Members that open something; only their beginning is shown.
const SECRET: &[&str] = &["access_token", "refresh_token", "id_token"];

impl Decoded {
    /// Reads a token response, or a JWT alone; `is_genuine` checks whether we signed it.
    pub fn read(text: &str, is_genuine: impl Fn(&str) -> bool) -> Self {
        let text = text.trim();
        let parsed = serde_json::from_str::<Value>(text).ok();
        let response = parsed.filter(Value::is_object);
        let token = match &response {
            Some(response) => response["id_token"].as_str().map(str::to_owned),
            None => (text.split('.').count() == 3).then(|| text.to_owned()),
        };
        let part = |at: usize| readable(token.as_deref()?.split('.').nth(at)?);
        let (header, claims) = (part(0), part(1));
        Self {
            members: response.as_ref().map(members).unwrap_or_default(),
            genuine: token.as_deref().is_some_and(is_genuine),
            unreadable: response.is_none() && claims.is_none(),
            header,
            claims,
        }
    }
}

fn members(response: &Value) -> Vec<(String, String)> {
    let members = response.as_object().into_iter().flatten();
    members
        .map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            if SECRET.contains(&name.as_str()) {
                let start: String = text.chars().take(6).collect();
                return (name.clone(), format!("{start}…"));
            }
            (name.clone(), text)
        })
        .collect()
}

/// A part of a JWT as indented JSON.
fn readable(part: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    serde_json::to_string_pretty(&value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln";

    #[test]
    fn a_response_is_told_without_its_secrets() {
        let text =
            format!(r#"{{"access_token":"abcdefghijkl","expires_in":3600,"id_token":"{TOKEN}"}}"#);
        let decoded = Decoded::read(&text, |_| true);
        assert!(decoded.claims.unwrap().contains("\"sub\": \"x\""));
        assert_eq!(decoded.members[0].1, "abcdef…");
        assert_eq!(decoded.members[1].1, "3600");
        assert!(decoded.genuine);
    }

    #[test]
    fn a_token_alone_and_nonsense_are_told_apart() {
        assert!(!Decoded::read(TOKEN, |_| false).unreadable);
        for nonsense in ["", "x.y.z", "[1]", "{", "\"text\""] {
            assert!(Decoded::read(nonsense, |_| true).unreadable, "{nonsense}");
        }
    }
}
