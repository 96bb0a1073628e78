//! What anyone may ask: the `CapabilityStatement`, the SMART configuration, health.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use fhir::resource_type::ResourceType;
use fhir::subset::Subset;
use serde_json::{Value, json};
use smart::configuration::SmartConfiguration;

use super::negotiate::{FHIR_JSON, negotiate};
use super::state::{State, Surface};
use super::{answer, brands};
use crate::capability;
use crate::interaction::{pairs, subset};
use crate::problem::{Kind, Problem};
use crate::render;

/// Images are at the endpoints of imaging studies (SMART Imaging Access, draft).
const IMAGING: &str = "smart-imaging-access";

/// `GET [base]/metadata`
pub(super) async fn metadata(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    let subset = pairs::decode(request.query_string().as_bytes()).and_then(|pairs| {
        negotiate(&request, &pairs)?;
        let statement = ResourceType::parse("CapabilityStatement");
        subset::parse(&pairs, false, statement)
    });
    let subset = match subset {
        Ok(subset) => subset,
        Err(problem) => return answer::refused(&problem),
    };
    let body = match *surface {
        Surface::Secured => secured_statement(&state).await,
        Surface::OpenMirror => statement(&state, Surface::OpenMirror, None),
    };
    let body = if subset == Subset::Whole {
        body
    } else {
        Bytes::from(render::cut(&body, &subset, true))
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, FHIR_JSON))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(body)
}

/// The statement, made anew only when the authorization server's configuration changed.
async fn secured_statement(state: &State) -> Bytes {
    let configuration = state.authorization.configuration().await.ok();
    let mut kept = state
        .statement
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    match &*kept {
        Some((of, body)) if *of == configuration => body.clone(),
        _ => {
            let body = statement(state, Surface::Secured, configuration.as_ref());
            *kept = Some((configuration, body.clone()));
            body
        }
    }
}

fn statement(state: &State, surface: Surface, authorization: Option<&SmartConfiguration>) -> Bytes {
    let statement = capability::statement(&capability::Surface {
        base: state.base_of(surface),
        date: &state.started,
        open: surface == Surface::OpenMirror,
        us_core: state.us_core,
        authorization,
    });
    Bytes::from(statement.to_string())
}

/// `GET [base]/.well-known/smart-configuration`, whatever the `Accept` header says.
pub(super) async fn smart_configuration(state: Data<State>) -> HttpResponse {
    match state.authorization.configuration().await {
        Ok(configuration) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-cache"))
            .json(completed(&state, configuration).await),
        Err(error) => {
            tracing::warn!(%error, "configuration failed");
            answer::refused(&Problem::new(
                Kind::Unavailable,
                "The authorization server cannot be asked at the moment; try again soon.",
            ))
        }
    }
}

/// The configuration with what only this server knows: that it serves images, and its brands.
async fn completed(state: &Data<State>, mut configuration: SmartConfiguration) -> Value {
    configuration.capabilities.push(IMAGING.to_owned());
    let mut document = json!(configuration);
    match brands::of(state).await {
        Ok(Some(brands)) => {
            document["user_access_brand_bundle"] = json!(format!("{}{}", state.base, brands::PATH));
            document["user_access_brand_identifier"] = brands.primary.clone();
        }
        Ok(None) => {}
        Err(problem) => tracing::warn!(%problem, "brands failed"),
    }
    document
}

/// `GET /healthz`: the process answers.
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the database answers and holds its first content.
pub(super) async fn readyz(state: Data<State>) -> HttpResponse {
    let ready = web::block(move || state.store.is_seeded()).await;
    match ready {
        Ok(Ok(true)) => HttpResponse::Ok()
            .content_type("text/plain")
            .body("ready\n"),
        _ => HttpResponse::ServiceUnavailable()
            .content_type("text/plain")
            .body("not ready\n"),
    }
}
