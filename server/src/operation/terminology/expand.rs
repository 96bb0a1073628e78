//! `$expand`: the codes of a value set (R4, operation `ValueSet-expand`).

use std::sync::Arc;

use fhir::terminology::{self, ValueSet};
use serde_json::{Value, json};

use super::{required, value_set};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::operation::{Call, Level, Needs, Operation, Request, input, output};
use crate::problem::Problem;
use crate::search::date;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "expand",
    id: "ValueSet-expand",
    definition: "http://hl7.org/fhir/OperationDefinition/ValueSet-expand",
    title: "Expand a value set",
    description: "Lists the codes of a value set that R4 or US Core enumerates, all or page by page. There are no designations besides the display.",
    levels: &[Level::Type],
    types: &["ValueSet"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input(
            "url",
            0,
            "1",
            "uri",
            "Canonical URL, with a version or without; the version is not looked at.",
        ),
        input(
            "filter",
            0,
            "1",
            "string",
            "Only codes that have this text, in the code or in the display.",
        ),
        input(
            "offset",
            0,
            "1",
            "integer",
            "How many codes to leave out at the start.",
        ),
        input(
            "count",
            0,
            "1",
            "integer",
            "How many codes to list; without it, all.",
        ),
        input(
            "activeOnly",
            0,
            "1",
            "boolean",
            "Leave out codes that are no longer to be used.",
        ),
        input(
            "includeDesignations",
            0,
            "1",
            "boolean",
            "There are none; accepted because many clients send it.",
        ),
        output(
            "return",
            1,
            "1",
            "ValueSet",
            "The value set with its expansion.",
        ),
    ],
    searches: false,
    read,
};

#[derive(Debug)]
struct Expand {
    set: &'static ValueSet,
    filter: Option<String>,
    offset: u32,
    count: Option<u32>,
    is_active_only: bool,
}

/// A code in the expansion.
struct Contained {
    system: &'static str,
    code: &'static str,
    display: Option<&'static str>,
    is_abstract: bool,
    is_inactive: bool,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let url = required(call, arguments.text("url"), "url")?;
    arguments.boolean("includeDesignations")?;
    Ok(Arc::new(Expand {
        set: value_set(&url, call.us_core)?,
        filter: arguments.text("filter").map(str::to_lowercase),
        offset: arguments.number("offset", 0)?.unwrap_or(0),
        count: arguments.number("count", 0)?,
        is_active_only: arguments.boolean("activeOnly")?.unwrap_or(false),
    }))
}

impl Request for Expand {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn perform(&self, means: Means<'_>, _: &Authorized) -> Result<Outcome, Problem> {
        let all: Vec<_> = self.members().collect();
        let count = self.count.map_or(usize::MAX, length);
        let page = all.iter().skip(length(self.offset)).take(count);
        let mut expansion = json!({
            "timestamp": date::print(means.now),
            "total": all.len(),
            "offset": self.offset,
            "parameter": self.parameters(),
        });
        let contains: Vec<_> = page.map(Contained::rendered).collect();
        if !contains.is_empty() {
            expansion["contains"] = Value::Array(contains);
        }
        Ok(Outcome::Answer(json!({
            "resourceType": "ValueSet",
            "url": self.set.url,
            "status": "active",
            "expansion": expansion,
        })))
    }
}

impl Expand {
    fn members(&self) -> impl Iterator<Item = Contained> {
        self.set
            .members()
            .map(|(system, code)| Contained::of(system, code))
            .filter(|contained| !(self.is_active_only && contained.is_inactive))
            .filter(|contained| {
                self.filter
                    .as_deref()
                    .is_none_or(|text| contained.has(text))
            })
    }

    /// What was asked for, as the expansion repeats it.
    fn parameters(&self) -> Vec<Value> {
        let filter = self
            .filter
            .as_ref()
            .map(|text| json!({ "name": "filter", "valueString": text }));
        let count = self
            .count
            .map(|count| json!({ "name": "count", "valueInteger": count }));
        let offset = json!({ "name": "offset", "valueInteger": self.offset });
        let active = json!({ "name": "activeOnly", "valueBoolean": self.is_active_only });
        [filter, count, Some(offset), Some(active)]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn length(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Contained {
    fn of(system: &'static str, code: &'static str) -> Self {
        let known = terminology::code_system(system);
        let concept = known.and_then(|known| known.concept(code));
        Self {
            system,
            code,
            display: concept.and_then(|concept| concept.display),
            is_abstract: concept.is_some_and(|concept| concept.is_abstract),
            is_inactive: concept.is_some_and(|concept| concept.is_inactive),
        }
    }

    /// Whether code or display have a text, given in lower case.
    fn has(&self, text: &str) -> bool {
        let has = |own: &str| own.to_lowercase().contains(text);
        has(self.code) || self.display.is_some_and(has)
    }

    fn rendered(&self) -> Value {
        let mut rendered = json!({ "system": self.system });
        for (name, is_set) in [
            ("abstract", self.is_abstract),
            ("inactive", self.is_inactive),
        ] {
            if is_set {
                rendered[name] = json!(true);
            }
        }
        rendered["code"] = json!(self.code);
        if let Some(display) = self.display {
            rendered["display"] = json!(display);
        }
        rendered
    }
}
