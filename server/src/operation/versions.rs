//! `$versions`: the FHIR versions that the server speaks (R4, operation
//! `CapabilityStatement-versions`).

use std::sync::Arc;

use serde_json::json;

use super::{Call, Level, Needs, Operation, Request, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::Problem;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "versions",
    id: "CapabilityStatement-versions",
    definition: "http://hl7.org/fhir/OperationDefinition/CapabilityStatement-versions",
    title: "FHIR versions",
    description: "Lists the FHIR versions that the server speaks, and which one it takes for granted.",
    levels: &[Level::System],
    types: &[],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        output(
            "version",
            1,
            "*",
            "code",
            "A version that the server speaks, as major.minor.",
        ),
        output(
            "default",
            1,
            "1",
            "code",
            "The version of a request that names none.",
        ),
    ],
    searches: false,
    read,
};

#[derive(Debug)]
struct Versions;

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    call.arguments()?;
    Ok(Arc::new(Versions))
}

impl Request for Versions {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn perform(&self, _: Means<'_>, _: &Authorized) -> Result<Outcome, Problem> {
        Ok(Outcome::Answer(json!({
            "resourceType": "Parameters",
            "parameter": [
                { "name": "version", "valueCode": "4.0" },
                { "name": "default", "valueCode": "4.0" },
            ]
        })))
    }
}
