//! `$convert`: a resource in another format (R4, operation `Resource-convert`).

use std::sync::Arc;

use serde_json::Value;

use super::{Call, Level, Needs, Operation, Request, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::{Kind, Problem};

/// The row.
pub const OPERATION: Operation = Operation {
    code: "convert",
    id: "Resource-convert",
    definition: "http://hl7.org/fhir/OperationDefinition/Resource-convert",
    title: "Convert a resource to another format",
    description: "Answers the resource that is sent as the body, in the format that Accept or _format asks for: FHIR JSON or FHIR XML. It is stored nowhere.",
    levels: &[Level::System],
    types: &[],
    affects_state: false,
    is_mirrored: false,
    parameters: &[
        input("input", 1, "1", "Resource", "The resource."),
        output("output", 1, "1", "Resource", "The same resource."),
    ],
    searches: false,
    read,
};

#[derive(Debug)]
struct Convert(Value);

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let resource = arguments.resource("input").ok_or_else(|| {
        Problem::new(Kind::Value, "The parameter 'input' takes a resource.").at_parameter("input")
    })?;
    Ok(Arc::new(Convert(resource.clone())))
}

impl Request for Convert {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn perform(&self, _: Means<'_>, _: &Authorized) -> Result<Outcome, Problem> {
        Ok(Outcome::Answer(self.0.clone()))
    }
}
