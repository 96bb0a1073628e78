//! What is wrong with a resource, in the words of an `OperationOutcome`.

use std::fmt;

use super::place::Place;

/// The most issues that are reported about one resource.
pub const MAX_ISSUES: usize = 50;

/// <http://hl7.org/fhir/R4/valueset-issue-severity.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The text could not be read to its end.
    Fatal,
    /// The resource is not valid.
    Error,
    /// The resource is valid, but its author may have meant something else.
    Warning,
    /// A remark.
    Information,
}

impl Severity {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

/// The issue types a validation uses. <http://hl7.org/fhir/R4/valueset-issue-type.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The JSON or the arrangement of elements is wrong.
    Structure,
    /// An element that must be there is missing.
    Required,
    /// A value does not have the form of its type.
    Value,
    /// A constraint of the specification is not met.
    Invariant,
    /// What is said contradicts what is asked for, or points where it may not.
    Invalid,
    /// A code is not one of a required value set.
    CodeInvalid,
    /// More is given than is read: a string, a list, an object.
    TooLong,
    /// Nested more deeply than is followed, or too large for a constraint to be evaluated.
    TooCostly,
    /// A constraint could not be evaluated: a defect of the validator, not of the resource.
    Exception,
    /// A profile that is named is not known.
    NotFound,
    /// A remark about the validation itself.
    Informational,
}

impl Code {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::Invariant => "invariant",
            Self::Invalid => "invalid",
            Self::CodeInvalid => "code-invalid",
            Self::TooLong => "too-long",
            Self::TooCostly => "too-costly",
            Self::Exception => "exception",
            Self::NotFound => "not-found",
            Self::Informational => "informational",
        }
    }
}

/// What an issue offends against: R4 answers the two differently (400 and 422,
/// <http://hl7.org/fhir/R4/http.html#create>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Breach {
    /// The text cannot be read as the resource it claims to be.
    Grammar,
    /// The resource can be read, but breaks a rule about resources.
    Rule,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// What sort of fault it is.
    pub code: Code,
    /// Whether the grammar or a rule is broken.
    pub breach: Breach,
    /// The element as a `FHIRPath` (`Patient.contact[0].name.given[1]`; a choice by its name, as
    /// in `Observation.value`); nothing where the text could not be parsed.
    pub expression: Option<String>,
    /// What was found and what would be accepted, as a sentence.
    pub diagnostics: String,
    /// The profile that asks for what is missing, as `url|version`; nothing for R4 itself.
    pub profile: Option<String>,
}

impl Issue {
    /// An error that makes the resource unreadable.
    pub(super) fn grammar(code: Code, place: &Place<'_>, diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            breach: Breach::Grammar,
            expression: Some(place.to_string()),
            diagnostics: diagnostics.into(),
            profile: None,
        }
    }

    /// A readable resource that breaks a rule.
    pub(super) fn rule(code: Code, place: &Place<'_>, diagnostics: impl Into<String>) -> Self {
        Self {
            breach: Breach::Rule,
            ..Self::grammar(code, place, diagnostics)
        }
    }

    /// A remark about the validation, not about an element.
    pub(super) fn remark(diagnostics: String) -> Self {
        Self {
            severity: Severity::Information,
            code: Code::Informational,
            breach: Breach::Rule,
            expression: None,
            diagnostics,
            profile: None,
        }
    }

    /// The same issue with another severity.
    pub(super) fn of_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// Whether a resource with this issue is not valid.
    pub fn is_error(&self) -> bool {
        self.severity <= Severity::Error
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (severity, code) = (self.severity.as_str(), self.code.as_str());
        write!(formatter, "{severity} {code}")?;
        if let Some(expression) = &self.expression {
            write!(formatter, " {expression}")?;
        }
        write!(formatter, ": {}", self.diagnostics)?;
        match &self.profile {
            Some(profile) => write!(formatter, " ({profile})"),
            None => Ok(()),
        }
    }
}

/// Issues as they are found, never more than [`MAX_ISSUES`] and a remark that there were more.
#[derive(Debug, Default)]
pub(super) struct Issues {
    found: Vec<Issue>,
    has_more: bool,
    grammar_breaches: usize,
}

impl Issues {
    /// Takes an issue; when there is no room an error displaces a warning, so that a resource
    /// with an error never looks valid.
    pub(super) fn push(&mut self, issue: Issue) {
        self.grammar_breaches += usize::from(issue.breach == Breach::Grammar);
        if self.found.len() < MAX_ISSUES {
            return self.found.push(issue);
        }
        self.has_more = true;
        let warning = self.found.iter().rposition(|issue| !issue.is_error());
        if let Some(at) = warning.filter(|_| issue.is_error()) {
            self.found.remove(at);
            self.found.push(issue);
        }
    }

    /// Whether the same has been found before, if on behalf of another profile.
    pub(super) fn has(&self, issue: &Issue) -> bool {
        self.found.iter().any(|other| {
            other.code == issue.code
                && other.expression == issue.expression
                && other.diagnostics == issue.diagnostics
        })
    }

    /// How often the grammar was broken so far.
    pub(super) fn grammar_breaches(&self) -> usize {
        self.grammar_breaches
    }

    /// The issues. Where the grammar is broken, a constraint that could not be evaluated says
    /// nothing about the validator: constraints look beyond their own element.
    pub(super) fn finish(mut self) -> Vec<Issue> {
        if self.grammar_breaches > 0 {
            self.found.retain(|issue| issue.code != Code::Exception);
        }
        if self.has_more {
            let what = format!("Only the first {MAX_ISSUES} issues are reported.");
            self.found.push(Issue::remark(what));
        }
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue() -> Issue {
        Issue::rule(Code::Value, &Place::root("Patient"), "x")
    }

    #[test]
    fn an_error_is_kept_when_warnings_fill_the_list() {
        let mut issues = Issues::default();
        for _ in 0..=MAX_ISSUES {
            issues.push(issue().of_severity(Severity::Warning));
        }
        issues.push(issue());
        let found = issues.finish();
        assert_eq!(found.len(), MAX_ISSUES + 1);
        assert_eq!(found.iter().filter(|issue| issue.is_error()).count(), 1);
        assert_eq!(found[MAX_ISSUES].code, Code::Informational);
    }
}
