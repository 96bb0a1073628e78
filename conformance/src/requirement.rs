//! Where a claim comes from.

use serde::Serialize;

/// A place in a specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// Name of the specification, with its version.
    pub specification: &'static str,
    /// Section title or number.
    pub section: &'static str,
    /// Link to it.
    pub link: &'static str,
}

const fn requirement(
    specification: &'static str,
    section: &'static str,
    link: &'static str,
) -> Requirement {
    Requirement {
        specification,
        section,
        link,
    }
}

const R4: &str = "FHIR R4 (4.0.1)";
const SMART: &str = "SMART App Launch 2.2";
const US_CORE: &str = "US Core 6.1";
const S4S: &str = "Sync for Science API calls";

/// One constant per place that checks refer to.
#[rustfmt::skip]
#[expect(missing_docs, reason = "each constant is its own description")]
pub mod place {
    use super::{R4, Requirement, S4S, SMART, US_CORE, requirement};

    pub const ATTACHMENT: Requirement = requirement(R4, "Attachment", "https://hl7.org/fhir/R4/datatypes.html#Attachment");
    pub const BINARY: Requirement = requirement(R4, "Binary", "https://hl7.org/fhir/R4/binary.html#rest");
    pub const BRANDS: Requirement = requirement(SMART, "User-access Brands and Endpoints", "https://hl7.org/fhir/smart-app-launch/STU2.2/brands.html");
    pub const BUNDLE_SEARCH: Requirement = requirement(R4, "Search: server conformance and results", "https://hl7.org/fhir/R4/http.html#search");
    pub const CAPABILITIES: Requirement = requirement(R4, "capabilities interaction", "https://hl7.org/fhir/R4/http.html#capabilities");
    pub const CAPABILITY_STATEMENT: Requirement = requirement(R4, "CapabilityStatement", "https://hl7.org/fhir/R4/capabilitystatement.html");
    pub const CLOCK: Requirement = requirement("RFC 9110", "6.6.1 Date", "https://www.rfc-editor.org/rfc/rfc9110.html#section-6.6.1");
    pub const CODES: Requirement = requirement(R4, "Using Codes", "https://hl7.org/fhir/R4/terminologies.html");
    pub const CONDITIONAL_READ: Requirement = requirement(R4, "conditional read", "https://hl7.org/fhir/R4/http.html#cread");
    pub const CONFIGURATION: Requirement = requirement("This runner", "Configuration", "https://hl7.org/fhir/R4/http.html#root");
    pub const CONTENT_TYPES: Requirement = requirement(R4, "Content Types and encodings", "https://hl7.org/fhir/R4/http.html#mime-type");
    pub const CORS: Requirement = requirement(SMART, "Browser-based apps (CORS)", "https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#considerations-for-cross-origin-resource-sharing-cors-support");
    pub const CLINICAL_S4S: Requirement = requirement(S4S, "Clinical use case", "https://github.com/sync-for-science/api-calls");
    pub const FINANCIAL_S4S: Requirement = requirement(S4S, "Financial use case", "https://github.com/sync-for-science/api-calls");
    pub const FHIR_JSON: Requirement = requirement(R4, "JSON representation", "https://hl7.org/fhir/R4/json.html");
    pub const HANDLING: Requirement = requirement(R4, "Search: handling errors", "https://hl7.org/fhir/R4/search.html#errors");
    pub const IMAGING_STUDY: Requirement = requirement(R4, "ImagingStudy", "https://hl7.org/fhir/R4/imagingstudy.html");
    pub const INCLUDE: Requirement = requirement(R4, "Search: _include and _revinclude", "https://hl7.org/fhir/R4/search.html#include");
    pub const LAST_UPDATED: Requirement = requirement(R4, "Search: _lastUpdated", "https://hl7.org/fhir/R4/search.html#lastUpdated");
    pub const LEGACY_URIS: Requirement = requirement("SMART App Launch 1.0", "Conformance: oauth-uris extension", "https://hl7.org/fhir/smart-app-launch/1.0.0/conformance/index.html");
    pub const META: Requirement = requirement(R4, "Resource metadata", "https://hl7.org/fhir/R4/resource.html#Meta");
    pub const NARRATIVE: Requirement = requirement(R4, "Narrative", "https://hl7.org/fhir/R4/narrative.html");
    pub const OPERATION_OUTCOME: Requirement = requirement(R4, "OperationOutcome", "https://hl7.org/fhir/R4/operationoutcome.html");
    pub const PAGING: Requirement = requirement(R4, "Paging", "https://hl7.org/fhir/R4/http.html#paging");
    pub const PATIENT_COMPARTMENT: Requirement = requirement(R4, "Patient compartment", "https://hl7.org/fhir/R4/compartmentdefinition-patient.html");
    pub const READ: Requirement = requirement(R4, "read interaction", "https://hl7.org/fhir/R4/http.html#read");
    pub const REFERENCES: Requirement = requirement(R4, "References", "https://hl7.org/fhir/R4/references.html");
    pub const REGISTRATION: Requirement = requirement("RFC 7591", "3.2 Client registration response", "https://www.rfc-editor.org/rfc/rfc7591.html#section-3.2");
    pub const SEARCH_DATE: Requirement = requirement(R4, "Search: date", "https://hl7.org/fhir/R4/search.html#date");
    pub const SEARCH_REFERENCE: Requirement = requirement(R4, "Search: reference", "https://hl7.org/fhir/R4/search.html#reference");
    pub const SEARCH_TOKEN: Requirement = requirement(R4, "Search: token", "https://hl7.org/fhir/R4/search.html#token");
    pub const SMART_AUTHORIZATION: Requirement = requirement(SMART, "Obtain authorization code", "https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-authorization-code");
    pub const SMART_CAPABILITIES: Requirement = requirement(SMART, "Conformance: capability sets", "https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#capability-sets");
    pub const SMART_CONFIGURATION: Requirement = requirement(SMART, "Conformance: .well-known/smart-configuration", "https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known");
    pub const SMART_SCOPES: Requirement = requirement(SMART, "Scopes and launch context", "https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html");
    pub const SMART_TOKEN: Requirement = requirement(SMART, "Obtain access token", "https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-access-token");
    pub const STATUS_CODES: Requirement = requirement(R4, "Summary: status codes", "https://hl7.org/fhir/R4/http.html#summary");
    pub const TOKEN_IN_QUERY: Requirement = requirement("RFC 9700", "4.3.2 Access token in browser history", "https://www.rfc-editor.org/rfc/rfc9700.html#section-4.3.2");
    pub const TOKEN_RESPONSE: Requirement = requirement("RFC 6749", "5.1 Successful response", "https://www.rfc-editor.org/rfc/rfc6749.html#section-5.1");
    pub const US_CORE_SERVER: Requirement = requirement(US_CORE, "Server capabilities", "https://hl7.org/fhir/us/core/STU6.1/CapabilityStatement-us-core-server.html");
    pub const WWW_AUTHENTICATE: Requirement = requirement("RFC 6750", "3 The WWW-Authenticate response header field", "https://www.rfc-editor.org/rfc/rfc6750.html#section-3");
}
