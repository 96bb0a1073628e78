//! DSC-06 to DSC-12 and DSC-14: the CapabilityStatement.

use serde_json::Value;

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::category::CATEGORIES;
use crate::context::{Context, find_claim};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{
    CAPABILITIES, CAPABILITY_STATEMENT, CLINICAL_S4S, LEGACY_URIS, SMART_CONFIGURATION,
    US_CORE_SERVER,
};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("DSC-06", Required, "The CapabilityStatement describes a running FHIR 4.0 server that speaks JSON, and anyone may read it.", CAPABILITIES, |c| Box::pin(statement(c))),
    Check::new("DSC-07", Required, "The resource types of Sync for Science are claimed.", CLINICAL_S4S, |c| Box::pin(types(c))),
    Check::new("DSC-08", Required, "At least one of the four medication types is claimed, best MedicationRequest.", CLINICAL_S4S, |c| Box::pin(medications(c))),
    Check::new("DSC-09", Required, "Every claimed type of Sync for Science can be read and searched by patient.", CAPABILITY_STATEMENT, |c| Box::pin(interactions(c))),
    Check::new("DSC-10", Warning, "The CapabilityStatement names SMART-on-FHIR as its security service.", CAPABILITY_STATEMENT, |c| Box::pin(security(c))),
    Check::new("DSC-11", Warning, "The CapabilityStatement carries the older oauth-uris extension with authorize and token.", LEGACY_URIS, |c| Box::pin(legacy(c))),
    Check::new("DSC-12", Required, "The CapabilityStatement and the SMART configuration name the same authorization and token endpoints.", SMART_CONFIGURATION, |c| Box::pin(consistent(c))),
    Check::new("DSC-14", Warning, "US Core profiles or guides are claimed.", US_CORE_SERVER, |c| Box::pin(profiles(c))),
];

const TYPES: &[&str] = &[
    "Patient",
    "Observation",
    "Condition",
    "AllergyIntolerance",
    "Procedure",
    "Immunization",
    "DocumentReference",
];
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

async fn statement(context: &Context) -> Verdict {
    let (_, value) = context.metadata().await?;
    let statement = value.map_err(|finding| match finding {
        Finding::Fail(reason) => {
            Finding::Fail(format!("{reason}: is this the base URL of a FHIR server?"))
        }
        other => other,
    })?;
    let mut faults = Faults::default();
    let version = statement["fhirVersion"].as_str().unwrap_or("missing");
    faults.unless(version.starts_with("4.0."), || {
        format!("fhirVersion is {version}")
    });
    faults.unless(statement["kind"] == "instance", || {
        "kind is not instance".to_owned()
    });
    let formats = statement["format"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let json = formats.into_iter().any(|format| format.contains("json"));
    faults.unless(json, || "format does not list JSON".to_owned());
    faults.verdict()
}

async fn types(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let mut faults = Faults::default();
    for name in TYPES {
        faults.unless(find_claim(statement, name).is_some(), || {
            format!("{name} is not claimed")
        });
    }
    faults.verdict()
}

async fn medications(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let claimed = |name| find_claim(statement, name).is_some();
    if claimed("MedicationRequest") {
        return Ok(());
    }
    let others = [
        "MedicationStatement",
        "MedicationDispense",
        "MedicationAdministration",
    ];
    if others.into_iter().any(claimed) {
        Err(Finding::Warn(
            "MedicationRequest is not claimed, only other medication types".into(),
        ))
    } else {
        fail("none of the four medication types is claimed")
    }
}

/// The types of the required categories that the statement claims, each once.
pub(super) fn claimed_types(statement: &Value) -> Result<Vec<&'static str>, Finding> {
    let mut types = required_types();
    types.retain(|name| find_claim(statement, name).is_some());
    if types.is_empty() {
        return skip("no type of Sync for Science is claimed");
    }
    Ok(types)
}

fn required_types() -> Vec<&'static str> {
    let mut types: Vec<_> = CATEGORIES
        .iter()
        .filter(|category| category.level == Required)
        .map(|category| category.resource_type)
        .collect();
    types.sort_unstable();
    types.dedup();
    types
}

pub(super) fn has_row(resource: &Value, list: &str, member: &str, word: &str) -> bool {
    resource[list]
        .as_array()
        .is_some_and(|rows| rows.iter().any(|row| row[member] == word))
}

async fn interactions(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let mut faults = Faults::default();
    for name in claimed_types(statement)? {
        let Some(claim) = find_claim(statement, name) else {
            continue;
        };
        for code in ["read", "search-type"] {
            faults.unless(has_row(claim, "interaction", "code", code), || {
                format!("{name} lacks {code}")
            });
        }
        let by_patient = name == "Patient" || has_row(claim, "searchParam", "name", "patient");
        faults.unless(by_patient, || {
            format!("{name} lacks the search parameter patient")
        });
    }
    faults.verdict()
}

fn security_rows(statement: &Value) -> impl Iterator<Item = &Value> {
    let rests = statement["rest"].as_array().into_iter().flatten();
    rests
        .filter(|rest| rest["mode"] == "server")
        .map(|rest| &rest["security"])
}

async fn security(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let named = security_rows(statement)
        .filter_map(|security| security["service"].as_array())
        .flatten()
        .any(|service| has_row(service, "coding", "code", "SMART-on-FHIR"));
    ensure(named, || {
        "no security service is coded SMART-on-FHIR".into()
    })
}

/// A URL of the oauth-uris extension.
fn oauth_uri<'a>(statement: &'a Value, name: &str) -> Option<&'a str> {
    security_rows(statement)
        .filter_map(|security| security["extension"].as_array())
        .flatten()
        .filter(|extension| extension["url"] == OAUTH_URIS)
        .filter_map(|extension| extension["extension"].as_array())
        .flatten()
        .find(|part| part["url"] == name)?["valueUri"]
        .as_str()
}

async fn legacy(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let mut faults = Faults::default();
    for name in ["authorize", "token"] {
        faults.unless(oauth_uri(statement, name).is_some(), || {
            format!("oauth-uris lacks {name}")
        });
    }
    faults.verdict()
}

async fn consistent(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let smart = context.smart().await?;
    let mut faults = Faults::default();
    let mut compared = 0;
    for (name, member) in [
        ("authorize", "authorization_endpoint"),
        ("token", "token_endpoint"),
    ] {
        if let (Some(old), Some(new)) = (oauth_uri(statement, name), smart[member].as_str()) {
            compared += 1;
            faults.unless(old == new, || {
                format!("{name} is {old} but {member} is {new}")
            });
        }
    }
    if compared == 0 {
        return skip("there is no oauth-uris extension to compare with");
    }
    faults.verdict()
}

async fn profiles(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let mut claimed = false;
    crate::resource::each_object(statement, &mut |object| {
        for member in [
            "instantiates",
            "implementationGuide",
            "supportedProfile",
            "profile",
        ] {
            let text = object.get(member).map(Value::to_string).unwrap_or_default();
            claimed |= text.contains("/us/core");
        }
    });
    ensure(claimed, || "no US Core profile or guide is claimed".into())
}
