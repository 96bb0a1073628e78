//! Where a person goes after signing in: the page they asked for, if it is one of ours.

use actix_web::HttpRequest;
use actix_web::http::Method;

/// Longest address that is remembered.
const LONGEST: usize = 2000;
/// Where people go who asked for nothing in particular.
pub const HOME: &str = "/record";

/// The path and query that a request to look at a page asks for.
pub fn asked(request: &HttpRequest) -> Option<String> {
    let target = request.uri().path_and_query()?.as_str();
    let looks = [Method::GET, Method::HEAD].contains(request.method());
    (looks && request.path() != "/" && request.path() != "/login")
        .then(|| admit(target))
        .flatten()
}

/// The address, if it can lead nowhere but to a page of this server.
pub fn admit(target: &str) -> Option<String> {
    let mut letters = target.chars();
    let local = letters.next() == Some('/') && !matches!(letters.next(), Some('/' | '\\'));
    let plain = target
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ends = ["/login", "/logout", "/oauth/"];
    let leads_on = ends.iter().all(|path| !target.starts_with(path));
    (local && plain && leads_on && target.len() <= LONGEST).then(|| target.to_owned())
}

/// The address of the sign-in page that leads on to `next`.
pub fn login(next: Option<&str>) -> String {
    let Some(next) = next.filter(|next| *next != HOME) else {
        return "/login".to_owned();
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    format!("/login?{query}")
}

/// Whom the page that comes next is meant for, so that the form can be filled in.
pub fn user(next: Option<&str>) -> Option<String> {
    let (_, query) = next?.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "user")
        .map(|(_, value)| value.chars().take(100).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_server_come_next() {
        for good in ["/launch?app=a&patient=p%201", "/record/p/laboratory?page=2"] {
            assert_eq!(admit(good).as_deref(), Some(good));
        }
        for bad in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "/a\\b",
            "javascript:alert(1)",
            "",
            "/a b",
            "/a\r\nSet-Cookie: x=y",
            "/login?next=/x",
            "/logout",
            "/oauth/authorize?x=y",
        ] {
            assert_eq!(admit(bad), None, "{bad}");
        }
        assert_eq!(admit(&format!("/{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn the_sign_in_page_knows_what_comes_next_and_for_whom() {
        let next = "/launch?app=a&user=anna";
        assert_eq!(
            login(Some(next)),
            "/login?next=%2Flaunch%3Fapp%3Da%26user%3Danna"
        );
        assert_eq!(user(Some(next)).as_deref(), Some("anna"));
        assert_eq!(login(None), "/login");
        assert_eq!(user(Some("/launch")), None);
    }
}
