//! What browsers ask before they let an app's request through (Fetch, "CORS protocol").

use url::Url;

use crate::context::Context;
use crate::http::{Answer, Body, Method, Request};
use crate::outcome::{Finding, Verdict, ensure};

/// An app's origin that no server knows.
pub(super) const ORIGIN: &str = "https://app.example.org";

/// The answer to the question whether a page of `origin` may send this method with this header.
pub(super) async fn preflight(
    context: &Context,
    url: Url,
    origin: &str,
    (method, header): (&str, &str),
) -> Result<Answer, Finding> {
    let request = Request::with(Method::Options, url, Body::None)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", header);
    Ok(context.client.send(&request).await?)
}

/// Whether pages of `origin` may read an answer.
pub(super) fn allowed(answer: &Answer, origin: &str) -> Verdict {
    let found = answer.header("access-control-allow-origin");
    ensure(
        found.is_some_and(|found| found == "*" || found == origin),
        || format!("there is no Access-Control-Allow-Origin for {origin}"),
    )
}
