//! A cookie jar for one login (RFC 6265), as far as portals need it: host-only cookies with a
//! path, a life and the `Secure` flag.

use serde_json::Value;
use url::Url;

#[derive(Debug, Clone)]
struct Cookie {
    host: String,
    path: String,
    secure: bool,
    name: String,
    value: String,
}

/// The cookies of one login.
#[derive(Debug, Clone, Default)]
pub(crate) struct CookieJar(Vec<Cookie>);

impl CookieJar {
    /// Keeps a `Set-Cookie` of an answer from `url`; a cookie that is over is dropped.
    pub(crate) fn keep(&mut self, url: &Url, header: &str) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let mut cookie = Cookie {
            host: url.host_str().unwrap_or_default().to_owned(),
            path: default_path(url),
            secure: false,
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
        };
        let mut is_over = false;
        for attribute in parts {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match name.to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                "max-age" => is_over = value.parse::<i64>().is_ok_and(|age| age <= 0),
                _ => {}
            }
        }
        self.0.retain(|kept| {
            (&kept.host, &kept.path, &kept.name) != (&cookie.host, &cookie.path, &cookie.name)
        });
        if !is_over && !cookie.name.is_empty() {
            self.0.push(cookie);
        }
    }

    /// Keeps a cookie that a browser has on `page` (W3C `WebDriver`, section 14).
    pub(crate) fn keep_of_browser(&mut self, page: &Url, cookie: &Value) {
        let text = |name: &str| cookie[name].as_str();
        let (Some(name), Some(value)) = (text("name"), text("value")) else {
            return;
        };
        let path = text("path").unwrap_or("/");
        let is_secure = cookie["secure"] == true;
        let secure = if is_secure { "; Secure" } else { "" };
        self.keep(page, &format!("{name}={value}; Path={path}{secure}"));
    }

    /// Names and values, to be compared.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .map(|cookie| (cookie.name.as_str(), cookie.value.as_str()))
            .collect()
    }

    /// The `Cookie` header for a request to `url`.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let pairs: Vec<_> = self
            .0
            .iter()
            .filter(|cookie| cookie.goes_to(url))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    fn goes_to(&self, url: &Url) -> bool {
        let is_safe = !self.secure || url.scheme() == "https" || is_loopback(url);
        let path = url.path();
        let is_below = path == self.path
            || path
                .strip_prefix(self.path.as_str())
                .is_some_and(|rest| self.path.ends_with('/') || rest.starts_with('/'));
        is_safe && is_below && url.host_str() == Some(&self.host)
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        Some(("", _)) | None => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn cookies_return_to_their_host_and_path_only() {
        let mut jar = CookieJar::default();
        jar.keep(
            &url("https://a.example/oauth/login"),
            "s=1; HttpOnly; Secure",
        );
        jar.keep(&url("https://a.example/oauth/login"), "t=2; Path=/");
        assert_eq!(
            jar.header(&url("https://a.example/oauth/x")).as_deref(),
            Some("s=1; t=2")
        );
        assert_eq!(
            jar.header(&url("https://a.example/oauthx")).as_deref(),
            Some("t=2")
        );
        assert_eq!(
            jar.header(&url("http://a.example/oauth/x")).as_deref(),
            Some("t=2")
        );
        assert_eq!(jar.header(&url("https://b.example/oauth/x")), None);
    }

    #[test]
    fn a_later_cookie_replaces_and_an_old_one_goes() {
        let mut jar = CookieJar::default();
        let here = url("http://localhost:8081/login");
        jar.keep(&here, "s=1; Path=/");
        jar.keep(&here, "s=2; Path=/");
        assert_eq!(jar.header(&here).as_deref(), Some("s=2"));
        jar.keep(&here, "s=; Max-Age=0; Path=/");
        assert_eq!(jar.header(&here), None);
        jar.keep(&here, "nonsense");
    }

    #[test]
    fn a_cookie_of_a_browser_goes_where_it_would_go_from_there() {
        let page = Url::parse("https://portal.example/consent").unwrap();
        let mut jar = CookieJar::default();
        for cookie in [
            json!({"name": "sid", "value": "1", "path": "/", "secure": true, "httpOnly": true}),
            json!({"name": "narrow", "value": "2", "path": "/consent"}),
            json!({"value": "nameless"}),
        ] {
            jar.keep_of_browser(&page, &cookie);
        }
        let shared = Url::parse("https://portal.example/apps").unwrap();
        assert_eq!(jar.header(&shared).as_deref(), Some("sid=1"));
        assert_eq!(jar.header(&page).as_deref(), Some("sid=1; narrow=2"));
    }
}
