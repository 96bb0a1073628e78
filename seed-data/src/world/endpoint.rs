//! Endpoint: where records and images can be fetched (FHIR REST, `DICOMweb` WADO-RS).

use super::Builder;
use crate::element::{Coding, named_reference, reference, term};
use crate::json::Object;
use crate::record::Seed;
use crate::table::care::{ENDPOINTS, Endpoint, Organization};

/// The key of the endpoint of the imaging centre.
pub(super) const IMAGES: &str = "clearview-wado-rs";
/// SMART imaging access: the endpoint takes the access token of the FHIR server.
const NEEDS_TOKEN: &str =
    "http://hl7.org/fhir/smart-app-launch/StructureDefinition/requires-access-token";

/// The references of an organization to its endpoints.
pub(super) fn of(organization: &str) -> Vec<Object> {
    ENDPOINTS
        .iter()
        .filter(|row| row.organization == organization)
        .map(|row| reference(&super::endpoint(row.key)))
        .collect()
}

impl Builder {
    pub(super) fn endpoints(&self) -> impl Iterator<Item = Seed> {
        ENDPOINTS.iter().map(|row| self.endpoint(row))
    }

    fn endpoint(&self, row: &Endpoint) -> Seed {
        let owner = Organization::of(row.organization);
        let token = Object::new()
            .with("url", NEEDS_TOKEN)
            .with("valueBoolean", true);
        self.draft("Endpoint", format!("end-{}", row.key))
            .with("extension", [token])
            .with("status", "active")
            .with(
                "connectionType",
                Coding::term("endpoint-connection-type", row.kind),
            )
            .with("name", row.name)
            .with(
                "managingOrganization",
                named_reference(&super::organization(owner.key), owner.name),
            )
            .with("payloadType", [term("endpoint-payload-type", "any")])
            .with("payloadMimeType", row.mime.split(',').collect::<Vec<_>>())
            .with("address", format!("{}{}", self.base, row.path))
            .seed()
    }
}
