//! The endpoints, one file each, and the surface they share. The only module that knows HTTP.

mod activity;
mod apps;
mod assets;
mod attempt;
mod authorize;
mod bearer;
mod browser;
mod client;
mod consent;
mod cors;
mod debug;
mod developers;
mod disclosures;
mod discovery;
mod dpop;
mod end_session;
mod form;
mod grant;
mod health;
mod introspect;
mod landing;
mod language;
mod launch;
mod login;
mod logo;
mod logout;
mod manage;
mod me;
mod next;
mod par;
mod password;
mod people;
mod privacy;
mod problem;
mod record;
mod register;
mod render;
mod review;
mod revoke;
mod select_patient;
pub mod surface;
mod token;
mod userinfo;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};
use chrono::{DateTime, Utc};

use crate::server::Server;
use problem::Problem;

/// What a handler answers.
type Answer = Result<HttpResponse, Problem>;

/// Every route. A path that exists answers 405 with `Allow` to any other method.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(protocol_routes)
        .configure(portal_routes)
        .configure(discovery_routes)
        .default_service(web::to(|| async { Answer::Err(Problem::not_found()) }));
}

/// What apps, and people on behalf of apps, call.
fn protocol_routes(config: &mut ServiceConfig) {
    config
        .service(
            both("/oauth/authorize")
                .route(web::get().to(authorize::get))
                .route(web::post().to(authorize::post)),
        )
        .service(only_post("/oauth/token").route(web::post().to(token::post)))
        .service(only_post("/oauth/par").route(web::post().to(par::post)))
        .service(only_post("/oauth/introspect").route(web::post().to(introspect::post)))
        .service(
            only_post(smart::introspection::DISCLOSURES).route(web::post().to(disclosures::post)),
        )
        .service(only_post("/oauth/revoke").route(web::post().to(revoke::post)))
        .service(only_post("/oauth/register").route(web::post().to(register::post)))
        .service(
            web::resource("/oauth/register/{client_id}")
                .route(web::get().to(manage::get))
                .route(web::put().to(manage::put))
                .route(web::delete().to(manage::delete))
                .default_service(web::to(|| async { not_allowed("GET, PUT, DELETE") })),
        )
        .service(
            both("/oauth/userinfo")
                .route(web::get().to(userinfo::userinfo))
                .route(web::post().to(userinfo::userinfo)),
        )
        .service(
            both("/oauth/logout")
                .route(web::get().to(end_session::get))
                .route(web::post().to(end_session::post)),
        )
        .service(only_get("/oauth/jwks").route(web::get().to(discovery::jwks)))
        .service(only_get("/api/me").route(web::get().to(me::get)))
        .service(only_post("/oauth/debug/token").route(web::post().to(debug::token)))
        .service(only_get("/oauth/debug/introspect").route(web::get().to(debug::introspect)));
}

/// What people visit.
fn portal_routes(config: &mut ServiceConfig) {
    config
        .service(
            both("/login")
                .route(web::get().to(login::get))
                .route(web::post().to(login::post)),
        )
        .service(only_post("/logout").route(web::post().to(logout::post)))
        .service(
            both("/select-patient")
                .route(web::get().to(select_patient::get))
                .route(web::post().to(select_patient::post)),
        )
        .service(
            both("/consent")
                .route(web::get().to(consent::get))
                .route(web::post().to(consent::post)),
        )
        .service(
            both("/launch")
                .route(web::get().to(launch::get))
                .route(web::post().to(launch::post)),
        )
        .service(only_get("/assets/smart-style.json").route(web::get().to(assets::smart_style)))
        .service(only_get("/logos/{client_id}").route(web::get().to(logo::get)))
        .service(only_get("/activity").route(web::get().to(activity::get)))
        .service(
            both("/password")
                .route(web::get().to(password::get))
                .route(web::post().to(password::post)),
        )
        .service(only_get("/apps").route(web::get().to(apps::get)))
        .service(only_post("/apps/change").route(web::post().to(apps::change)))
        .service(only_get("/apps/{handle}/receipt").route(web::get().to(apps::receipt)))
        .service(only_post("/apps/revoke").route(web::post().to(apps::revoke)))
        .service(only_get("/apps/{handle}").route(web::get().to(apps::one)))
        .configure(record_routes)
        .configure(developer_routes)
        .service(only_get("/people").route(web::get().to(people::get)))
        .service(only_get("/privacy").route(web::get().to(privacy::get)))
        .service(only_post("/language").route(web::post().to(language::post)))
        .service(only_get("/").route(web::get().to(landing::get)))
        .service(only_get("/assets/mark.svg").route(web::get().to(assets::mark)))
        .service(only_get("/assets/portal.css").route(web::get().to(assets::stylesheet)))
        .service(only_get("/healthz").route(web::get().to(health::healthz)))
        .service(only_get("/readyz").route(web::get().to(health::readyz)));
}

/// What developers visit, in the demo profile.
fn developer_routes(config: &mut ServiceConfig) {
    config
        .service(only_get("/developers").route(web::get().to(developers::get)))
        .service(
            both("/developers/register")
                .route(web::get().to(developers::form))
                .route(web::post().to(developers::register)),
        )
        .service(
            both("/developers/decode")
                .route(web::get().to(developers::decoder))
                .route(web::post().to(developers::decode)),
        )
        .service(only_get("/developers/app/{client_id}").route(web::get().to(developers::app)));
}

/// A person's record.
fn record_routes(config: &mut ServiceConfig) {
    config
        .service(only_get("/record").route(web::get().to(record::get)))
        .service(only_get("/record/{patient}").route(web::get().to(record::overview)))
        .service(
            only_get("/record/{patient}/download").route(web::get().to(record::choose_download)),
        )
        .service(
            only_get("/record/{patient}/download/{form}").route(web::get().to(record::download)),
        )
        .service(
            only_get("/record/{patient}/document/{type}/{id}")
                .route(web::get().to(record::document)),
        )
        .service(
            only_get("/record/{patient}/file/{type}/{id}/{number}")
                .route(web::get().to(record::file)),
        )
        .service(only_get("/record/{patient}/{category}").route(web::get().to(record::category)));
}

fn discovery_routes(config: &mut ServiceConfig) {
    config
        .service(
            only_get("/.well-known/smart-configuration").route(web::get().to(discovery::smart)),
        )
        .service(
            only_get("/.well-known/openid-configuration").route(web::get().to(discovery::provider)),
        )
        .service(
            only_get("/.well-known/oauth-authorization-server")
                .route(web::get().to(discovery::provider)),
        );
}

fn both(path: &str) -> Resource {
    web::resource(path).default_service(web::to(|| async { not_allowed("GET, POST") }))
}

fn only_get(path: &str) -> Resource {
    web::resource(path).default_service(web::to(|| async { not_allowed("GET") }))
}

fn only_post(path: &str) -> Resource {
    web::resource(path).default_service(web::to(|| async { not_allowed("POST") }))
}

fn not_allowed(allow: &'static str) -> Answer {
    Err(Problem::MethodNotAllowed(allow))
}

/// The server and the present, as every handler needs them. One request sees one instant.
pub struct Here {
    pub server: web::Data<Server>,
    pub now: DateTime<Utc>,
    /// The address the request came from; forwarding headers are not believed.
    pub address: String,
}

impl actix_web::FromRequest for Here {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(Self::of(request).ok_or(Problem::failed()))
    }
}

impl Here {
    fn of(request: &HttpRequest) -> Option<Self> {
        let server = request.app_data::<web::Data<Server>>()?.clone();
        let now = server.clock.now();
        let address = request
            .peer_addr()
            .map_or_else(String::new, |peer| peer.ip().to_string());
        Some(Self {
            server,
            now,
            address,
        })
    }
}
