//! Every route.

use actix_web::HttpMessage as _;
use actix_web::dev::Service as _;
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};

use super::head::check_head;
use super::label::{cors, label};
use super::present::present;
use super::refuse::{
    any_instance_method, any_system_method, any_type_method, only_get, only_get_and_delete,
    only_get_for_anyone, only_post, unknown_api_route, unknown_route,
};
use super::state::{State, Surface};
use super::{
    asset, brands, bundle, discovery, export, imaging, landing, operation, resource, write,
};
use crate::configuration::{API, OPEN_MIRROR, Profile};

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
    config.service(
        web::scope(path)
            .configure(|config| discoveries(config, surface))
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
            .wrap_fn(check_head)
            .wrap_fn(present)
            .wrap_fn(move |request, service| {
                request.extensions_mut().insert(surface);
                service.call(request)
            })
            .wrap_fn(label)
            .wrap(cors()),
    );
}

/// What anyone may ask.
fn discoveries(config: &mut ServiceConfig, surface: Surface) {
    config.service(
        web::resource("/metadata")
            .route(readable().to(discovery::metadata))
            .default_service(web::to(only_get_for_anyone)),
    );
    if surface == Surface::Secured {
        config.service(
            web::resource("/.well-known/smart-configuration")
                .route(readable().to(discovery::smart_configuration))
                .default_service(web::to(only_get_for_anyone)),
        );
        config.service(
            web::resource(brands::PATH)
                .route(readable().to(brands::bundle))
                .default_service(web::to(only_get_for_anyone)),
        );
    }
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
