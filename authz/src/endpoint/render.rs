//! The one place where a [`Problem`] becomes a response.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;
use serde_json::json;

use super::problem::{PageProblem, Problem, RedirectProblem, TokenProblem};
use super::{browser, language};
use crate::oauth::error::ErrorCode;
use crate::page::Chrome;
use crate::page::problem::ProblemPage;
use crate::server::Server;

/// Paths that programs call; everything else is for people.
const PROGRAM_PATHS: &[&str] = &[
    "/oauth/token",
    "/oauth/par",
    "/oauth/introspect",
    smart::introspection::DISCLOSURES,
    "/oauth/revoke",
    "/oauth/register",
    "/oauth/jwks",
    "/oauth/userinfo",
    "/oauth/debug/token",
    "/oauth/debug/introspect",
    "/api/me",
    "/healthz",
    "/readyz",
];

/// Paths below which programs call.
const PROGRAM_FOLDERS: &[&str] = &["/.well-known/", "/oauth/register/"];

/// Whether a program is calling.
pub fn is_for_programs(path: &str) -> bool {
    PROGRAM_PATHS.contains(&path)
        || PROGRAM_FOLDERS
            .iter()
            .any(|folder| path.starts_with(folder))
}

/// What was asked, as far as the answer to a problem depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The request.
    pub request: &'a HttpRequest,
    /// To find the request in the log.
    pub request_id: &'a str,
    /// Whether all data are synthetic.
    pub demo: bool,
}

/// The response to a failed request.
pub fn problem(server: &Server, asked: &Asked<'_>, problem: &Problem) -> HttpResponse {
    let path = asked.request.path();
    match problem {
        Problem::Page(page) if is_for_programs(path) => token(&as_token_problem(page)),
        Problem::Page(page) => show(page, asked, Extra::Nothing),
        Problem::Redirect(redirect) => send_back(server, asked, redirect),
        Problem::SignedOut(location) => see_other(location),
        Problem::Token(problem) if is_for_programs(path) => token(problem),
        Problem::Token(problem) => show(&as_page_problem(problem), asked, Extra::Nothing),
        Problem::MethodNotAllowed(allow) => not_allowed(asked, allow),
        Problem::Failed(error) => {
            tracing::error!(%error, request_id = asked.request_id, "a request failed");
            if is_for_programs(path) {
                token(&Problem::store_for_program(error))
            } else {
                show(&Problem::store_for_person(error), asked, Extra::Failed)
            }
        }
    }
}

fn as_token_problem(page: &PageProblem) -> TokenProblem {
    TokenProblem {
        status: page.status,
        error: ErrorCode::InvalidRequest.because("the request cannot be answered"),
        challenge: None,
        retry_after: page.retry_after,
    }
}

fn as_page_problem(problem: &TokenProblem) -> PageProblem {
    PageProblem {
        status: problem.status,
        title: "This request cannot be answered",
        text: problem.error.description.to_owned(),
        retry_after: problem.retry_after,
    }
}

fn not_allowed(asked: &Asked<'_>, allow: &'static str) -> HttpResponse {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = if is_for_programs(asked.request.path()) {
        token(&TokenProblem {
            status,
            error: ErrorCode::InvalidRequest.because("this method is not allowed here"),
            challenge: None,
            retry_after: None,
        })
    } else {
        let page = PageProblem {
            status,
            title: "This does not work here",
            text: "The page was asked for in a way it does not understand.".to_owned(),
            retry_after: None,
        };
        show(&page, asked, Extra::Nothing)
    };
    response
        .headers_mut()
        .insert(header::ALLOW, header::HeaderValue::from_static(allow));
    response
}

/// JSON for a program (RFC 6749 §5.2).
fn token(problem: &TokenProblem) -> HttpResponse {
    let mut response = HttpResponse::build(problem.status);
    if let Some(challenge) = &problem.challenge {
        response.insert_header((header::WWW_AUTHENTICATE, challenge.as_ref()));
    }
    retry_after(&mut response, problem.retry_after);
    response.json(json!({
        "error": problem.error.code.as_str(),
        "error_description": problem.error.description,
    }))
}

fn retry_after(response: &mut HttpResponseBuilder, seconds: Option<i64>) {
    if let Some(seconds) = seconds {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
}

/// What a page about a problem may show besides.
enum Extra {
    Nothing,
    /// Not even who is signed in: the store that would know may be what failed.
    Failed,
    /// The error code of an app's mistake.
    Code(&'static str),
    /// Host and address of the app, to return to.
    Back(String, String),
}

/// A page for a person.
fn show(page: &PageProblem, asked: &Asked<'_>, extra: Extra) -> HttpResponse {
    let frame = match extra {
        Extra::Failed => None,
        _ => browser::frame(asked.request),
    };
    let (code, back) = match extra {
        Extra::Nothing | Extra::Failed => (None, None),
        Extra::Code(code) => (Some(code), None),
        Extra::Back(host, location) => (None, Some((host, location))),
    };
    let html = ProblemPage {
        code,
        chrome: frame.unwrap_or_else(|| Chrome::anonymous(language::of(asked.request), asked.demo)),
        title: page.title,
        text: &page.text,
        request_id: asked.request_id,
        back,
    };
    let mut response = HttpResponse::build(page.status);
    retry_after(&mut response, page.retry_after);
    match html.render() {
        Ok(html) => response.content_type("text/html; charset=utf-8").body(html),
        Err(_) => response.body(page.title),
    }
}

/// The error of an app: by redirect when somebody vouches for the app, else on a page.
fn send_back(server: &Server, asked: &Asked<'_>, redirect: &RedirectProblem) -> HttpResponse {
    let location = error_location(server, redirect);
    if redirect.verified {
        return see_other(&location);
    }
    if redirect.decided {
        let page = PageProblem {
            status: StatusCode::OK,
            title: "You did not agree",
            text: "Nothing was shared. Nobody has checked the app that asked; return to it only if you trust it.".to_owned(),
            retry_after: None,
        };
        return show(&page, asked, Extra::Back(redirect.target.host(), location));
    }
    let page = PageProblem {
        status: StatusCode::BAD_REQUEST,
        title: "This app made a mistake",
        text: redirect.error.description.to_owned(),
        retry_after: None,
    };
    show(&page, asked, Extra::Code(redirect.error.code.as_str()))
}

fn error_location(server: &Server, redirect: &RedirectProblem) -> String {
    let mut parameters = vec![
        ("error", redirect.error.code.as_str()),
        ("error_description", redirect.error.description),
        ("iss", server.issuer()),
    ];
    parameters.extend(
        redirect
            .state
            .as_ref()
            .map(|state| ("state", state.expose())),
    );
    redirect.target.with(&parameters)
}

/// A redirect that turns any method into GET, so that no form is ever sent on.
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}

/// A page.
pub fn page(template: &impl Template) -> Result<Rendered, Problem> {
    let html = template.render().map_err(|_| Problem::failed())?;
    Ok(Rendered {
        html,
        status: StatusCode::OK,
    })
}

/// A rendered page that still needs a status and perhaps a form target.
pub struct Rendered {
    html: String,
    status: StatusCode,
}

/// Marks a response whose forms may lead to this further source.
#[derive(Clone)]
pub struct FormAction(pub String);

impl Rendered {
    /// With another status than 200.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The response.
    pub fn finish(self) -> HttpResponse {
        HttpResponse::build(self.status)
            .content_type("text/html; charset=utf-8")
            .body(self.html)
    }

    /// The response of a page whose form answers may redirect to `source`.
    pub fn leading_to(self, source: String) -> HttpResponse {
        let mut response = self.finish();
        response.extensions_mut().insert(FormAction(source));
        response
    }
}
