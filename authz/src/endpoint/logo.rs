//! Pictures of apps that somebody vouches for, served from here: looking at a page tells no other
//! host about it, and nobody here fetches what a stranger names.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

use super::problem::Problem;
use super::{Answer, Here};
use crate::store::clients;

/// `GET /logos/{client_id}`
pub async fn get(here: Here, id: Path<String>) -> Answer {
    let client = here
        .server
        .store
        .read(|connection| clients::find(connection, &id))?;
    let logo = client.and_then(|client| client.logo());
    let logo = logo.ok_or(Problem::not_found())?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, max-age=600"))
        .content_type(logo.media_type)
        .body(logo.bytes))
}
