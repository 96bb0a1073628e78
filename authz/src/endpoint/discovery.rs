//! The discovery documents and the public signing keys. JSON whatever `Accept` says.

use actix_web::HttpResponse;
use actix_web::http::header;

use super::problem::Problem;
use super::{Answer, Here};

const CACHED: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");

/// `/.well-known/smart-configuration`
pub async fn smart(here: Here) -> Answer {
    let document = here.server.features.smart_configuration();
    Ok(HttpResponse::Ok().insert_header(CACHED).json(document))
}

/// `/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server`
pub async fn provider(here: Here) -> Answer {
    let document = here.server.features.provider_configuration();
    Ok(HttpResponse::Ok().insert_header(CACHED).json(document))
}

/// `/oauth/jwks`
pub async fn jwks(here: Here) -> Answer {
    let keys = here.server.keys.complete().await;
    let keys = keys.map_err(|_| Problem::failed())?;
    Ok(HttpResponse::Ok().insert_header(CACHED).json(keys.jwks()))
}
