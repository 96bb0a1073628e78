//! Endpoint: where images can be fetched (`DICOMweb` WADO-RS).

use super::Builder;
use crate::element::{Coding, named_reference, term};
use crate::json::Object;
use crate::record::Seed;
use crate::table::care::Organization;

/// The id of the endpoint of the imaging centre.
pub(super) const IMAGES: &str = "end-clearview-wado-rs";
/// SMART imaging access: the endpoint takes the access token of the FHIR server.
const NEEDS_TOKEN: &str =
    "http://hl7.org/fhir/smart-app-launch/StructureDefinition/requires-access-token";

impl Builder {
    pub(super) fn endpoints(&self) -> impl Iterator<Item = Seed> {
        let owner = Organization::of("clearview-imaging");
        let token = Object::new()
            .with("url", NEEDS_TOKEN)
            .with("valueBoolean", true);
        let seed = self
            .draft("Endpoint", IMAGES.to_owned())
            .with("extension", [token])
            .with("status", "active")
            .with(
                "connectionType",
                Coding::term("endpoint-connection-type", "dicom-wado-rs"),
            )
            .with("name", "Clearview Imaging Center WADO-RS")
            .with(
                "managingOrganization",
                named_reference(&super::organization(owner.key), owner.name),
            )
            .with("payloadType", [term("endpoint-payload-type", "any")])
            .with("payloadMimeType", ["application/dicom"])
            .with("address", format!("{}/wado", self.base))
            .seed();
        std::iter::once(seed)
    }
}
