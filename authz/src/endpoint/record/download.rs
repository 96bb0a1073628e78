//! `/record/{patient}/download`: the whole record, streamed as it is read.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};
use futures_util::stream::{self, Stream};
use serde_json::Value;

use super::super::browser::Browser;
use super::super::problem::Problem;
use super::super::{Answer, Here, render};
use super::Opened;
use super::overview::refused_is;
use crate::account::person::{Patient, Person};
use crate::page::record::DownloadPage;
use crate::portal::Unreadable;
use crate::portal::fhir_api::Page;
use crate::record::attachment::Content;
use crate::record::entry::Entry;
use crate::record::view::VIEWS;
use crate::server::Server;

/// `GET`: the choice of a form.
pub async fn get(here: Here, browser: Browser, path: Path<String>) -> Answer {
    let opened = Opened::of(&here, &browser, &path, "overview")?;
    let page = DownloadPage {
        chrome: browser.chrome(&here),
        patient: opened.patient,
    };
    Ok(render::page(&page)?.finish())
}

/// How the record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Bundle,
    Ndjson,
}

impl Form {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "bundle" => Some(Self::Bundle),
            "ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }

    /// Media type and ending of the file.
    fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::Bundle => ("application/fhir+json", "json"),
            Self::Ndjson => ("application/fhir+ndjson", "ndjson"),
        }
    }
}

/// `GET /record/{patient}/download/{form}`. The first page is read before the answer begins, so that
/// a server that does not answer is a page and not half a file.
pub async fn download(here: Here, browser: Browser, path: Path<(String, String)>) -> Answer {
    let (patient, form) = path.into_inner();
    let form = Form::parse(&form).ok_or(Problem::not_found())?;
    let opened = Opened::of(&here, &browser, &patient, "download")?;
    let token = opened.token();
    opened
        .api()
        .read(&token, "Patient", &opened.patient.id)
        .await?;
    let (kind, ending) = form.kind();
    let reading = Reading {
        server: here.server.clone().into_inner(),
        person: opened.person.clone(),
        patient: opened.patient.clone(),
        form,
        queries: queries(),
        written: 0,
        stage: Stage::Start,
    };
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"record-{patient}.{ending}\""),
        ))
        .streaming(reading.stream()))
}

/// Every type that the portal reads.
fn queries() -> Vec<String> {
    let types = VIEWS.iter().map(|view| view.resource_type);
    types
        .rev()
        .map(|name| format!("{name}?_count=200"))
        .collect()
}

/// A record on its way.
struct Reading {
    server: std::sync::Arc<Server>,
    person: Person,
    patient: Patient,
    form: Form,
    /// What is still to be asked, the next one last.
    queries: Vec<String>,
    written: usize,
    stage: Stage,
}

#[derive(PartialEq, Eq)]
enum Stage {
    Start,
    Middle,
    End,
}

impl Reading {
    fn stream(self) -> impl Stream<Item = Result<Bytes, Unreadable>> {
        stream::try_unfold(self, Self::step)
    }

    async fn step(mut self) -> Result<Option<(Bytes, Self)>, Unreadable> {
        let text = match self.stage {
            Stage::End => return Ok(None),
            Stage::Start => {
                self.stage = Stage::Middle;
                self.head().to_owned()
            }
            Stage::Middle => {
                if let Some(query) = self.queries.pop() {
                    self.read(&query).await?
                } else {
                    self.stage = Stage::End;
                    self.foot().to_owned()
                }
            }
        };
        Ok(Some((Bytes::from(text), self)))
    }

    fn head(&self) -> &'static str {
        match self.form {
            Form::Bundle => r#"{"resourceType":"Bundle","type":"collection","entry":["#,
            Form::Ndjson => "",
        }
    }

    fn foot(&self) -> &'static str {
        match self.form {
            Form::Bundle => "]}\n",
            Form::Ndjson => "",
        }
    }

    /// One page; the next one of the same query is asked for next, and so are the files of
    /// documents.
    async fn read(&mut self, query: &str) -> Result<String, Unreadable> {
        let server = &self.server;
        let now = server.clock.now();
        let token = server
            .portal_tokens
            .mint(&self.person, &self.patient, &server.random, now);
        let nothing = Page {
            resources: Vec::new(),
            next: None,
        };
        let page = match query.strip_prefix("Binary/") {
            Some(id) => match server.fhir_api.read(&token, "Binary", id).await {
                Ok(resource) => Page {
                    resources: vec![resource],
                    next: None,
                },
                Err(Unreadable::Missing) => nothing,
                Err(other) => refused_is(nothing, Err(other))?,
            },
            None => refused_is(nothing, server.fhir_api.page(&token, query).await)?,
        };
        self.queries.extend(page.next);
        let mut text = String::new();
        for resource in &page.resources {
            self.queries.extend(self.files(resource));
            self.write(resource, &mut text);
        }
        Ok(text)
    }

    /// The files of a document, as reads.
    fn files(&self, resource: &Value) -> Vec<String> {
        let entry = Entry::read(resource);
        let attachments = entry.map(|entry| entry.attachments).unwrap_or_default();
        let references = attachments
            .iter()
            .filter_map(|attachment| match &attachment.content {
                Content::At(reference) => self.server.fhir_api.local(reference),
                _ => None,
            });
        references
            .filter(|(name, _)| *name == "Binary")
            .map(|(name, id)| format!("{name}/{id}"))
            .collect()
    }

    fn write(&mut self, resource: &Value, text: &mut String) {
        match self.form {
            Form::Bundle => {
                if self.written > 0 {
                    text.push(',');
                }
                text.push_str("\n{\"resource\":");
                text.push_str(&resource.to_string());
                text.push('}');
            }
            Form::Ndjson => {
                text.push_str(&resource.to_string());
                text.push('\n');
            }
        }
        self.written += 1;
    }
}
