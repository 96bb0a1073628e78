//! How an app presents itself to people (RFC 7591 §2). All of it is the app's own word, and is
//! shown as that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::error::{ErrorCode, OAuthError};
use super::metadata::Metadata;
use super::redirect;

/// Most contacts of an app.
const MOST_CONTACTS: usize = 5;
/// Longest contact, in bytes.
const LONGEST_CONTACT: usize = 200;
/// Longest picture, in bytes.
pub const LONGEST_LOGO: usize = 64 * 1024;

/// What an app says about itself besides its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Presentation {
    /// `contacts`: how people reach those who answer for the app, mostly by e-mail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// `client_uri`: the app's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// `logo_uri`: its picture, by address or as a `data:` URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// `policy_uri`: what it does with data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// `tos_uri`: its terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
}

impl Presentation {
    /// Reads the members of a metadata document whose addresses are known to be safe.
    pub fn read(metadata: &Metadata) -> Result<Self, OAuthError> {
        let address = |name| {
            let text = metadata.text(name, "addresses must be strings")?;
            Ok(text.map(str::to_owned))
        };
        Ok(Self {
            contacts: contacts(metadata.value("contacts"))?,
            client_uri: address("client_uri")?,
            logo_uri: address("logo_uri")?,
            policy_uri: address("policy_uri")?,
            tos_uri: address("tos_uri")?,
        })
    }

    /// Whether every address is one that people may be led to.
    pub fn is_safe(&self) -> bool {
        let pages = [&self.client_uri, &self.policy_uri, &self.tos_uri];
        let safe = |uri: &str| uri.len() <= 2048 && redirect::is_secure_or_local(uri);
        pages.into_iter().flatten().all(|uri| safe(uri))
            && self
                .logo_uri
                .as_deref()
                .is_none_or(|uri| is_data(uri) || safe(uri))
            && self.contacts.len() <= MOST_CONTACTS
            && self.contacts.iter().all(|one| is_plain(one))
    }

    /// The addresses that people may follow: the key of what each is, the address, and its host.
    pub fn links(&self) -> Vec<(&'static str, &str, String)> {
        [
            ("client.home", &self.client_uri),
            ("client.policy", &self.policy_uri),
            ("client.terms", &self.tos_uri),
        ]
        .into_iter()
        .filter_map(|(key, uri)| {
            let uri = uri.as_deref()?;
            let host = Url::parse(uri).ok()?.host_str()?.to_owned();
            Some((key, uri, host))
        })
        .collect()
    }
}

fn contacts(value: Option<&Value>) -> Result<Vec<String>, OAuthError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let contacts = value.as_array().and_then(|items| {
        let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<_>>>()
    });
    contacts
        .filter(|all| all.len() <= MOST_CONTACTS && all.iter().all(|one| is_plain(one)))
        .ok_or(
            ErrorCode::InvalidClientMetadata
                .because("contacts must hold at most five plain texts of up to 200 bytes"),
        )
}

/// Whether the text is one visible line.
fn is_plain(text: &str) -> bool {
    (1..=LONGEST_CONTACT).contains(&text.len())
        && !text
            .chars()
            .any(|letter| letter.is_control() || reorders(letter))
}

/// Characters that change the direction or visibility of text around them.
pub fn reorders(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

/// The picture of an app, of a kind that cannot run anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// What it is, by its first bytes and not by what anybody says.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Kinds of pictures: how the file begins, what stands at byte 8, and the media type.
const KINDS: &[(&[u8], &[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", b"", "image/png"),
    (b"\xff\xd8\xff", b"", "image/jpeg"),
    (b"GIF87a", b"", "image/gif"),
    (b"GIF89a", b"", "image/gif"),
    (b"RIFF", b"WEBP", "image/webp"),
];

impl Logo {
    /// The picture, if these bytes are one. Drawings (SVG) are not: they can hold script.
    pub fn of(bytes: Vec<u8>) -> Option<Self> {
        let (_, _, media_type) = KINDS.iter().find(|(start, at_eight, _)| {
            bytes.starts_with(start)
                && bytes
                    .get(8..)
                    .is_some_and(|rest| rest.starts_with(at_eight))
        })?;
        (bytes.len() <= LONGEST_LOGO).then_some(Self { media_type, bytes })
    }

    /// The picture inside a `data:` URL (RFC 2397), if this is one.
    pub fn inside(uri: &str) -> Option<Self> {
        let (_, text) = uri.strip_prefix(DATA)?.split_once(";base64,")?;
        Self::of(STANDARD.decode(text).ok()?)
    }
}

/// How an address that holds the picture itself begins.
const DATA: &str = "data:image/";

/// Whether this names a picture that is read out of the address itself.
pub fn is_data(uri: &str) -> bool {
    uri.starts_with(DATA)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(metadata: &Value) -> Result<Presentation, OAuthError> {
        Presentation::read(&Metadata::read(metadata.to_string().as_bytes())?)
    }

    #[test]
    fn what_an_app_says_is_kept_as_it_says_it() {
        let said =
            json!({"contacts": ["help@app.example"], "policy_uri": "https://app.example/privacy"});
        let read = read(&said).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), said);
        let links = read.links();
        assert_eq!(links.len(), 1);
        assert_eq!(links[0].2, "app.example");
    }

    #[test]
    fn contacts_are_a_few_visible_lines() {
        for contacts in [
            json!("help@app.example"),
            json!([1]),
            json!([""]),
            json!(["a\nb"]),
            json!(["\u{202e}moc.elpmaxe"]),
            json!(["x".repeat(201)]),
            json!(["1", "2", "3", "4", "5", "6"]),
        ] {
            assert!(
                read(&json!({ "contacts": contacts })).is_err(),
                "{contacts}"
            );
        }
        assert_eq!(
            read(&json!({ "contacts": [] })).unwrap(),
            Presentation::default()
        );
    }

    #[test]
    fn only_pictures_that_cannot_run_are_pictures() {
        let png = b"\x89PNG\r\n\x1a\n0000".to_vec();
        assert_eq!(Logo::of(png.clone()).unwrap().media_type, "image/png");
        let data = format!("data:image/svg+xml;base64,{}", STANDARD.encode(&png));
        assert_eq!(Logo::inside(&data).unwrap().media_type, "image/png");
        for bytes in [
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            b"RIFF0000WAVE".to_vec(),
            b"<html>".to_vec(),
            Vec::new(),
            [png, vec![0; LONGEST_LOGO]].concat(),
        ] {
            assert_eq!(Logo::of(bytes), None);
        }
        assert_eq!(Logo::inside("data:image/png;base64,!"), None);
        assert_eq!(Logo::inside("data:text/html;base64,AAAA"), None);
    }
}
