//! `Patient/$everything`: the record of a patient, and what it refers to (R4, operation
//! `Patient-everything`).
//!
//! Each type is inside its own restriction. A page goes through the types in turn, the patient
//! first; what the record refers to outside of it comes last. A page link holds a position only:
//! whoever follows it is authorized again.

mod walk;

use std::sync::Arc;

use fhir::resource_type::ResourceType;
use smart::scope::Action;
use url::form_urlencoded::Serializer;

use super::{Arguments, Call, Level, Needs, Operation, Request, Target, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::interaction::Instance;
use crate::problem::Problem;
use crate::search::date;
use crate::search::record::{Part, Patients, part};
use crate::store::Patience;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "everything",
    id: "Patient-everything",
    definition: "http://hl7.org/fhir/OperationDefinition/Patient-everything",
    title: "Fetch a patient's record",
    description: "All resources of a patient's compartment that the token may read, and the practitioners, organizations, places and medications they refer to, page by page. On the type: of all patients that the token may read.",
    levels: &[Level::Type, Level::Instance],
    types: &["Patient"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input(
            "start",
            0,
            "1",
            "date",
            "Only care that touches this date or later; what has no date is kept.",
        ),
        input(
            "end",
            0,
            "1",
            "date",
            "Only care that touches this date or earlier; what has no date is kept.",
        ),
        input(
            "_since",
            0,
            "1",
            "instant",
            "Only what was updated at this instant or later.",
        ),
        input(
            "_type",
            0,
            "*",
            "code",
            "Only these types, separated by commas.",
        ),
        input(
            "_count",
            0,
            "1",
            "integer",
            "Resources on a page, 1000 at most.",
        ),
        output(
            "return",
            1,
            "1",
            "Bundle",
            "A searchset; follow its next links.",
        ),
    ],
    searches: false,
    read,
};

/// Resources on a page when the caller does not say.
const DEFAULT_COUNT: u32 = 500;
const MAX_COUNT: u32 = 1000;

#[derive(Debug)]
struct Everything {
    instance: Option<Instance>,
    patients: Patients,
    care: Option<date::Range>,
    since: Option<i64>,
    types: Vec<ResourceType>,
    count: u32,
    cursor: Option<String>,
    /// The call as links repeat it.
    query: String,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let instance = call.target.instance().cloned();
    let (start, end) = (arguments.period("start")?, arguments.period("end")?);
    let count = arguments.number("_count", 1)?.unwrap_or(DEFAULT_COUNT);
    Ok(Arc::new(Everything {
        patients: match &instance {
            Some(instance) => Patients::one(&instance.id),
            None => Patients::All,
        },
        care: (start.is_some() || end.is_some()).then(|| date::Range::between(start, end)),
        since: arguments.past("_since", call.context.now)?,
        types: arguments.types("_type")?,
        count: count.min(MAX_COUNT),
        cursor: call.cursor().map(str::to_owned),
        query: query(&call.target, &arguments),
        instance,
    }))
}

fn query(target: &Target, arguments: &Arguments) -> String {
    let mut text = match target {
        Target::Instance(Instance { resource_type, id }) => {
            format!("{resource_type}/{id}/$everything?")
        }
        _ => "Patient/$everything?".to_owned(),
    };
    let start = text.len();
    let mut pairs = Serializer::for_suffix(&mut text, start);
    for parameter in OPERATION.parameters {
        for value in arguments.texts(parameter.name) {
            pairs.append_pair(parameter.name, value);
        }
    }
    pairs.finish();
    text.trim_end_matches('?').to_owned()
}

impl Request for Everything {
    fn needs(&self) -> Needs {
        let wanted = |ty: &ResourceType| {
            part(*ty) != Part::None && (self.types.is_empty() || self.types.contains(ty))
        };
        Needs {
            subject: patient_type().map(|ty| (ty, Action::Read)),
            reads: ResourceType::all().filter(wanted).collect(),
            ..Needs::default()
        }
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        means
            .store
            .snapshot(Patience::OfASearch, |snapshot| {
                self.page(means, authorized, snapshot)
            })
            .map(Outcome::Searchset)
    }
}

fn patient_type() -> Option<ResourceType> {
    ResourceType::parse("Patient")
}
