//! Redirect URIs: which may be registered, which request URI equals a registered one, and the
//! right to send a browser there.

use std::net::IpAddr;

use url::{Host, Url};

use super::client::Client;

/// Longest redirect URI, in bytes.
const LONGEST: usize = 2048;

/// A redirect URI of a known client. Only [`resolve`], [`admit_launch`], [`admit_farewell`] and a stored grant make one, so holding it
/// proves that errors and codes may go there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectTarget {
    uri: String,
}

/// The target for the redirect URI of a request: it must be one the client registered, character
/// for character (RFC 9700 §2.1); only the port of a loopback address may vary (RFC 8252 §7.3).
pub fn resolve(client: &Client, raw: &str) -> Option<RedirectTarget> {
    client
        .redirect_uris
        .iter()
        .any(|registered| registered == raw || is_loopback_variant(registered, raw))
        .then(|| RedirectTarget {
            uri: raw.to_owned(),
        })
}

impl RedirectTarget {
    /// The target a grant was stored with, after [`resolve`] admitted it.
    pub fn from_stored(uri: String) -> Self {
        Self { uri }
    }

    /// The URI as the client sent it; the token request must repeat it exactly.
    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// The URI with response parameters added to its query; an existing query is kept.
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in parameters {
            query.append_pair(name, value);
        }
        let separator = if self.uri.contains('?') { '&' } else { '?' };
        // `+` for a space is form encoding; `%20` means the same to every query reader.
        let query = query.finish().replace('+', "%20");
        format!("{}{separator}{query}", self.uri)
    }

    /// Host and, where it is not the default, port: how a person recognises where they are sent.
    pub fn host(&self) -> String {
        let Ok(url) = Url::parse(&self.uri) else {
            return String::new();
        };
        match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => format!("{}:", url.scheme()),
        }
    }

    /// The source expression that allows a form's answer to lead here (CSP `form-action`).
    pub fn csp_source(&self) -> String {
        match Url::parse(&self.uri) {
            Ok(url) if matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_))) => {
                url.origin().ascii_serialization()
            }
            // CSP has no host source for IPv6 addresses and none for private-use schemes.
            Ok(url) => format!("{}:", url.scheme()),
            Err(_) => String::new(),
        }
    }
}

/// Splits `http://HOST[:PORT]/REST` into host and rest when the host is this machine.
fn loopback_parts(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .find(|host| authority.strip_prefix(host).is_some_and(is_port))?;
    Some((host, path))
}

fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| {
            port.parse::<u16>()
                .is_ok_and(|value| value.to_string() == port)
        })
}

fn is_loopback_variant(registered: &str, raw: &str) -> bool {
    loopback_parts(registered).is_some_and(|registered| loopback_parts(raw) == Some(registered))
}

/// The target of an EHR launch: the registered launch URL, or the same on another port of this
/// machine.
pub fn admit_launch(registered: &str, wanted: &str) -> Option<RedirectTarget> {
    (registered == wanted || is_loopback_variant(registered, wanted)).then(|| RedirectTarget {
        uri: wanted.to_owned(),
    })
}

/// Where a client may send people after they signed out: a registered address, compared as redirect
/// URIs are (OpenID Connect RP-Initiated Logout §3).
pub fn admit_farewell(client: &Client, raw: &str) -> Option<RedirectTarget> {
    client
        .post_logout_redirect_uris
        .iter()
        .find_map(|registered| admit_launch(registered, raw))
}

/// Whether `uri` may be registered: https, or http on this machine, or a private-use scheme with a
/// dot in it (RFC 8252 §7.1); no fragment, user information or wildcard, and already in the form
/// in which a URL parser would write it, so that comparing text compares meaning.
pub fn may_be_registered(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let plain = uri.len() <= LONGEST
        && uri.bytes().all(|byte| byte.is_ascii_graphic())
        && !uri.contains(['#', '*', '\\', '"', '<', '>'])
        && url.username().is_empty()
        && url.password().is_none();
    plain
        && match url.scheme() {
            "https" => has_plain_host(&url) && is_canonical(uri, &url),
            "http" => loopback_parts(uri).is_some(),
            scheme => scheme.contains('.') && uri.len() > scheme.len() + 1,
        }
}

/// Whether the host is an address, or a name of letters, digits, dots, hyphens and underscores: a URL
/// parser lets `;` and `,` pass, which mean something in the header fields that name the host (CSP).
fn has_plain_host(url: &Url) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    match url.host() {
        Some(Host::Domain(name)) => name.bytes().all(is_plain),
        host => host.is_some(),
    }
}

fn is_canonical(uri: &str, url: &Url) -> bool {
    url.as_str() == uri || (url.path() == "/" && url.as_str() == format!("{uri}/"))
}

/// The web origin of a redirect URI (`scheme://host[:port]`), if it has one.
pub fn origin(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// The origin without its port when it is this machine: the port of a development server varies as
/// that of a loopback redirect URI does.
pub fn origin_key(origin: &str) -> String {
    match loopback_parts(origin) {
        Some((host, "")) => format!("http://{host}"),
        _ => origin.to_owned(),
    }
}

/// Whether the URL is https or plain http on this machine.
pub fn is_secure_or_local(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| match url.host() {
        _ if url.scheme() == "https" => true,
        Some(Host::Domain(name)) => url.scheme() == "http" && name == "localhost",
        Some(Host::Ipv4(address)) => url.scheme() == "http" && IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => url.scheme() == "http" && address.is_loopback(),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(uri: &str) -> Client {
        Client {
            redirect_uris: vec![uri.to_owned()],
            ..Client::example()
        }
    }

    #[test]
    fn near_misses_are_not_the_registered_uri() {
        let client = client("https://good.example/cb");
        assert!(resolve(&client, "https://good.example/cb").is_some());
        for raw in [
            "https://good.example/cb/",
            "https://good.example/cb/more",
            "https://good.example/CB",
            "https://good.example/cb?x=1",
            "https://good.example/cb#frag",
            "https://good.example:443/cb",
            "https://good.example/%2e%2e/cb",
            "https://good.example/a/../cb",
            "https://good.example@evil/cb",
            "https://good.example\\evil/cb",
            "https://good.example.evil.example/cb",
            "http://good.example/cb",
            "https://gооd.example/cb",
            "https://user@good.example/cb",
            " https://good.example/cb",
            "https://good.example/cb ",
            "https://good.example/%63b",
            "https://GOOD.example/cb",
        ] {
            assert_eq!(resolve(&client, raw), None, "{raw}");
        }
    }

    #[test]
    fn only_the_port_of_a_loopback_uri_may_vary() {
        let client = client("http://127.0.0.1/cb");
        for good in [
            "http://127.0.0.1/cb",
            "http://127.0.0.1:1/cb",
            "http://127.0.0.1:65535/cb",
        ] {
            assert!(resolve(&client, good).is_some(), "{good}");
        }
        for bad in [
            "http://127.0.0.1:5000/other",
            "http://localhost:5000/cb",
            "http://127.0.0.1.evil/cb",
            "http://127.0.0.1:80@evil/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:05000/cb",
            "https://127.0.0.1:5000/cb",
            "http://127.0.0.1:5000/cb?x=1",
        ] {
            assert_eq!(resolve(&client, bad), None, "{bad}");
        }
    }

    #[test]
    fn response_parameters_are_encoded_once_and_the_query_is_kept() {
        let target = RedirectTarget::from_stored("https://a.example/cb?x=1".into());
        assert_eq!(
            target.with(&[("state", "a+b %2B\r\n<\u{1f489}>")]),
            "https://a.example/cb?x=1&state=a%2Bb%20%252B%0D%0A%3C%F0%9F%92%89%3E"
        );
    }

    #[test]
    fn only_safe_uris_may_be_registered() {
        for good in [
            "https://app.example",
            "https://app.example/cb?x=1",
            "http://127.0.0.1:9/cb",
            "http://localhost/cb",
            "http://[::1]/cb",
            "com.example.app:/cb",
        ] {
            assert!(may_be_registered(good), "{good}");
        }
        let long = format!("https://app.example/{}", "a".repeat(LONGEST));
        for bad in [
            "",
            "/cb",
            "https://app.example/cb#x",
            "https://*.example/cb",
            "http://app.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://user@app.example/cb",
            "myapp:/cb",
            "https://app.example/a/../b",
            "https://APP.example/cb",
            "http://127.0.0.1.evil/cb",
            &long,
            "https://app.example/a b",
            "file:///etc/passwd",
            "https://app.example;sandbox/cb",
            "https://app.example,evil.example/cb",
            "https://app.example'/cb",
        ] {
            assert!(!may_be_registered(bad), "{bad}");
        }
    }

    #[test]
    fn a_loopback_origin_is_known_whatever_its_port() {
        assert_eq!(origin_key("http://localhost:3000"), "http://localhost");
        assert_eq!(
            origin_key("https://app.example:3000"),
            "https://app.example:3000"
        );
        assert_eq!(
            origin("https://app.example/cb").as_deref(),
            Some("https://app.example")
        );
        assert_eq!(origin("com.example.app:/cb"), None);
    }
}
