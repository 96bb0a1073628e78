//! The language a person reads: what they chose here, else what their browser asks for. The choice
//! is kept in a cookie of its own, which holds nothing but the tag.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};

use super::browser::Posted;
use super::{Answer, render};
use crate::page::language::Language;

/// Name of the cookie.
const COOKIE: &str = "s4s-language";

/// The language for whoever sends this request.
pub fn of(request: &HttpRequest) -> Language {
    let headers = request.headers();
    let chosen = headers
        .get_all(header::COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, tag)| (name == COOKIE).then(|| Language::parse(tag)).flatten());
    let asked = || {
        let header = headers.get(header::ACCEPT_LANGUAGE)?;
        header.to_str().ok().map(Language::preferred)
    };
    chosen.or_else(asked).unwrap_or_default()
}

/// `POST /language`: keeps the choice and returns to the page it was made on.
pub async fn post(request: HttpRequest, posted: Posted) -> Answer {
    let server = &posted.here.server;
    let wanted = posted.form.first("language").and_then(Language::parse);
    let back = back(&request, server.issuer());
    let mut response = render::see_other(&back);
    if let Some(language) = wanted {
        let secure = if server.is_secure() { "; Secure" } else { "" };
        let tag = language.tag();
        let text =
            format!("{COOKIE}={tag}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// The path of the page the form was on, if that was one of ours. Only the path is taken, so this
/// leads nowhere else.
fn back(request: &HttpRequest, issuer: &str) -> String {
    let home = "/".to_owned();
    let referrer = request.headers().get(header::REFERER);
    let Some(url) = referrer
        .and_then(|value| value.to_str().ok())
        .and_then(|text| url::Url::parse(text).ok())
    else {
        return home;
    };
    let same_host = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|host| url.authority() == host);
    let own = same_host || url::Url::parse(issuer).is_ok_and(|own| own.origin() == url.origin());
    let path = url.path();
    if !own || path.starts_with("//") || path.starts_with("/\\") {
        return home;
    }
    match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}
