//! `Observation/$stats`: numbers about the numbers of observations (R4, operation
//! `Observation-stats`).
//!
//! One Observation is made for each code, over the quantities that have the same unit as its latest
//! one; the statistics are its components.

mod sample;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Number, Value, json};
use smart::scope::Action;

use sample::{Measured, STATISTICS, Sample};

use super::argument::illegal;
use super::found::{self, escaped};
use super::{Arguments, Call, Level, Needs, Operation, Request, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::{Kind, Problem, printable};
use crate::search::date;
use crate::search::query::Query;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "stats",
    id: "Observation-stats",
    definition: "http://hl7.org/fhir/OperationDefinition/Observation-stats",
    title: "Statistics of observations",
    description: "Statistics over the quantities of a subject's observations, code by code.",
    levels: &[Level::Type],
    types: &["Observation"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input("subject", 1, "1", "uri", "Whose observations."),
        input(
            "code",
            0,
            "*",
            "string",
            "A code of the parameter 'system', or of LOINC.",
        ),
        input("system", 0, "1", "uri", "The system of the codes."),
        input("coding", 0, "*", "Coding", "A code with its system."),
        input(
            "duration",
            0,
            "1",
            "decimal",
            "Only the last hours, so many.",
        ),
        input("period", 0, "1", "Period", "Only this period."),
        input(
            "statistic",
            1,
            "*",
            "code",
            "Which statistics, separated by commas or given several times.",
        ),
        input(
            "include",
            0,
            "1",
            "boolean",
            "Whether the observations come along.",
        ),
        input(
            "limit",
            0,
            "1",
            "positiveInt",
            "How many observations come along at most.",
        ),
        output(
            "statistics",
            1,
            "*",
            "Observation",
            "The statistics of one code.",
        ),
        output(
            "source",
            0,
            "*",
            "Observation",
            "An observation that was counted.",
        ),
    ],
    searches: false,
    read,
};

const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/observation-statistics";
const LOINC: &str = "http://loinc.org";

#[derive(Debug)]
struct Stats {
    subject: String,
    queries: Vec<(Value, Query)>,
    period: date::Range,
    statistics: Vec<usize>,
    sources: usize,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let subject = arguments.text("subject").unwrap_or_default().to_owned();
    if subject.contains([',', '|', '\\']) {
        return Err(illegal(
            "subject",
            &subject,
            "one reference, as Patient/[id]",
        ));
    }
    let queries = codings(&arguments)
        .into_iter()
        .map(|coding| {
            let part = |name: &str| coding[name].as_str().unwrap_or_default();
            let pairs = [
                ("subject".to_owned(), subject.clone()),
                (
                    "code".to_owned(),
                    format!("{}|{}", escaped(part("system")), escaped(part("code"))),
                ),
            ];
            found::query(call, &pairs).map(|query| (coding, query))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if queries.is_empty() {
        return Err(Problem::new(
            Kind::Invalid,
            "Say what to count: the parameter 'code' or 'coding'.",
        )
        .at_parameter("code"));
    }
    let include = arguments.boolean("include")?.unwrap_or(false);
    let limit = arguments.number("limit", 1)?.unwrap_or(100).min(1000);
    Ok(Arc::new(Stats {
        period: period(&arguments, call.context.now)?,
        statistics: statistics(&arguments)?,
        sources: if include { limit as usize } else { 0 },
        subject: if subject.contains('/') {
            subject
        } else {
            format!("Patient/{subject}")
        },
        queries,
    }))
}

fn codings(arguments: &Arguments) -> Vec<Value> {
    let system = arguments.text("system").unwrap_or(LOINC);
    let codes = arguments
        .items("code")
        .map(|code| json!({ "system": system, "code": code }));
    codes
        .chain(arguments.complex("coding").cloned())
        .take(50)
        .collect()
}

fn statistics(arguments: &Arguments) -> Result<Vec<usize>, Problem> {
    arguments
        .items("statistic")
        .map(|item| {
            let found = STATISTICS.iter().position(|(code, _)| *code == item);
            found.ok_or_else(|| {
                let codes: Vec<_> = STATISTICS.iter().map(|(code, _)| *code).collect();
                Problem::new(
                    Kind::UnsupportedValue,
                    format!(
                        "'{}' is not a statistic made here; accepted: {}.",
                        printable(item),
                        codes.join(", ")
                    ),
                )
                .at_parameter("statistic")
            })
        })
        .collect()
}

fn period(arguments: &Arguments, now: DateTime<Utc>) -> Result<date::Range, Problem> {
    let refused = |name: &str, accepted: &str| {
        Problem::new(
            Kind::Value,
            format!("The parameter '{name}' takes {accepted}."),
        )
        .at_parameter(name)
    };
    let mut range = date::Range::between(None, None);
    if let Some(period) = arguments.complex("period").next() {
        let bound = |name: &str| period[name].as_str().and_then(date::Range::parse);
        range = date::Range::between(bound("start"), bound("end"));
    } else if arguments.text("period").is_some() {
        return Err(refused(
            "period",
            "a valuePeriod, in a Parameters sent by POST",
        ));
    }
    if let Some(text) = arguments.text("duration") {
        let hours: f64 = text
            .parse()
            .ok()
            .filter(|hours: &f64| (0.0..=1e6).contains(hours))
            .ok_or_else(|| refused("duration", "a number of hours"))?;
        #[expect(clippy::cast_possible_truncation, reason = "at most 1e6 hours")]
        let width = (hours * 3_600_000.0) as i64;
        range.low = range.low.max(now.timestamp_millis() - width);
    }
    Ok(range)
}

impl Request for Stats {
    fn needs(&self) -> Needs {
        match self.queries.first() {
            Some((_, query)) => Needs::action(query.resource_type, Action::Search),
            None => Needs::default(),
        }
    }

    fn queries(&self) -> Vec<&Query> {
        self.queries.iter().map(|(_, query)| query).collect()
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let (mut parameters, mut sources) = (Vec::new(), Vec::new());
        for (coding, query) in &self.queries {
            let mut measured = Measured::default();
            found::each(means, authorized, query, |matched| {
                let at = found::instant(&matched.resource);
                let is_inside = at.is_none_or(|at| at >= self.period.low && at <= self.period.high);
                if is_inside && matched.resource["status"] != "entered-in-error" {
                    measured.add(at, &matched.resource);
                    if sources.len() < self.sources {
                        sources.push(matched.resource.clone());
                    }
                }
            })?;
            parameters.push(json!({
                "name": "statistics",
                "resource": self.observation(coding, &measured.sample(), means.now),
            }));
        }
        let sources = sources
            .into_iter()
            .map(|resource| json!({ "name": "source", "resource": resource }));
        parameters.extend(sources);
        Ok(Outcome::Answer(
            json!({ "resourceType": "Parameters", "parameter": parameters }),
        ))
    }
}

impl Stats {
    fn observation(&self, coding: &Value, sample: &Sample, now: DateTime<Utc>) -> Value {
        let mut observation = json!({
            "resourceType": "Observation",
            "status": "final",
            "code": { "coding": [coding] },
            "subject": { "reference": self.subject },
            "issued": date::print(now),
        });
        let components: Vec<Value> = self
            .statistics
            .iter()
            .filter_map(|at| STATISTICS.get(*at))
            .filter_map(|(code, compute)| component(code, compute(sample)?, sample))
            .collect();
        if components.is_empty() {
            observation["dataAbsentReason"] = json!({ "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
                "code": "unknown" }] });
        } else {
            observation["component"] = Value::Array(components);
        }
        observation
    }
}

fn component(code: &str, value: f64, sample: &Sample) -> Option<Value> {
    let mut quantity = json!({ "value": Number::from_f64(value)? });
    if !code.ends_with("count") {
        for member in ["unit", "system", "code"] {
            if let Some(text) = sample.unit[member].as_str() {
                quantity[member] = json!(text);
            }
        }
    }
    Some(json!({
        "code": { "coding": [{ "system": SYSTEM, "code": code }] },
        "valueQuantity": quantity,
    }))
}
