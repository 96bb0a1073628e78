//! The browser on the other side: its cookie, its session, and the proof that a form came from one
//! of our own pages.
//!
//! Every browser has a cookie with 256 random bits. Signing in replaces it and adds a row; a
//! browser that is not signed in has no row. The anti-forgery token of a form is a digest of the
//! cookie, so it needs no storage, and a page of another site can neither read nor compute it.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use subtle::ConstantTimeEq;

use super::Here;
use super::form::{Form, Query};
use super::language;
use super::next;
use super::problem::Problem;
use super::surface::header_text;
use crate::account::person::Person;
use crate::configuration::Profile;
use crate::oauth::parameters::Parameters;
use crate::page::language::Language;
use crate::page::{Chrome, Visitor};
use crate::secret::{Digest, Secret};
use crate::server::Server;
use crate::store::sessions::{self, Session};
use crate::store::users;

/// Length of a cookie value.
const COOKIE_LENGTH: usize = 43;

/// A browser and who is signed in there.
pub struct Browser {
    cookie: Secret,
    /// The cookie was made for this request and must be sent.
    is_new: bool,
    /// Who is signed in, if anybody.
    pub signed_in: Option<SignedIn>,
    /// What they read.
    pub language: Language,
    path: String,
    /// The page that was asked for, to come back to after signing in.
    wanted: Option<String>,
}

/// A live session and its person.
pub struct SignedIn {
    pub session: Session,
    pub person: Person,
}

impl FromRequest for Browser {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let here = Here::of(request).ok_or(Problem::failed());
        ready(here.and_then(|here| Self::recognise(&here, request)))
    }
}

impl Browser {
    fn recognise(here: &Here, request: &HttpRequest) -> Result<Self, Problem> {
        let known = read_cookie(request, cookie_name(&here.server));
        let is_new = known.is_none();
        let cookie = known.unwrap_or_else(|| Secret::generate(&here.server.random));
        let signed_in = if is_new {
            None
        } else {
            signed_in(here, cookie.digest())?
        };
        Ok(Self {
            cookie,
            is_new,
            signed_in,
            language: language::of(request),
            path: request.path().to_owned(),
            wanted: next::asked(request),
        })
    }

    /// The digest that grants are bound to.
    pub fn digest(&self) -> Digest {
        self.cookie.digest()
    }

    /// Whether the request came with our cookie.
    pub fn is_known(&self) -> bool {
        !self.is_new
    }

    /// The token that our forms carry.
    pub fn csrf_token(&self) -> String {
        Digest::of(&format!("csrf {}", self.cookie.expose())).to_base64url()
    }

    /// The frame of a page for this browser.
    pub fn chrome(&self, here: &Here) -> Chrome {
        let visitor = self.signed_in.as_ref().map(|signed_in| Visitor {
            name: signed_in.person.name.clone(),
            professional: signed_in.person.is_professional(),
            several: signed_in.person.patients.len() > 1,
        });
        Chrome {
            language: self.language,
            path: self.path.clone(),
            demo: here.server.profile == Profile::Demo,
            visitor,
            csrf_token: self.csrf_token(),
        }
    }

    /// Makes sure the browser has its cookie.
    pub fn remember(&self, server: &Server, mut response: HttpResponse) -> HttpResponse {
        if self.is_new {
            set_cookie(server, &mut response, &self.cookie);
        }
        response
    }

    /// Whoever is signed in; anybody else is sent to the page where one signs in, and comes back.
    pub fn require(&self, handle: Option<&str>) -> Result<&SignedIn, Problem> {
        let path = || match handle {
            Some(handle) => grant_url("/login", handle),
            None => next::login(self.wanted.as_deref()),
        };
        self.signed_in
            .as_ref()
            .ok_or_else(|| Problem::SignedOut(path()))
    }
}

fn signed_in(here: &Here, digest: Digest) -> Result<Option<SignedIn>, Problem> {
    let now = here.now;
    let found = here.server.store.read(|connection| {
        let Some(session) = sessions::find(connection, digest, now)? else {
            return Ok(None);
        };
        let person = users::find(connection, session.user)?;
        Ok(person.map(|person| SignedIn { session, person }))
    })?;
    if found
        .as_ref()
        .is_some_and(|found| found.session.is_due(now))
    {
        here.server
            .store
            .write_later(move |tx| sessions::touch(tx, digest, now));
    }
    Ok(found)
}

/// The frame of a page about a problem, for a browser that is known: whoever is signed in stays so.
pub fn frame(request: &HttpRequest) -> Option<Chrome> {
    let here = Here::of(request)?;
    let browser = Browser::recognise(&here, request).ok()?;
    browser.is_known().then(|| browser.chrome(&here))
}

/// Our page about a grant.
pub fn grant_url(path: &str, handle: &str) -> String {
    format!("{path}?grant={handle}")
}

fn cookie_name(server: &Server) -> &'static str {
    if server.is_secure() {
        "__Host-s4s"
    } else {
        "s4s"
    }
}

/// The value of our cookie, if there is exactly one and it looks like one of ours.
fn read_cookie(request: &HttpRequest, name: &str) -> Option<Secret> {
    let mut values = request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value);
    let value = values.next().filter(|value| {
        value.len() == COOKIE_LENGTH
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    })?;
    values.next().is_none().then(|| Secret::new(value))
}

/// Sends a cookie; `Secure` and bound to the host when browsers reach us by https.
pub fn set_cookie(server: &Server, response: &mut HttpResponse, value: &Secret) {
    append_cookie(server, response, value.expose(), "");
}

/// Takes the cookie away.
pub fn clear_cookie(server: &Server, response: &mut HttpResponse) {
    append_cookie(server, response, "", "; Max-Age=0");
}

fn append_cookie(server: &Server, response: &mut HttpResponse, value: &str, extra: &str) {
    let secure = if server.is_secure() { "; Secure" } else { "" };
    let name = cookie_name(server);
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{extra}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A form that one of our own pages sent from this browser. Holding it proves that the checks
/// against forgery have passed.
pub struct Posted {
    pub here: Here,
    pub browser: Browser,
    pub form: Parameters,
    /// The `grant` of the URL.
    pub handle: Option<String>,
    /// The page that comes after signing in.
    pub next: Option<String>,
}

impl FromRequest for Posted {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let here = Here::of(request).ok_or(Problem::failed());
        let own = here
            .as_ref()
            .is_ok_and(|here| is_same_origin(request, here.server.issuer()));
        let browser = Browser::from_request(request, payload);
        let query = Query::from_request(request, payload);
        let form = Form::from_request(request, payload);
        Box::pin(async move {
            let (here, browser, Form(form)) = (here?, browser.await?, form.await?);
            let Query(query) = query.await?;
            if !own || !is_genuine(&browser, &form) {
                return Err(Problem::forged());
            }
            let handle = query.first("grant").map(str::to_owned);
            let next = query.first("next").and_then(next::admit);
            Ok(Self {
                here,
                browser,
                form,
                handle,
                next,
            })
        })
    }
}

/// Whether the headers, as far as the browser sends them, say that our own page sent the form.
fn is_same_origin(request: &HttpRequest, issuer: &str) -> bool {
    let headers = request.headers();
    let text = |name: header::HeaderName| {
        headers
            .contains_key(&name)
            .then(|| header_text(headers, name).unwrap_or_default())
    };
    let own_origin = url::Url::parse(issuer)
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default();
    // A page that was loaded under another of our names has that name as its origin and sends it
    // as host; the cookie that it needs was set under that name too.
    let host = text(header::HOST).unwrap_or_default();
    let is_own = |origin: &str| {
        origin == own_origin
            || origin
                .split_once("://")
                .is_some_and(|(_, name)| name == host)
    };
    text(header::ORIGIN).is_none_or(|origin| is_own(&origin))
        && text(header::HeaderName::from_static("sec-fetch-site"))
            .is_none_or(|site| site == "same-origin" || site == "none")
}

fn is_genuine(browser: &Browser, form: &Parameters) -> bool {
    let sent = form.first("csrf_token").unwrap_or_default();
    browser.is_known() && bool::from(sent.as_bytes().ct_eq(browser.csrf_token().as_bytes()))
}
