//! How a request can fail, and what is told to whom.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::account::password::Overloaded;
use crate::account::throttle::TooMany;
use crate::oauth::authorization_request::Untrusted;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::grant::Unfit;
use crate::oauth::redirect::RedirectTarget;
use crate::secret::Secret;
use crate::store::StoreError;

/// Seconds after which it makes sense to try again when the server is too busy.
const RETRY_AFTER: i64 = 2;

/// A failed request. The response is made in one place, [`super::render::problem`].
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Shown to a person.
    #[error("{}", .0.text)]
    Page(PageProblem),
    /// Sent back to the app.
    #[error("{}", .0.error)]
    Redirect(RedirectProblem),
    /// Answered to a program.
    #[error("{}", .0.error)]
    Token(TokenProblem),
    /// Nobody is signed in; holds the page where one does.
    #[error("nobody is signed in")]
    SignedOut(String),
    /// The path exists, the method does not; holds the `Allow` header.
    #[error("method not allowed")]
    MethodNotAllowed(&'static str),
    /// Something failed here; a person gets a page, a program JSON.
    #[error("{0}")]
    Failed(#[from] StoreError),
}

/// A page that says what went wrong.
#[derive(Debug)]
pub struct PageProblem {
    /// HTTP status.
    pub status: StatusCode,
    /// Headline.
    pub title: &'static str,
    /// What to do next.
    pub text: String,
    /// Seconds to wait.
    pub retry_after: Option<i64>,
}

/// An error for an app, by redirect (RFC 6749 §4.1.2.1).
#[derive(Debug)]
pub struct RedirectProblem {
    /// Where to; its existence proves that it may be told.
    pub target: RedirectTarget,
    /// Returned as it came.
    pub state: Option<Secret>,
    /// What went wrong.
    pub error: OAuthError,
    /// Whether somebody vouches for the client. If not, the person sees a page and decides whether
    /// to follow (RFC 9700 §4.11.2).
    pub verified: bool,
    /// The person has decided, so this is not an error to them.
    pub decided: bool,
}

/// An error for a program (RFC 6749 §5.2).
#[derive(Debug)]
pub struct TokenProblem {
    /// HTTP status.
    pub status: StatusCode,
    /// What went wrong.
    pub error: OAuthError,
    /// `WWW-Authenticate`
    pub challenge: Option<Cow<'static, str>>,
    /// Seconds to wait.
    pub retry_after: Option<i64>,
}

impl Problem {
    /// A page with a status.
    pub fn page(status: StatusCode, title: &'static str, text: impl Into<String>) -> Self {
        Self::Page(PageProblem {
            status,
            title,
            text: text.into(),
            retry_after: None,
        })
    }

    /// Nothing here.
    pub fn not_found() -> Self {
        Self::page(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "The address is wrong, or what was here is gone.",
        )
    }

    /// The form was not sent from one of our pages.
    pub fn forged() -> Self {
        Self::page(
            StatusCode::FORBIDDEN,
            "This form has expired",
            "Go back, reload the page and try again. Nothing was changed.",
        )
    }

    /// The authorization request cannot be continued.
    pub fn start_again() -> Self {
        Self::page(
            StatusCode::BAD_REQUEST,
            "Please start again from the app",
            "This request has expired or belongs to another browser session.",
        )
    }

    /// Something failed here and nothing can be said about it.
    pub fn failed() -> Self {
        Self::page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong here",
            "It is not your fault. Please try again in a moment.",
        )
    }

    /// An error for a program with the status of its code.
    pub fn token(error: OAuthError) -> Self {
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let challenge = (error.code == ErrorCode::InvalidClient)
            .then_some(Cow::Borrowed("Basic realm=\"oauth\", charset=\"UTF-8\""));
        Self::Token(TokenProblem {
            status,
            error,
            challenge,
            retry_after: None,
        })
    }

    /// An error for a program with another status.
    pub fn token_with(status: StatusCode, error: OAuthError) -> Self {
        Self::Token(TokenProblem {
            status,
            error,
            challenge: None,
            retry_after: None,
        })
    }

    /// A program tries too often.
    pub fn slow_down(too_many: TooMany) -> Self {
        Self::Token(TokenProblem {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: ErrorCode::TemporarilyUnavailable.because("too many requests; try again later"),
            challenge: None,
            retry_after: Some(too_many.seconds),
        })
    }

    /// The problem as a program would be told it, for [`StoreError`].
    pub fn store_for_program(error: &StoreError) -> TokenProblem {
        let (status, code, retry_after) = if error.may_pass() {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorCode::TemporarilyUnavailable,
                Some(RETRY_AFTER),
            )
        } else {
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                ErrorCode::ServerError,
                None,
            )
        };
        TokenProblem {
            status,
            error: code.because("something failed here; try again later"),
            challenge: None,
            retry_after,
        }
    }

    /// The problem as a person would be told it, for [`StoreError`].
    pub fn store_for_person(error: &StoreError) -> PageProblem {
        if error.may_pass() {
            busy_page()
        } else {
            PageProblem {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                title: "Something went wrong here",
                text: "It is not your fault. Please try again in a moment.".to_owned(),
                retry_after: None,
            }
        }
    }
}

fn busy_page() -> PageProblem {
    PageProblem {
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: "Too busy at the moment",
        text: "Please try again in a few seconds.".to_owned(),
        retry_after: Some(RETRY_AFTER),
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Overloaded> for Problem {
    fn from(_: Overloaded) -> Self {
        Self::Page(busy_page())
    }
}

impl From<TooMany> for Problem {
    fn from(too_many: TooMany) -> Self {
        Self::Page(PageProblem {
            status: StatusCode::TOO_MANY_REQUESTS,
            title: "Too many attempts",
            text: format!("Please wait {} seconds and try again.", too_many.seconds),
            retry_after: Some(too_many.seconds),
        })
    }
}

impl From<Untrusted> for Problem {
    fn from(untrusted: Untrusted) -> Self {
        let text = match untrusted {
            Untrusted::Client => "The app that sent you here is not known to us.",
            Untrusted::RedirectUri => {
                "The app that sent you here did not say where to return to, or named an address that is not registered for it."
            }
        };
        Self::page(
            StatusCode::BAD_REQUEST,
            "This app cannot be connected",
            text,
        )
    }
}

impl From<Unfit> for Problem {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Expired => Self::start_again(),
            Unfit::Stage => Self::page(
                StatusCode::BAD_REQUEST,
                "This request has already been answered",
                "Nothing was changed. To decide again, start again from the app.",
            ),
        }
    }
}

impl ResponseError for Problem {
    fn error_response(&self) -> HttpResponse {
        // Only the surface knows request id and path; it replaces this answer.
        HttpResponse::InternalServerError().finish()
    }
}
