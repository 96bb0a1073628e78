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
const CODE_FLOW: &str = "RFC 6749";
const BEST_PRACTICE: &str = "RFC 9700";
const REGISTER: &str = "RFC 7591";
const ASVS: &str = "OWASP ASVS 4.0.3";
const OPENID: &str = "OpenID Connect Core 1.0";
const BULK: &str = "Bulk Data Access 2.0";
const GENOMICS_REPORTING: &str = "Genomics Reporting 3.0";
const ONC: &str = "ONC, Key Privacy and Security Considerations for Healthcare APIs (2017)";
const S4S: &str = "Sync for Science API calls";

/// One constant per place that checks refer to.
#[rustfmt::skip]
#[expect(missing_docs, reason = "each constant is its own description")]
pub mod place {
    use super::{
        ASVS, BEST_PRACTICE, BULK, CODE_FLOW, GENOMICS_REPORTING, ONC, OPENID, R4, REGISTER, Requirement, S4S, SMART, US_CORE,
        requirement,
    };

    pub const AUDIT: Requirement = requirement(ONC, "OPS: audit visible to the patient", "https://www.hl7.org/fhir/R4/auditevent.html");
    pub const BULK_DELETE: Requirement = requirement(BULK, "Bulk Data Delete Request", "https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-delete-request");
    pub const BULK_FILE: Requirement = requirement(BULK, "Bulk Data Output File Request", "https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-output-file-request");
    pub const BULK_KICK_OFF: Requirement = requirement(BULK, "Bulk Data Kick-off Request", "https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-kick-off-request");
    pub const BULK_MANIFEST: Requirement = requirement(BULK, "Response - Complete Status", "https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status");
    pub const BULK_PARAMETERS: Requirement = requirement(BULK, "Query Parameters", "https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters");
    pub const BULK_STATUS: Requirement = requirement(BULK, "Bulk Data Status Request", "https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-status-request");
    pub const CARIN_SEARCH: Requirement = requirement("CARIN for Blue Button 2.0", "Capability statement", "https://hl7.org/fhir/us/carin-bb/STU2/CapabilityStatement-c4bb.html");
    pub const EHR_LAUNCH: Requirement = requirement(SMART, "Launch App: EHR Launch", "https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch");
    pub const GENOMICS: Requirement = requirement(GENOMICS_REPORTING, "General genomic reporting", "https://hl7.org/fhir/uv/genomics-reporting/STU3/general.html");
    pub const GENOMICS_OPERATIONS: Requirement = requirement(GENOMICS_REPORTING, "Operations", "https://hl7.org/fhir/uv/genomics-reporting/STU3/operations.html");
    pub const GENOMICS_VARIANT: Requirement = requirement(GENOMICS_REPORTING, "Variant", "https://hl7.org/fhir/uv/genomics-reporting/STU3/StructureDefinition-variant.html");
    pub const HSTS: Requirement = requirement("RFC 6797", "7.1 HTTP-over-Secure-Transport Request Type", "https://www.rfc-editor.org/rfc/rfc6797.html#section-7.1");
    pub const LAUNCH_CONTEXT: Requirement = requirement(SMART, "Launch context arrives with your access_token", "https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#launch-context-arrives-with-your-access_token");
    pub const MOLECULAR_SEQUENCE: Requirement = requirement(R4, "MolecularSequence", "https://hl7.org/fhir/R4/molecularsequence.html");
    pub const OPEN_MIRROR: Requirement = requirement(R4, "Security labels: HTEST", "https://hl7.org/fhir/R4/security-labels.html");
    pub const RETRY_AFTER: Requirement = requirement("RFC 9110", "10.2.3 Retry-After", "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3");
    pub const SMART_BACKEND: Requirement = requirement(SMART, "Backend Services: obtain access token", "https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#obtain-access-token");
    pub const SMART_TLS: Requirement = requirement(SMART, "App protection: transport", "https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#app-protection");
    pub const TLS_CIPHERS: Requirement = requirement("RFC 9325", "4.1 General guidelines on cipher suites", "https://www.rfc-editor.org/rfc/rfc9325.html#section-4.1");
    pub const TLS_VERSIONS: Requirement = requirement("RFC 8996", "2 Deprecating TLS 1.0 and TLS 1.1", "https://www.rfc-editor.org/rfc/rfc8996.html");
    pub const WADO: Requirement = requirement("DICOM PS3.18", "10.4 Retrieve Transaction", "https://dicom.nema.org/medical/dicom/current/output/html/part18.html#sect_10.4");
    pub const ATTACHMENT: Requirement = requirement(R4, "Attachment", "https://hl7.org/fhir/R4/datatypes.html#Attachment");
    pub const BINARY: Requirement = requirement(R4, "Binary", "https://hl7.org/fhir/R4/binary.html#rest");
    pub const BRANDS: Requirement = requirement(SMART, "User-access Brands and Endpoints", "https://hl7.org/fhir/smart-app-launch/STU2.2/brands.html");
    pub const BUNDLE_SEARCH: Requirement = requirement(R4, "Search: server conformance and results", "https://hl7.org/fhir/R4/http.html#search");
    pub const CAPABILITIES: Requirement = requirement(R4, "capabilities interaction", "https://hl7.org/fhir/R4/http.html#capabilities");
    pub const BASE_URL: Requirement = requirement(R4, "Service Base URL", "https://hl7.org/fhir/R4/http.html#root");
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
    pub const AUTHORIZATION_ERROR: Requirement = requirement(CODE_FLOW, "4.1.2.1 Error response", "https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2.1");
    pub const CLICKJACKING: Requirement = requirement(BEST_PRACTICE, "4.16 Clickjacking", "https://www.rfc-editor.org/rfc/rfc9700.html#section-4.16");
    pub const CLIENT_AUTHENTICATION: Requirement = requirement(CODE_FLOW, "2.3.1 Client password", "https://www.rfc-editor.org/rfc/rfc6749.html#section-2.3.1");
    pub const CODE: Requirement = requirement(CODE_FLOW, "4.1.2 Authorization response: the code", "https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2");
    pub const CODE_EXCHANGE: Requirement = requirement(CODE_FLOW, "4.1.3 Access token request", "https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.3");
    pub const COOKIES: Requirement = requirement(ASVS, "V3.4 Cookie-based session management", "https://github.com/OWASP/ASVS/blob/v4.0.3/4.0/en/0x12-V3-Session-management.md");
    pub const CONSENT: Requirement = requirement("ONC Key Privacy and Security Considerations", "Consent and authorization", "https://www.healthit.gov/topic/privacy-security-and-hipaa/health-it-privacy-and-security-resources-providers");
    pub const CROSS_SITE_REQUEST: Requirement = requirement(ASVS, "V4.2.2 Cross-site request forgery", "https://github.com/OWASP/ASVS/blob/v4.0.3/4.0/en/0x12-V4-Access-Control.md");
    pub const GUESSING: Requirement = requirement(ASVS, "V2.2.1 Anti-automation", "https://github.com/OWASP/ASVS/blob/v4.0.3/4.0/en/0x11-V2-Authentication.md");
    pub const HISTORY: Requirement = requirement(R4, "history interaction", "https://hl7.org/fhir/R4/http.html#history");
    pub const ID_TOKEN: Requirement = requirement(OPENID, "3.1.3.7 ID token validation", "https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation");
    pub const INJECTION: Requirement = requirement(ASVS, "V5.3 Output encoding", "https://github.com/OWASP/ASVS/blob/v4.0.3/4.0/en/0x13-V5-Validation-Sanitization-Encoding.md");
    pub const INPUT_VALIDATION: Requirement = requirement(ASVS, "V5.1 Input validation", "https://github.com/OWASP/ASVS/blob/v4.0.3/4.0/en/0x13-V5-Validation-Sanitization-Encoding.md");
    pub const INTROSPECTION: Requirement = requirement("RFC 7662", "2 Introspection endpoint", "https://www.rfc-editor.org/rfc/rfc7662.html#section-2");
    pub const ISSUER_PARAMETER: Requirement = requirement("RFC 9207", "2 Response parameter iss", "https://www.rfc-editor.org/rfc/rfc9207.html#section-2");
    pub const OPEN_REDIRECT: Requirement = requirement(BEST_PRACTICE, "4.11 Open redirection", "https://www.rfc-editor.org/rfc/rfc9700.html#section-4.11");
    pub const OPENID_CONFIGURATION: Requirement = requirement("OpenID Connect Discovery 1.0", "4 Provider configuration", "https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig");
    pub const PKCE: Requirement = requirement(BEST_PRACTICE, "2.1.1 Authorization code grant: PKCE", "https://www.rfc-editor.org/rfc/rfc9700.html#section-2.1.1");
    pub const REDIRECT_URI: Requirement = requirement(BEST_PRACTICE, "4.1.3 Redirect URI validation", "https://www.rfc-editor.org/rfc/rfc9700.html#section-4.1.3");
    pub const REFRESH: Requirement = requirement(CODE_FLOW, "6 Refreshing an access token", "https://www.rfc-editor.org/rfc/rfc6749.html#section-6");
    pub const REGISTRATION_ERROR: Requirement = requirement(REGISTER, "3.2.2 Client registration error response", "https://www.rfc-editor.org/rfc/rfc7591.html#section-3.2.2");
    pub const REVOCATION: Requirement = requirement("RFC 7009", "2 Token revocation", "https://www.rfc-editor.org/rfc/rfc7009.html#section-2");
    pub const ROTATION: Requirement = requirement(BEST_PRACTICE, "4.14.2 Refresh token rotation", "https://www.rfc-editor.org/rfc/rfc9700.html#section-4.14.2");
    pub const SESSION: Requirement = requirement(ASVS, "V3.2 Session binding", "https://github.com/OWASP/ASVS/blob/v4.0.3/4.0/en/0x12-V3-Session-management.md");
    pub const SMART_FHIR_USER: Requirement = requirement(SMART, "Scopes for requesting identity data", "https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-identity-data");
    pub const SUMMARY: Requirement = requirement(R4, "Search: managing returned resources", "https://hl7.org/fhir/R4/search.html#return");
    pub const TOKEN_ENTROPY: Requirement = requirement(CODE_FLOW, "10.10 Credentials-guessing attacks", "https://www.rfc-editor.org/rfc/rfc6749.html#section-10.10");
    pub const TOKEN_ERROR: Requirement = requirement(CODE_FLOW, "5.2 Error response", "https://www.rfc-editor.org/rfc/rfc6749.html#section-5.2");
    pub const VALIDATE: Requirement = requirement(R4, "Operation $validate", "https://hl7.org/fhir/R4/resource-operation-validate.html");
    pub const ACCESSIBILITY: Requirement = requirement("WCAG 2.2", "3.1.1, 3.3.2, 4.1.2", "https://www.w3.org/TR/WCAG22/");
    pub const CACHING: Requirement = requirement(R4, "Security: access to records", "https://hl7.org/fhir/R4/security.html");
    pub const SECURITY_HEADERS: Requirement = requirement(ASVS, "V14.4 HTTP security headers", "https://github.com/OWASP/ASVS/blob/v4.0.3/4.0/en/0x22-V14-Config.md");
    pub const METHODS: Requirement = requirement("RFC 9110", "15.5.6 405 Method Not Allowed", "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.6");
    pub const QUALITY: Requirement = requirement(S4S, "Data quality", "https://github.com/sync-for-science/api-calls");
    pub const ADJUDICATION: Requirement = requirement(R4, "ExplanationOfBenefit", "https://hl7.org/fhir/R4/explanationofbenefit.html");
    pub const DOCREF: Requirement = requirement(US_CORE, "Operation $docref", "https://hl7.org/fhir/us/core/STU6.1/OperationDefinition-docref.html");
    pub const DOCUMENT_REFERENCE: Requirement = requirement(US_CORE, "DocumentReference profile", "https://hl7.org/fhir/us/core/STU6.1/StructureDefinition-us-core-documentreference.html");
    pub const US_CORE_MUST_SUPPORT: Requirement = requirement(US_CORE, "Must Support", "https://hl7.org/fhir/us/core/STU6.1/must-support.html");
    pub const US_CORE_PROFILES: Requirement = requirement(US_CORE, "Profiles and extensions", "https://hl7.org/fhir/us/core/STU6.1/profiles-and-extensions.html");
    pub const US_CORE_PROVENANCE: Requirement = requirement(US_CORE, "Basic provenance", "https://hl7.org/fhir/us/core/STU6.1/basic-provenance.html");
    pub const US_CORE_SEARCH: Requirement = requirement(US_CORE, "Search syntax: mandatory and optional searches", "https://hl7.org/fhir/us/core/STU6.1/general-guidance.html#search-syntax");
    pub const ASYMMETRIC: Requirement = requirement(SMART, "Client authentication: asymmetric", "https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html");
    pub const ENDPOINT: Requirement = requirement(R4, "Endpoint", "https://hl7.org/fhir/R4/endpoint.html");
}
