//! The stylesheet and the script of the pages, embedded in the program.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest as _, Sha256};

use super::refuse::unknown_route;

/// A file that pages load.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

const ASSETS: &[Asset] = &[
    Asset {
        path: "/assets/fhir.css",
        media_type: "text/css; charset=utf-8",
        text: include_str!("../../assets/fhir.css"),
    },
    Asset {
        path: "/assets/fhir.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/fhir.js"),
    },
];

/// `GET /assets/…`
pub(super) async fn asset(request: HttpRequest) -> HttpResponse {
    let Some(asset) = ASSETS.iter().find(|asset| asset.path == request.path()) else {
        return unknown_route(request).await;
    };
    let etag = etag(asset.text);
    let known = request.headers().get(IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known == etag.as_str());
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if is_known {
        return response.finish();
    }
    response.content_type(asset.media_type).body(asset.text)
}

/// A digest of the text: it changes when the text does.
fn etag(text: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(text).into();
    format!("\"{}\"", digest.map(|byte| format!("{byte:02x}")).concat())
}
