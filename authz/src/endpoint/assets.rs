//! The stylesheet, the mark, and the style that launched apps may adopt.

use actix_web::HttpResponse;
use actix_web::http::header;

/// `/assets/portal.css`
pub async fn stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .content_type("text/css; charset=utf-8")
        .body(include_str!("../../assets/portal.css"))
}

/// `/assets/smart-style.json` (SMART App Launch 2.2 "Styling"); for any app, without a token.
pub async fn smart_style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .content_type("application/json")
        .body(include_str!("../../assets/smart-style.json"))
}

/// `/assets/mark.svg`
pub async fn mark() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .content_type("image/svg+xml")
        .body(include_str!("../../assets/mark.svg"))
}
