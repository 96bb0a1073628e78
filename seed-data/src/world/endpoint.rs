//! Endpoint: the FHIR server itself, and where images can be fetched (`DICOMweb` WADO-RS).

use super::{Builder, organization};
use crate::element::{Coding, named_reference, term};
use crate::json::Object;
use crate::record::Seed;
use crate::table::care::Organization;

/// The id of the endpoint that is the FHIR server.
pub(super) const API: &str = "end-cedar-ridge-fhir";
/// The id of the endpoint of the imaging centre.
pub(super) const IMAGES: &str = "end-clearview-wado-rs";
/// SMART imaging access: the endpoint takes the access token of the FHIR server.
const NEEDS_TOKEN: &str =
    "http://hl7.org/fhir/smart-app-launch/StructureDefinition/requires-access-token";

/// What an endpoint is, and whose.
struct Row {
    id: &'static str,
    owner: &'static str,
    connection: &'static str,
    name: &'static str,
    media_types: &'static [&'static str],
    /// Below the base of the FHIR server.
    path: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        id: API,
        owner: organization::HEAD,
        connection: "hl7-fhir-rest",
        name: "Cedar Ridge FHIR R4",
        media_types: &["application/fhir+json", "application/fhir+xml"],
        path: "",
    },
    Row {
        id: IMAGES,
        owner: "clearview-imaging",
        connection: "dicom-wado-rs",
        name: "Clearview Imaging Center WADO-RS",
        media_types: &["application/dicom"],
        path: "/dicomweb",
    },
];

impl Builder {
    pub(super) fn endpoints(&self) -> impl Iterator<Item = Seed> {
        ROWS.iter().map(|row| self.endpoint(row))
    }

    fn endpoint(&self, row: &Row) -> Seed {
        let owner = Organization::of(row.owner);
        let token = Object::new()
            .with("url", NEEDS_TOKEN)
            .with("valueBoolean", true);
        self.draft("Endpoint", row.id.to_owned())
            .with("extension", [token])
            .with("status", "active")
            .with(
                "connectionType",
                Coding::term("endpoint-connection-type", row.connection),
            )
            .with("name", row.name)
            .with(
                "managingOrganization",
                named_reference(&super::organization(owner.key), owner.name),
            )
            .with("payloadType", [term("endpoint-payload-type", "any")])
            .with("payloadMimeType", row.media_types.to_vec())
            .with("address", format!("{}{}", self.base, row.path))
            .seed()
    }
}
