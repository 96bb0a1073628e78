//! Everything that can go wrong with a request, and what the caller is told.
//!
//! One table holds kind, HTTP status and FHIR issue code together, so that they cannot drift
//! apart; one renderer turns a [`Problem`] into an `OperationOutcome`.

use serde_json::{Value, json};

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be read.
    Invalid,
    /// The body cannot be read as the resource it should be.
    Structure,
    /// The body is readable but breaks a rule about resources.
    Invalidity,
    /// The body is readable and valid, but only a part of a resource.
    Partial,
    /// The body holds what could make a reader fetch, run or grow something.
    Dangerous,
    /// The resource is there already.
    AlreadyThere,
    /// Something that must be there is not.
    Required,
    /// A patch cannot be carried out on this resource.
    PatchFailed,
    /// A patch would change what identifies the resource.
    Immutable,
    /// A request holds more than one may hold.
    TooMuch,
    /// Two entries of a Bundle are about the same.
    Duplicate,
    /// A reference names an entry that is not there.
    Unresolved,
    /// The criteria of a reference match nothing.
    NoMatch,
    /// Not exactly one member of a health plan is the one described.
    NoMember,
    /// The resource changes faster than this request could follow.
    Contention,
    /// The stored version is another one.
    VersionConflict,
    /// The criteria of a conditional write match more than one resource.
    MultipleMatches,
    /// A parameter's value is not legal.
    Value,
    /// A parameter or modifier that is not offered was to be handled strictly.
    UnsupportedParameter,
    /// A value that names something which is not offered.
    UnsupportedValue,
    /// More was asked than one request may ask.
    TooCostly,
    /// No token was sent.
    Login,
    /// More than one token was sent.
    TwoTokens,
    /// The token means nothing (any more).
    UnknownToken,
    /// The token is bound to a key that the caller did not prove to hold.
    Unproven,
    /// The token is for another server.
    WrongAudience,
    /// The token's scopes do not reach this type or interaction.
    Forbidden,
    /// No such route.
    UnknownRoute,
    /// No such resource type.
    UnknownType,
    /// No such operation, or not on this type.
    UnknownOperation,
    /// No such resource, as far as the caller may know.
    NotFound,
    /// Deleted, and the caller may know.
    Gone,
    /// The route exists with other methods.
    MethodNotAllowed,
    /// None of the formats asked for is offered.
    NotAcceptable,
    /// The body's format is not offered.
    UnsupportedMediaType,
    /// The client was too slow.
    RequestTimeout,
    /// The body is too long.
    BodyTooLong,
    /// The URL is too long.
    UrlTooLong,
    /// The header fields are too many or too long.
    HeadTooLong,
    /// A page link that belongs to another request.
    PageUnknown,
    /// None of the bytes asked for is there.
    RangeBeyond,
    /// The caller has asked for too much at a time.
    Throttled,
    /// The query took longer than it may.
    QueryTimeout,
    /// Nothing more can be stored.
    StoreFull,
    /// Something this server depends on is not there for the moment.
    Unavailable,
    /// A defect of this server.
    Internal,
}

struct Row {
    kind: Kind,
    status: u16,
    code: &'static str,
}

const fn row(kind: Kind, status: u16, code: &'static str) -> Row {
    Row { kind, status, code }
}

const TABLE: &[Row] = &[
    row(Kind::Invalid, 400, "invalid"),
    row(Kind::Structure, 400, "structure"),
    row(Kind::Invalidity, 422, "processing"),
    row(Kind::Partial, 422, "business-rule"),
    row(Kind::Dangerous, 400, "security"),
    row(Kind::AlreadyThere, 412, "duplicate"),
    row(Kind::Required, 400, "required"),
    row(Kind::PatchFailed, 422, "processing"),
    row(Kind::Immutable, 422, "invariant"),
    row(Kind::TooMuch, 413, "too-costly"),
    row(Kind::Duplicate, 400, "duplicate"),
    row(Kind::Unresolved, 400, "not-found"),
    row(Kind::NoMatch, 412, "not-found"),
    row(Kind::NoMember, 422, "not-found"),
    row(Kind::Contention, 409, "conflict"),
    row(Kind::VersionConflict, 412, "conflict"),
    row(Kind::MultipleMatches, 412, "multiple-matches"),
    row(Kind::Value, 400, "value"),
    row(Kind::UnsupportedParameter, 400, "not-supported"),
    row(Kind::UnsupportedValue, 400, "not-supported"),
    row(Kind::TooCostly, 400, "too-costly"),
    row(Kind::Login, 401, "login"),
    row(Kind::TwoTokens, 400, "invalid"),
    row(Kind::UnknownToken, 401, "unknown"),
    row(Kind::Unproven, 401, "security"),
    row(Kind::WrongAudience, 401, "security"),
    row(Kind::Forbidden, 403, "forbidden"),
    row(Kind::UnknownRoute, 404, "not-found"),
    row(Kind::UnknownType, 404, "not-supported"),
    row(Kind::UnknownOperation, 404, "not-supported"),
    row(Kind::NotFound, 404, "not-found"),
    row(Kind::Gone, 410, "deleted"),
    row(Kind::MethodNotAllowed, 405, "not-supported"),
    row(Kind::NotAcceptable, 406, "not-supported"),
    row(Kind::UnsupportedMediaType, 415, "not-supported"),
    row(Kind::RequestTimeout, 408, "timeout"),
    row(Kind::BodyTooLong, 413, "too-long"),
    row(Kind::UrlTooLong, 414, "too-long"),
    row(Kind::HeadTooLong, 431, "too-long"),
    row(Kind::PageUnknown, 404, "not-found"),
    row(Kind::RangeBeyond, 416, "value"),
    row(Kind::Throttled, 429, "throttled"),
    row(Kind::QueryTimeout, 503, "timeout"),
    row(Kind::StoreFull, 503, "no-store"),
    row(Kind::Unavailable, 503, "transient"),
    row(Kind::Internal, 500, "exception"),
];

impl Kind {
    fn row(self) -> &'static Row {
        TABLE
            .iter()
            .find(|row| row.kind == self)
            .unwrap_or(&TABLE[TABLE.len() - 1])
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        self.row().status
    }

    /// The FHIR issue type (R4, value set `issue-type`).
    pub fn code(self) -> &'static str {
        self.row().code
    }
}

/// A refusal or failure, as told to the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{diagnostics}")]
pub struct Problem {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// A plain sentence: what was wrong and what would be accepted.
    pub diagnostics: String,
    /// The parameters or elements concerned, as `OperationOutcome.issue.expression`.
    pub expression: Vec<String>,
    /// Methods the route does offer, for `Allow`.
    pub allow: Option<&'static str>,
    /// `OperationOutcome.issue`, when there are several; otherwise made from the fields above.
    pub issues: Vec<Value>,
}

impl Problem {
    /// A problem of a kind with its sentence.
    pub fn new(kind: Kind, diagnostics: impl Into<String>) -> Self {
        Self {
            kind,
            diagnostics: diagnostics.into(),
            expression: Vec::new(),
            allow: None,
            issues: Vec::new(),
        }
    }

    /// Replaces the one issue by several.
    #[must_use]
    pub fn with_issues(mut self, issues: Vec<Value>) -> Self {
        self.issues = issues;
        self
    }

    /// Names the search parameter concerned (R4 OperationOutcome: `http.` plus the name).
    #[must_use]
    pub fn at_parameter(mut self, name: &str) -> Self {
        self.expression.push(format!("http.{name}"));
        self
    }

    /// Names the entry of a Bundle concerned, counted from 0; places inside its resource become
    /// places inside the Bundle.
    #[must_use]
    pub fn at_entry(mut self, at: usize) -> Self {
        let entry = format!("Bundle.entry[{at}]");
        for issue in &mut self.issues {
            let inside = issue["expression"][0].as_str().map(|place| {
                let below = place.split_once('.').map_or("", |(_, below)| below);
                format!("{entry}.resource.{below}")
                    .trim_end_matches('.')
                    .to_owned()
            });
            issue["expression"] = json!([inside.unwrap_or_else(|| entry.clone())]);
        }
        self.expression.insert(0, entry);
        self
    }

    /// No such resource as far as this caller may know. The same words for an id that never was,
    /// one that is another patient's and one that was deleted out of sight.
    pub fn not_found() -> Self {
        Self::new(
            Kind::NotFound,
            "There is no such resource that this token may read.",
        )
    }

    /// No such resource type, with the successor where a type was renamed.
    pub fn unknown_type(name: &str) -> Self {
        let hint = RENAMED
            .iter()
            .find(|(old, _)| *old == name)
            .map_or(String::new(), |(_, now)| {
                format!(" In R4 it is called {now}.")
            });
        Self::new(
            Kind::UnknownType,
            format!(
                "'{}' is not a resource type of FHIR R4.{hint}",
                printable(name)
            ),
        )
    }

    /// A method the route does not offer.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(
                Kind::MethodNotAllowed,
                format!("This URL answers {allow} only."),
            )
        }
    }

    /// A defect of this server; the cause goes to the log, never to the caller.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(
            Kind::Internal,
            "The server failed to answer; the request id names the entry in its log.",
        )
    }

    /// The `OperationOutcome` (R4).
    pub fn outcome(&self) -> Value {
        if !self.issues.is_empty() {
            return json!({ "resourceType": "OperationOutcome", "issue": self.issues });
        }
        let mut issue = json!({
            "severity": "error",
            "code": self.kind.code(),
            "details": { "text": self.diagnostics },
            "diagnostics": self.diagnostics,
        });
        if !self.expression.is_empty() {
            issue["expression"] = json!(self.expression);
        }
        json!({ "resourceType": "OperationOutcome", "issue": [issue] })
    }
}

/// Names from earlier versions that clients still send.
const RENAMED: &[(&str, &str)] = &[
    ("Conformance", "CapabilityStatement"),
    ("DataElement", "StructureDefinition"),
    ("DeviceUseRequest", "DeviceRequest"),
    ("DiagnosticOrder", "ServiceRequest"),
    ("EligibilityRequest", "CoverageEligibilityRequest"),
    ("ImagingObjectSelection", "ImagingStudy"),
    ("MedicationOrder", "MedicationRequest"),
    ("ProcedureRequest", "ServiceRequest"),
    ("ReferralRequest", "ServiceRequest"),
];

/// Foreign text for a message: printable ASCII, at most 64 characters.
pub fn printable(text: &str) -> String {
    text.chars()
        .take(64)
        .map(|letter| match letter {
            '<' | '>' | '&' | '"' | '\'' => '.',
            letter if letter.is_ascii_graphic() || letter == ' ' => letter,
            _ => '.',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_type_is_answered_with_its_successor() {
        let problem = Problem::unknown_type("MedicationOrder");
        assert_eq!(problem.kind.status(), 404);
        assert!(problem.diagnostics.contains("MedicationRequest"));
    }

    #[test]
    fn foreign_text_is_made_harmless() {
        assert_eq!(printable("<script>\u{7}é"), ".script...");
    }
}
