//! The parameters of a call, checked against the operation's table.

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;
use serde_json::Value;

use super::{Call, Parameter, Use};
use crate::interaction::body::Body;
use crate::problem::{Kind, Problem, printable};
use crate::search::date;

/// Pairs that are settled before an operation is called.
const SETTLED: &[&str] = &["_cursor", "_format", "_pretty"];

/// One value that was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// A primitive value, as text.
    Text(String),
    /// A complex value, such as a Coding.
    Complex(Value),
    /// A resource.
    Resource(Value),
    /// A parameter with parts: the members of `part`.
    Parts(Vec<Value>),
}

/// The values that were sent, in their order.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    sent: Vec<(String, Argument)>,
    /// Search parameters, for an operation that takes those of its type.
    pub search: Vec<(String, String)>,
    /// What is not offered and was left out.
    pub ignored: Vec<Problem>,
}

impl Arguments {
    /// Reads URL and body. Unknown names are refused unless the caller wants them left out.
    pub(super) fn parse(call: &Call<'_>) -> Result<Self, Problem> {
        let mut arguments = Self::default();
        for (name, value) in call.pairs {
            if !SETTLED.contains(&name.as_str()) {
                arguments.take(call, name, Argument::Text(value.clone()))?;
            }
        }
        for (name, argument) in of_body(call)? {
            arguments.take(call, &name, argument)?;
        }
        arguments.check_counts(call)?;
        Ok(arguments)
    }

    fn take(&mut self, call: &Call<'_>, name: &str, argument: Argument) -> Result<(), Problem> {
        if is_input(call, name) {
            self.sent.push((name.to_owned(), argument));
            return Ok(());
        }
        match argument {
            Argument::Text(value) if call.operation.searches => {
                self.search.push((name.to_owned(), value));
                Ok(())
            }
            _ if call.is_lenient() => {
                self.ignored.push(unknown(call, name));
                Ok(())
            }
            _ => Err(unknown(call, name)),
        }
    }

    fn check_counts(&self, call: &Call<'_>) -> Result<(), Problem> {
        for parameter in inputs(call) {
            let given = self.all(parameter.name).count();
            let said = if given == 0 && parameter.min > 0 {
                "must be given"
            } else if given > 1 && !parameter.repeats() {
                "is given once at most"
            } else {
                continue;
            };
            return Err(Problem::new(
                Kind::Invalid,
                format!("The parameter '{}' {said}.", parameter.name),
            )
            .at_parameter(parameter.name));
        }
        Ok(())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Argument> {
        self.sent
            .iter()
            .filter(move |(sent, _)| sent == name)
            .map(|(_, argument)| argument)
    }

    /// Every primitive value of a parameter.
    pub fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).filter_map(|argument| match argument {
            Argument::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Every part of values that are separated by commas.
    pub fn items<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts(name)
            .flat_map(|text| text.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
    }

    /// The primitive value of a parameter.
    pub fn text<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.texts(name).next()
    }

    /// Every complex value of a parameter.
    pub fn complex<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.all(name).filter_map(|argument| match argument {
            Argument::Complex(value) => Some(value),
            _ => None,
        })
    }

    /// The resource that was sent as a parameter.
    pub fn resource<'a>(&'a self, name: &'a str) -> Option<&'a Value> {
        self.all(name).find_map(|argument| match argument {
            Argument::Resource(resource) => Some(resource),
            _ => None,
        })
    }

    /// `true` or `false`; `None` when it was not sent.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Problem> {
        self.read(name, "true or false", |text| text.parse().ok())
    }

    /// A whole number from `least` on.
    pub fn number(&self, name: &str, least: u32) -> Result<Option<u32>, Problem> {
        let accepted = format!("a whole number from {least} on");
        self.read(name, &accepted, |text| {
            text.parse().ok().filter(|number| *number >= least)
        })
    }

    /// A date, dateTime or instant of any precision.
    pub fn period(&self, name: &str) -> Result<Option<date::Range>, Problem> {
        self.read(name, "a FHIR date or dateTime", date::Range::parse)
    }

    /// The first moment of an instant that is not to come.
    pub fn past(&self, name: &str, now: DateTime<Utc>) -> Result<Option<i64>, Problem> {
        let accepted =
            "an instant (YYYY-MM-DDThh:mm:ss with a time zone) that is not in the future";
        self.read(name, accepted, |text| {
            date::Range::parse(text)
                .map(|range| range.low)
                .filter(|at| *at <= now.timestamp_millis())
        })
    }

    /// The types that a list of codes names.
    pub fn types(&self, name: &str) -> Result<Vec<ResourceType>, Problem> {
        self.items(name)
            .map(|item| {
                ResourceType::parse(item)
                    .ok_or_else(|| illegal(name, item, "names of R4 resource types"))
            })
            .collect()
    }

    fn read<T>(
        &self,
        name: &str,
        accepted: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        self.text(name)
            .map(|text| parse(text).ok_or_else(|| illegal(name, text, accepted)))
            .transpose()
    }
}

/// A value that is not legal.
pub(super) fn illegal(name: &str, value: &str, accepted: &str) -> Problem {
    Problem::new(
        Kind::Value,
        format!(
            "'{}' is not a value of the parameter '{name}'; accepted: {accepted}.",
            printable(value)
        ),
    )
    .at_parameter(name)
}

fn inputs<'a>(call: &Call<'a>) -> impl Iterator<Item = &'static Parameter> + use<'a> {
    call.operation
        .parameters
        .iter()
        .filter(|parameter| parameter.direction == Use::In)
}

fn unknown(call: &Call<'_>, name: &str) -> Problem {
    let names: Vec<_> = inputs(call).map(|parameter| parameter.name).collect();
    let accepted = match names.as_slice() {
        [] => "it takes none".to_owned(),
        names => format!("accepted: {}", names.join(", ")),
    };
    Problem::new(
        Kind::UnsupportedParameter,
        format!(
            "'{}' is not a parameter of ${}; {accepted}.",
            printable(name),
            call.operation.code
        ),
    )
    .at_parameter(&printable(name))
}

/// The members of a `Parameters`, or the resource itself for an operation that takes one.
fn of_body(call: &Call<'_>) -> Result<Vec<(String, Argument)>, Problem> {
    if call.body.is_empty() {
        return Ok(Vec::new());
    }
    let named = resource_type_of(call.body);
    let is_parameters = named.as_deref() == Some("Parameters");
    let wrapped = if is_parameters {
        parameters(call.body)?
    } else {
        Vec::new()
    };
    // The one resource that an operation takes may be the body; a Parameters that names no
    // parameter is such a resource itself.
    let bare = inputs(call)
        .find(|parameter| parameter.fhir_type == "Resource")
        .filter(|_| !wrapped.iter().any(|(name, _)| is_input(call, name)));
    match bare {
        Some(parameter) => {
            let ty = named.and_then(|name| ResourceType::parse(&name));
            let ty = ty.ok_or_else(|| Problem::new(Kind::Structure, "The body is no resource."))?;
            let resource = Body::parse(ty, call.body)?.into_json();
            Ok(vec![(
                parameter.name.to_owned(),
                Argument::Resource(resource),
            )])
        }
        None if is_parameters => Ok(wrapped),
        None => parameters(call.body),
    }
}

fn is_input(call: &Call<'_>, name: &str) -> bool {
    inputs(call).any(|parameter| parameter.name == name)
}

fn parameters(body: &[u8]) -> Result<Vec<(String, Argument)>, Problem> {
    let ty = ResourceType::parse("Parameters").ok_or_else(|| Problem::internal(&"no such type"))?;
    let mut resource = Body::parse(ty, body)?.into_json();
    let Value::Array(members) = resource["parameter"].take() else {
        return Ok(Vec::new());
    };
    Ok(members.into_iter().filter_map(member).collect())
}

/// One member of `Parameters.parameter`, which is valid.
fn member(mut member: Value) -> Option<(String, Argument)> {
    let name = member["name"].as_str()?.to_owned();
    let object = member.as_object_mut()?;
    if let Some(resource) = object.remove("resource") {
        return Some((name, Argument::Resource(resource)));
    }
    if let Some(Value::Array(parts)) = object.remove("part") {
        return Some((name, Argument::Parts(parts)));
    }
    let value = object
        .into_iter()
        .find(|(key, _)| key.starts_with("value"))
        .map(|(_, value)| value.take())?;
    Some((
        name,
        match value {
            Value::String(text) => Argument::Text(text),
            Value::Bool(_) | Value::Number(_) => Argument::Text(value.to_string()),
            complex => Argument::Complex(complex),
        },
    ))
}

fn resource_type_of(body: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Head {
        #[serde(rename = "resourceType")]
        resource_type: String,
    }
    let head: Head = serde_json::from_slice(body).ok()?;
    Some(head.resource_type)
}
