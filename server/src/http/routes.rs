//! Every route, and the answer where there is none.

use actix_cors::Cors;
use actix_web::dev::Service as _;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::FutureExt as _;

use super::present::present;
use super::state::{State, Surface};
use super::{
    answer, asset, authenticate, brands, bundle, discovery, export, imaging, landing, operation,
    resource, trace, write,
};
use crate::configuration::{API, OPEN_MIRROR, Profile};
use crate::problem::{Kind, Problem};

const READ_METHODS: &str = "GET, HEAD";

/// Adds the routes of a server.
pub(crate) fn routes(state: Data<State>) -> impl FnOnce(&mut ServiceConfig) {
    move |config: &mut ServiceConfig| {
        let profile = state.profile;
        config
            .app_data(state)
            .route("/", readable().to(landing::landing))
            .route("/assets/{file}", readable().to(asset::asset))
            .route("/healthz", web::get().to(discovery::healthz))
            .route("/readyz", web::get().to(discovery::readyz));
        api(config, API, Surface::Secured);
        if profile == Profile::Demo {
            api(config, OPEN_MIRROR, Surface::OpenMirror);
        }
        config.default_service(web::to(unknown_route));
    }
}

/// The API below one path.
fn api(config: &mut ServiceConfig, path: &str, surface: Surface) {
    let mut scope = web::scope(path).route("/metadata", readable().to(discovery::metadata));
    if surface == Surface::Secured {
        scope = scope.route(
            "/.well-known/smart-configuration",
            readable().to(discovery::smart_configuration),
        );
        scope = scope.route(brands::PATH, readable().to(brands::bundle));
    }
    config.service(
        scope
            .configure(imaging::images)
            .configure(|config| instances(config, surface, USUAL))
            .service(
                web::resource("/{type}/_search")
                    .route(web::post().to(resource::search_by_post))
                    .default_service(web::to(only_post)),
            )
            .service(
                web::resource("/{type}/{id}/_history/{version}")
                    .route(readable().to(resource::version_read))
                    .default_service(web::to(only_get)),
            )
            .service(
                web::resource("/{type}/{id}/_history")
                    .route(readable().to(resource::history))
                    .default_service(web::to(only_get)),
            )
            .configure(|config| exports(config, surface))
            .configure(operations)
            .service(
                web::resource("/{type}/_history")
                    .route(readable().to(resource::type_history))
                    .default_service(web::to(only_get)),
            )
            .service(
                web::resource("/_history")
                    .route(readable().to(resource::system_history))
                    .default_service(web::to(only_get)),
            )
            .configure(|config| system(config, surface))
            .configure(searches)
            .configure(|config| instances(config, surface, ANY))
            .default_service(web::to(unknown_api_route))
            .wrap_fn(present)
            .wrap_fn(move |request, service| {
                request.extensions_mut().insert(surface);
                service.call(request)
            })
            .wrap_fn(label)
            .wrap(cors()),
    );
}

/// The routes of bulk exports that were begun. The mirror has none.
fn exports(config: &mut ServiceConfig, surface: Surface) {
    if surface == Surface::OpenMirror {
        return;
    }
    config
        .service(
            web::resource("/$export/{job}")
                .route(readable().to(export::status))
                .route(web::delete().to(export::delete))
                .default_service(web::to(only_get_and_delete)),
        )
        .service(
            web::resource("/$export/{job}/{file}")
                .route(readable().to(export::download))
                .default_service(web::to(only_get)),
        );
}

/// The routes of operations; which methods one answers is in its row.
fn operations(config: &mut ServiceConfig) {
    for path in [
        r"/{operation:\$[^/]*}",
        r"/{type}/{operation:\$[^/]*}",
        r"/{type}/{id}/{operation:\$[^/]*}",
    ] {
        config.service(web::resource(path).route(web::to(operation::call)));
    }
}

/// The base itself: searched, and sent batches and transactions.
fn system(config: &mut ServiceConfig, surface: Surface) {
    for path in ["", "/"] {
        let base = web::resource(path).route(readable().to(resource::search_system));
        config.service(if surface == Surface::Secured {
            base.route(web::post().to(bundle::bundle))
                .default_service(web::to(any_system_method))
        } else {
            base.default_service(web::to(only_get))
        });
    }
}

/// The searches of the whole server and of compartments.
fn searches(config: &mut ServiceConfig) {
    config.service(
        web::resource("/_search")
            .route(web::post().to(resource::search_system_by_post))
            .default_service(web::to(only_post)),
    );
    for path in [
        "/{type}/{id}/_search",
        r"/{type}/{id}/{searched:[A-Z][A-Za-z]*|\*}/_search",
    ] {
        config.service(
            web::resource(path)
                .route(web::post().to(resource::search_compartment_by_post))
                .default_service(web::to(only_post)),
        );
    }
    config.service(
        web::resource(r"/{type}/{id}/{searched:[A-Z][A-Za-z]*|\*}")
            .route(readable().to(resource::search_compartment))
            .default_service(web::to(only_get)),
    );
}

/// Paths of a type and of an instance. Routes are tried one after the other, which takes as long as
/// a read itself, so the usual paths, which no other route has, come first and any others last.
const USUAL: [&str; 2] = [
    "/{type:[A-Z][A-Za-z]*}",
    "/{type:[A-Z][A-Za-z]*}/{id:[A-Za-z0-9][^/]*}",
];
const ANY: [&str; 2] = ["/{type}", "/{type}/{id}"];

/// The routes of a type and of an instance. The mirror has no write routes at all.
fn instances(config: &mut ServiceConfig, surface: Surface, [types, ids]: [&str; 2]) {
    let mut instance = web::resource(ids).route(readable().to(resource::read));
    let mut ty = web::resource(types).route(readable().to(resource::search));
    if surface == Surface::Secured {
        instance = instance
            .route(web::put().to(resource::update))
            .route(web::patch().to(write::patch))
            .route(web::delete().to(resource::delete))
            .default_service(web::to(any_instance_method));
        ty = ty
            .route(web::post().to(resource::create))
            .route(web::put().to(write::conditional_update))
            .route(web::patch().to(write::conditional_patch))
            .route(web::delete().to(write::conditional_delete))
            .default_service(web::to(any_type_method));
    } else {
        instance = instance.default_service(web::to(only_get));
        ty = ty.default_service(web::to(only_get));
    }
    config.service(ty).service(instance);
}

pub(super) fn readable() -> actix_web::Route {
    web::route().guard(actix_web::guard::fn_guard(|context| {
        matches!(context.head().method, Method::GET | Method::HEAD)
    }))
}

/// Browser apps of any origin may call: nothing here trusts a cookie, so an origin gains nothing
/// that its own server could not have (SMART 2.2, "CORS").
fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_MODIFIED_SINCE,
            IF_NONE_MATCH,
            HeaderName::from_static("dpop"),
            HeaderName::from_static("if-none-exist"),
            HeaderName::from_static("prefer"),
            HeaderName::from_static(trace::HEADER),
        ])
        .expose_headers([
            "ETag",
            "Last-Modified",
            "Location",
            "Content-Location",
            "Content-Range",
            "Expires",
            "Retry-After",
            "X-Progress",
            "WWW-Authenticate",
            "X-Request-Id",
        ])
        .max_age(3600)
}

/// Gives each request its id, and each answer the headers that all answers have.
fn label<S, B>(
    request: actix_web::dev::ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<actix_web::dev::ServiceResponse<B>, actix_web::Error>> + use<S, B>
where
    S: actix_web::dev::Service<
            actix_web::dev::ServiceRequest,
            Response = actix_web::dev::ServiceResponse<B>,
            Error = actix_web::Error,
        >,
{
    let id = request
        .app_data::<Data<State>>()
        .map(|state| state.request_id());
    service.call(request).map(move |result| {
        result.map(|mut response| {
            let headers = response.headers_mut();
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
                headers.insert(HeaderName::from_static("x-request-id"), id);
            }
            response
        })
    })
}

/// A method that the route does not offer; said only to callers with a token.
pub(super) async fn only_get(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, READ_METHODS).await
}

async fn only_get_and_delete(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, "GET, HEAD, DELETE").await
}

async fn any_instance_method(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, "GET, HEAD, PUT, PATCH, DELETE").await
}

async fn any_system_method(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    refuse_method(&state, *surface, &request, "GET, HEAD, POST").await
}

async fn any_type_method(
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

async fn only_post(
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

/// Any other path below the API.
pub(super) async fn unknown_api_route(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    match authenticate::authenticate(&state, *surface, &request).await {
        Ok(_) => answer::refused(&no_such_route()),
        Err(problem) => answer::refused(&problem),
    }
}

/// Any other path of the host.
async fn unknown_route() -> HttpResponse {
    answer::refused(&no_such_route())
}

pub(super) fn no_such_route() -> Problem {
    Problem::new(
        Kind::UnknownRoute,
        "There is no such URL on this server; its interactions are listed in [base]/metadata.",
    )
}
