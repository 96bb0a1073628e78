//! One entry of a Bundle, read like a request of its own.

use serde_json::Value;

use super::envelope::check_entry;
use super::url::Url;
use crate::interaction::body::Sent;
use crate::interaction::patch::Patch;
use crate::interaction::precondition::Precondition;
use crate::interaction::unmodified::Unmodified;
use crate::interaction::{Interaction, pairs, parse};
use crate::problem::{Kind, Problem, printable};
use crate::search::query::{Context, Handling};

/// `Bundle.entry.request.method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

const METHODS: [(&str, Method); 6] = [
    ("GET", Method::Get),
    ("HEAD", Method::Head),
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("PATCH", Method::Patch),
    ("DELETE", Method::Delete),
];

/// An entry whose request could be read.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) full_url: Option<String>,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) resource: Option<Value>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_none_exist: Option<String>,
    pub(super) unmodified: Unmodified,
}

/// An entry, or why its request cannot be read.
pub(super) type Request = Result<Entry, Problem>;

impl Entry {
    /// Reads what stands in an entry.
    pub(super) fn parse(mut entry: Value, context: &Context<'_>) -> Request {
        if !entry.is_object() {
            let what = "An entry of a Bundle is an object.";
            return Err(Problem::new(Kind::Structure, what));
        }
        let resource = Some(entry["resource"].take()).filter(|resource| !resource.is_null());
        let text = |name: &str| entry["request"][name].as_str().map(str::to_owned);
        let needed = |name: &str| {
            text(name).ok_or_else(|| {
                let what = format!("The request of the entry has no '{name}'.");
                Problem::new(Kind::Required, what)
            })
        };
        if !entry["request"].is_object() {
            let what = "The entry has no 'request' that says what to do.";
            return Err(Problem::new(Kind::Required, what));
        }
        check_entry(&entry)?;
        let method = method(&needed("method")?)?;
        let url = Url::parse(&needed("url")?, context.base)?;
        let is_read = matches!(method, Method::Get | Method::Head);
        let if_none_match = text("ifNoneMatch");
        let unmodified = if is_read {
            let since = text("ifModifiedSince");
            Unmodified::parse(if_none_match.as_deref(), since.as_deref())?
        } else {
            Unmodified::default()
        };
        Ok(Self {
            full_url: entry["fullUrl"].as_str().map(str::to_owned),
            method,
            url,
            resource,
            if_match: text("ifMatch"),
            if_none_match,
            if_none_exist: text("ifNoneExist"),
            unmodified,
        })
    }

    /// The interaction that a request of its own would be.
    pub(super) fn interaction(
        self,
        handling: Handling,
        context: &Context<'_>,
    ) -> Result<Interaction, Problem> {
        let segments: Vec<String> = self.url.segments.clone();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (self.method, segments.as_slice()) {
            (Method::Get | Method::Head, path) => self.read(path, handling, context),
            (Method::Post, [ty]) => {
                let criteria = self.criteria()?;
                parse::create(ty, self.sent()?, criteria.as_deref(), context)
            }
            (Method::Put, [ty, id]) => {
                let precondition = self.precondition()?;
                parse::update(ty, id, self.sent()?, precondition)
            }
            (Method::Put, [ty]) => {
                let (precondition, pairs) = (self.precondition()?, self.url.pairs.clone());
                parse::conditional_update(ty, &pairs, self.sent()?, precondition, context)
            }
            (Method::Patch, [ty, id]) => {
                let precondition = self.precondition()?;
                parse::patch(ty, id, self.patch()?, precondition)
            }
            (Method::Patch, [ty]) => {
                let (precondition, pairs) = (self.precondition()?, self.url.pairs.clone());
                parse::conditional_patch(ty, &pairs, self.patch()?, precondition, context)
            }
            (Method::Delete, [ty, id]) => parse::delete(ty, id, self.precondition()?),
            (Method::Delete, [ty]) => {
                let precondition = self.precondition()?;
                parse::conditional_delete(ty, &self.url.pairs, precondition, context)
            }
            _ => Err(not_offered()),
        }
    }

    fn read(
        &self,
        path: &[&str],
        handling: Handling,
        context: &Context<'_>,
    ) -> Result<Interaction, Problem> {
        let pairs = &self.url.pairs;
        match path {
            ["_history"] => parse::history(None, None, pairs, handling),
            [ty, "_history"] => parse::history(Some(ty), None, pairs, handling),
            [ty, id, "_history"] => parse::history(Some(ty), Some(id), pairs, handling),
            [ty, id, "_history", version] => parse::version_read(ty, id, version),
            [.., last] if last.starts_with(['$', '_']) => Err(not_offered()),
            [ty] => parse::search(ty, pairs, handling, context),
            [ty, id] => parse::read(ty, id),
            [ty, id, searched] => {
                parse::search_compartment((ty, id), searched, pairs, handling, context)
            }
            _ => Err(not_offered()),
        }
    }

    fn precondition(&self) -> Result<Precondition, Problem> {
        Precondition::parse(self.if_match.as_deref(), self.if_none_match.as_deref())
    }

    fn criteria(&self) -> Result<Option<Vec<(String, String)>>, Problem> {
        self.if_none_exist
            .as_deref()
            .map(|text| pairs::decode(text.trim_start_matches('?').as_bytes()))
            .transpose()
    }

    fn sent(self) -> Result<Sent<'static>, Problem> {
        self.resource.map(Sent::Json).ok_or_else(missing)
    }

    fn patch(self) -> Result<Patch, Problem> {
        Patch::of_resource(self.resource.ok_or_else(missing)?)
    }
}

fn method(text: &str) -> Result<Method, Problem> {
    METHODS
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, method)| *method)
        .ok_or_else(|| {
            let text = printable(text);
            let what = format!("'{text}' is not a method of GET, HEAD, POST, PUT, PATCH, DELETE.");
            Problem::new(Kind::Value, what)
        })
}

fn missing() -> Problem {
    Problem::new(Kind::Required, "The entry has no 'resource'.")
}

fn not_offered() -> Problem {
    Problem::new(
        Kind::UnsupportedValue,
        "Entries may read, search, create, update, patch and delete; anything else is a request of its own.",
    )
}
