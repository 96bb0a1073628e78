//! Whether the process lives and whether it can do its work.

use actix_web::HttpResponse;
use serde_json::json;

use super::{Answer, Here};
use crate::store::keys;

/// `/healthz`: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// `/readyz`: the database answers too.
pub async fn readyz(here: Here) -> Answer {
    here.server.store.read(keys::count)?;
    Ok(HttpResponse::Ok().json(json!({"status": "ready"})))
}
