//! DOC-20: attachments.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha1::{Digest, Sha1};
use url::Url;

use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::category::Category;
use crate::context::Context;
use crate::http::{Answer, Request};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::ATTACHMENT;
use crate::resource::name_of;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("DOC-20", Required, "Attachments of documents can be fetched with the token, in their stated type, size and hash.", ATTACHMENT, |c| Box::pin(attachments(c))),
];

const MOST_ATTACHMENTS: usize = 5;

/// Attachments that have a URL, each with the name of its document.
pub(super) fn linked(documents: &[Value]) -> Vec<(String, &Value)> {
    let contents = |document: &Value| document["content"].as_array().map_or(0, Vec::len);
    documents
        .iter()
        .flat_map(|document| (0..contents(document)).map(move |at| (document, at)))
        .map(|(document, at)| (name_of(document), &document["content"][at]["attachment"]))
        .filter(|(_, attachment)| attachment["url"].is_string())
        .take(MOST_ATTACHMENTS)
        .collect()
}

async fn attachments(context: &Context) -> Verdict {
    let Some(category) = Category::find("DOC") else {
        return skip("there is no category of documents");
    };
    let collection = context.collection(category).await?;
    let linked = linked(&collection.resources);
    if linked.is_empty() {
        return skip("no document has an attachment with a URL");
    }
    let mut faults = Faults::default();
    for (name, attachment) in linked {
        let verdict = fetch(context, attachment)
            .await
            .and_then(|answer| agrees(&answer, attachment));
        faults.part(&name, verdict)?;
    }
    faults.verdict()
}

/// Fetches an attachment; the token goes along only to the server itself.
async fn fetch(context: &Context, attachment: &Value) -> Result<Answer, Finding> {
    let text = attachment["url"].as_str().unwrap_or_default();
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(_) => context.url(text)?,
    };
    let accept = attachment["contentType"].as_str().unwrap_or("*/*");
    let request = Request::get(url.clone()).header("accept", accept);
    let request = if context.is_own(&url) {
        request.bearer(&context.session().await?.token)
    } else {
        request
    };
    Ok(context.client.send(&request).await?)
}

fn agrees(answer: &Answer, attachment: &Value) -> Verdict {
    answer.expect_status(200)?;
    let media_type = answer.media_type();
    let stated = attachment["contentType"].as_str().unwrap_or_default();
    let stated = stated
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    ensure(stated.is_empty() || stated == media_type, || {
        format!("the media type is {media_type:?}, stated was {stated:?}")
    })?;
    let length = answer.body.len() as u64;
    let size = attachment["size"].as_u64().unwrap_or(length);
    ensure(size == length, || {
        format!("{length} bytes came, stated were {size}")
    })?;
    let digest = STANDARD.encode(Sha1::digest(&answer.body));
    let hash = attachment["hash"].as_str().unwrap_or(&digest);
    ensure(hash == digest, || {
        "the SHA-1 hash is not the stated one".into()
    })
}
