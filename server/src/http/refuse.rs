//! The answer where there is no route, or none for the method.

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::present::present_outside;
use super::state::{State, Surface};
use super::{answer, authenticate};
use crate::problem::{Kind, Problem};

const READ_METHODS: &str = "GET, HEAD";

/// A method that the route does not offer; said only to callers with a token.
pub(super) async fn only_get(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, READ_METHODS).await
}

pub(super) async fn only_get_and_delete(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, "GET, HEAD, DELETE").await
}

pub(super) async fn any_instance_method(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, "GET, HEAD, PUT, PATCH, DELETE").await
}

pub(super) async fn any_system_method(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, "GET, HEAD, POST").await
}

pub(super) async fn any_type_method(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(
        &state,
        *surface,
        &request,
        "GET, HEAD, POST, PUT, PATCH, DELETE",
    )
    .await
}

pub(super) async fn only_post(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, "POST").await
}

async fn refuse_method(
    state: &State,
    surface: Surface,
    request: &HttpRequest,
    allow: &'static str,
) -> HttpResponse {
    match authenticate::authenticate(state, surface, request).await {
        Ok(_) => answer::refused(&Problem::method_not_allowed(allow)),
        Err(problem) => answer::refused(&problem),
    }
}

/// A method of what anyone may ask.
pub(super) async fn only_get_for_anyone() -> HttpResponse {
    answer::refused(&Problem::method_not_allowed(READ_METHODS))
}

/// Any other path below the API. It tells nothing that [base]/metadata does not tell anyone, and
/// mostly it is a base URL put together wrongly: so it needs no token.
pub(super) async fn unknown_api_route(request: HttpRequest) -> HttpResponse {
    let mut problem = no_such_route();
    let path = request.path();
    if path.contains("//") || path.ends_with('/') {
        problem.diagnostics.push_str(
            " The path has an empty segment: is there one slash too many after the base URL or at the end?",
        );
    }
    answer::refused(&problem)
}

/// Any other path of the host.
pub(super) async fn unknown_route(request: HttpRequest) -> HttpResponse {
    present_outside(&request, answer::refused(&no_such_route()))
}

fn no_such_route() -> Problem {
    Problem::new(
        Kind::UnknownRoute,
        "There is no such URL on this server; its interactions are listed in [base]/metadata.",
    )
}
