//! What a kick-off takes (Bulk Data Access 2.0.0, "Query Parameters"; `organizeOutputBy` and
//! `allowPartialManifests` of 3.0.0).

use crate::operation::{Parameter, input};

/// The table, the same at every level.
pub(super) const PARAMETERS: &[Parameter] = &[
    input(
        "_outputFormat",
        0,
        "1",
        "string",
        "application/fhir+ndjson, application/ndjson or ndjson.",
    ),
    input(
        "_since",
        0,
        "1",
        "instant",
        "Only what was updated at this instant or later.",
    ),
    input(
        "_until",
        0,
        "1",
        "instant",
        "Only what was updated before or at this instant.",
    ),
    input(
        "_type",
        0,
        "*",
        "string",
        "Only these types, separated by commas.",
    ),
    input(
        "_elements",
        0,
        "*",
        "string",
        "Only these top-level elements, as name or Type.name, besides the mandatory ones.",
    ),
    input(
        "patient",
        0,
        "*",
        "Reference",
        "Only the records of these patients; by POST, not for the whole server.",
    ),
    input(
        "includeAssociatedData",
        0,
        "*",
        "code",
        "RelevantProvenanceResources: Provenance comes along even if _type leaves it out.",
    ),
    input(
        "_typeFilter",
        0,
        "*",
        "string",
        "A search, Type?name=value, that the resources of its type must match; those of one type are alternatives.",
    ),
    input(
        "organizeOutputBy",
        0,
        "1",
        "string",
        "Patient: files hold the record of one patient after the other, each after a Parameters that names the patient.",
    ),
    input(
        "allowPartialManifests",
        0,
        "1",
        "boolean",
        "true: the manifest comes in parts that link to the next, the first of them before the export is done.",
    ),
];
