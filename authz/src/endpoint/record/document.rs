//! `/record/{patient}/document/{type}/{id}`: a document, shown as far as that is safe, and its
//! files as they are. Nothing that a browser could run is passed on as what it is.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

use super::super::browser::Browser;
use super::super::form::Query;
use super::super::problem::Problem;
use super::super::{Answer, Here, render};
use super::Opened;
use crate::page::document::{DocumentPage, Part, Shown};
use crate::portal::{FhirApi, Unreadable};
use crate::record::attachment::{self, Attachment, Content};
use crate::record::entry::Entry;
use crate::record::view::View;
use crate::secret::Secret;

/// Most files of a document.
const MOST: usize = 20;

/// `GET /record/{patient}/document/{type}/{id}`
pub async fn get(here: Here, browser: Browser, path: Path<(String, String, String)>) -> Answer {
    let (patient, resource_type, id) = path.into_inner();
    let opened = Opened::of(&here, &browser, &patient, "documents")?;
    let token = opened.token();
    let entry = read(opened.api(), &token, &resource_type, &id).await?;
    let mut parts = Vec::new();
    for (number, attachment) in entry.attachments.iter().enumerate().take(MOST) {
        let at = format!("/record/{patient}/file/{resource_type}/{id}/{number}");
        parts.push(part(opened.api(), &token, attachment, at).await?);
    }
    let page = DocumentPage {
        chrome: browser.chrome(&here),
        patient: opened.patient,
        entry,
        parts,
    };
    Ok(render::page(&page)?.finish())
}

async fn part(
    api: &FhirApi,
    token: &Secret,
    attachment: &Attachment,
    at: String,
) -> Result<Part, Unreadable> {
    let content = fetch(api, token, attachment).await?;
    let (shown, path) = match &content {
        Some((content_type, bytes)) => (Shown::of(content_type, bytes), at),
        None => (Shown::Missing, String::new()),
    };
    Ok(Part {
        title: attachment.title.clone(),
        language: attachment.language.clone(),
        content_type: content.map_or_else(|| attachment.content_type.clone(), |(name, _)| name),
        path,
        shown,
    })
}

/// The entry of a type that has attachments.
async fn read(
    api: &FhirApi,
    token: &Secret,
    resource_type: &str,
    id: &str,
) -> Result<Entry, Problem> {
    let view = View::of(resource_type).filter(|view| view.attachments.is_some());
    let legal = api.local(&format!("{resource_type}/{id}")).is_some();
    view.filter(|_| legal).ok_or(Problem::not_found())?;
    let resource = api.read(token, resource_type, id).await?;
    Entry::read(&resource).ok_or(Problem::not_found())
}

/// The bytes of an attachment with what they are; `None` when they are not in this record.
async fn fetch(
    api: &FhirApi,
    token: &Secret,
    attachment: &Attachment,
) -> Result<Option<(String, Vec<u8>)>, Unreadable> {
    let reference = match &attachment.content {
        Content::Data(bytes) => return Ok(Some((attachment.content_type.clone(), bytes.clone()))),
        Content::Missing => return Ok(None),
        Content::At(reference) => reference,
    };
    let Some(("Binary", id)) = api.local(reference) else {
        return Ok(None);
    };
    match api.read(token, "Binary", id).await {
        Ok(resource) => Ok(attachment::binary(&resource)),
        Err(Unreadable::Missing) => Ok(None),
        Err(why) if why.is_about_the_question() => Ok(None),
        Err(other) => Err(other),
    }
}

/// `GET /record/{patient}/file/{type}/{id}/{number}`
pub async fn file(
    here: Here,
    browser: Browser,
    path: Path<(String, String, String, usize)>,
    Query(query): Query,
) -> Answer {
    let (patient, resource_type, id, number) = path.into_inner();
    let opened = Opened::of(&here, &browser, &patient, "documents")?;
    let token = opened.token();
    let entry = read(opened.api(), &token, &resource_type, &id).await?;
    let attachment = entry.attachments.get(number).ok_or(Problem::not_found())?;
    let content = fetch(opened.api(), &token, attachment).await?;
    let (content_type, bytes) = content.ok_or(Problem::not_found())?;
    let passed_on = attachment::passed_on_as(&content_type);
    let inline = passed_on.starts_with("image/") && query.first("download").is_none();
    let disposition = if inline { "inline" } else { "attachment" };
    let ending = attachment::ending(&content_type);
    Ok(HttpResponse::Ok()
        .content_type(passed_on)
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("{disposition}; filename=\"{id}.{ending}\""),
        ))
        .body(bytes))
}
