//! GEN: reports and implications, after the Genomics Reporting guide 3.0.

use serde_json::Value;

use super::scope::at;
use super::variant::text;
use crate::catalogue::Check;
use crate::catalogue::Level::{Information, Required, Warning};
use crate::collection::{entries, gather, searchset};
use crate::context::{Context, find_claim};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{CONSENT, GENOMICS, GENOMICS_OPERATIONS, MOLECULAR_SEQUENCE};
use crate::resource::{is_about, local_reference, name_of, references};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("GEN-01", Required, "Genomic reports are coded as such, categorised GE, the patient's, and their results can be read.", GENOMICS, |c| Box::pin(reports(c))),
    Check::new("GEN-04", Required, "Implications have no value and are derived from findings of the patient.", GENOMICS, |c| Box::pin(implications(c))),
    Check::new("GEN-05", Warning, "Clinical significance and evidence are coded from their answer lists.", GENOMICS, |c| Box::pin(significance(c))),
    Check::new("GEN-06", Warning, "What genomic reports refer to can be read.", GENOMICS, |c| Box::pin(resolved(c))),
    Check::new("GEN-07", Information, "Sequences have a type, a coordinate system of 0 or 1, and are the patient's.", MOLECULAR_SEQUENCE, |c| Box::pin(sequences(c))),
    Check::new("GEN-08", Required, "Without the category of genomics no report, variant or implication comes back.", CONSENT, |c| Box::pin(unticked(c))),
    Check::new("GEN-09", Information, "Operations of the guide that are claimed answer with Parameters.", GENOMICS_OPERATIONS, |c| Box::pin(operations(c))),
];

pub(super) const LOINC: &str = "http://loinc.org";
const GENETICS: (&str, &str) = (
    "category",
    "http://terminology.hl7.org/CodeSystem/v2-0074|GE",
);
pub(super) const VARIANT: &str = "http://loinc.org|69548-6";
const IMPLICATIONS: &str = "diagnostic-implication,therapeutic-implication";

/// The records of a search for the patient's own; a skip when there are none.
pub(super) async fn found(
    context: &Context,
    name: &str,
    more: (&str, &str),
) -> Result<Vec<Value>, Finding> {
    context.claimed(name).await?;
    let patient = &context.session().await?.patient;
    let url = context.search_url(name, &[("patient", patient.as_str()), more])?;
    let records = gather(context, url, name).await?.resources;
    if records.is_empty() {
        return skip(format!(
            "the patient has no {name} with {}={}",
            more.0, more.1
        ));
    }
    Ok(records)
}

pub(super) async fn own(context: &Context, record: &Value) -> Result<bool, Finding> {
    let patient = &context.session().await?.patient;
    Ok(is_about(
        record,
        "subject",
        patient,
        &context.configuration.base,
    ))
}

fn has_code(concept: &Value, code: &str) -> bool {
    let codings = concept["coding"].as_array().into_iter().flatten();
    codings.into_iter().any(|coding| coding["code"] == code)
}

pub(super) fn has_category(record: &Value, code: &str) -> bool {
    let categories = record["category"].as_array().into_iter().flatten();
    categories
        .into_iter()
        .any(|category| has_code(category, code))
}

async fn reports(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for report in found(context, "DiagnosticReport", GENETICS).await? {
        let name = name_of(&report);
        faults.unless(has_code(&report["code"], "51969-4"), || {
            format!("{name} is not coded 51969-4")
        });
        faults.unless(has_category(&report, "GE"), || {
            format!("{name} is not categorised GE")
        });
        faults.unless(own(context, &report).await?, || {
            format!("{name} is not the patient's")
        });
        let base = &context.configuration.base;
        for result in references(&report["result"]) {
            let Some(result) = local_reference(result, base) else {
                continue;
            };
            faults.part(&result, context.readable(&result).await)?;
        }
    }
    faults.verdict()
}

async fn implications(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for implication in found(context, "Observation", ("code", IMPLICATIONS)).await? {
        let name = name_of(&implication);
        let members = implication.as_object().into_iter().flatten();
        let has_value = members
            .map(|(member, _)| member)
            .any(|member| member.starts_with("value"));
        faults.unless(!has_value, || format!("{name} has a value"));
        faults.unless(own(context, &implication).await?, || {
            format!("{name} is not the patient's")
        });
        let base = &context.configuration.base;
        let sources: Vec<_> = references(&implication["derivedFrom"])
            .into_iter()
            .filter_map(|text| local_reference(text, base))
            .collect();
        faults.unless(!sources.is_empty(), || {
            format!("{name} is derived from nothing")
        });
        for source in sources {
            faults.part(&source, context.readable(&source).await)?;
        }
    }
    faults.verdict()
}

/// Answers of LOINC for clinical significance (LL4034-6).
const SIGNIFICANCE: &[&str] = &[
    "LA6668-3",
    "LA26332-9",
    "LA26333-7",
    "LA26334-5",
    "LA6675-8",
];

async fn significance(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for implication in found(context, "Observation", ("code", IMPLICATIONS)).await? {
        let code = text(&implication, "53037-8");
        faults.unless(code.is_none_or(|code| SIGNIFICANCE.contains(&code)), || {
            format!(
                "{}: clinical significance is {}",
                name_of(&implication),
                code.unwrap_or_default()
            )
        });
    }
    faults.verdict()
}

async fn resolved(context: &Context) -> Verdict {
    let reports = found(context, "DiagnosticReport", GENETICS).await?;
    super::reference::resolvable(context, &reports, true).await
}

async fn sequences(context: &Context) -> Verdict {
    let patient = context.session().await?.patient.clone();
    let mut faults = Faults::default();
    for sequence in found(context, "MolecularSequence", ("_count", "20")).await? {
        let name = name_of(&sequence);
        faults.unless(sequence["type"].is_string(), || {
            format!("{name} has no type")
        });
        let system = sequence["coordinateSystem"].as_u64();
        faults.unless(system.is_some_and(|system| system < 2), || {
            format!("{name} has no coordinate system of 0 or 1")
        });
        let mine = is_about(&sequence, "patient", &patient, &context.configuration.base);
        faults.unless(mine, || format!("{name} is not the patient's"));
    }
    faults.verdict()
}

async fn unticked(context: &Context) -> Verdict {
    found(context, "DiagnosticReport", GENETICS).await?;
    let client = context.public_client().await?;
    let mut wish = context.wish(client).await?;
    wish.without = Some("genomics".to_owned());
    let session = context.grant(&wish).await?;
    let patient = &session.patient;
    let mut faults = Faults::default();
    for path in [
        format!("DiagnosticReport?patient={patient}&category=GE"),
        format!("Observation?patient={patient}&code=69548-6"),
        format!("Observation?patient={patient}&code={IMPLICATIONS}"),
    ] {
        let answer = at(context, &path, &session.token).await?;
        if answer.status == 403 {
            continue;
        }
        let bundle = searchset(&answer)?;
        let mut matches = entries(&bundle).filter(|entry| entry["search"]["mode"] == "match");
        faults.unless(matches.next().is_none(), || format!("{path} has matches"));
    }
    faults.verdict()
}

/// Operations of one patient that need no more than a range.
const OPERATIONS: &[&str] = &["find-subject-variants", "find-subject-specific-variants"];
/// BRCA1 on `GRCh38`: most servers hold something there or answer that nothing is found.
const RANGE: &str = "NC_000017.11:43044294-43125364";

async fn operations(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let rests = statement["rest"].as_array().into_iter().flatten();
    let system = rests.flat_map(|rest| rest["operation"].as_array().into_iter().flatten());
    let of_patient = find_claim(statement, "Patient").map(|claim| &claim["operation"]);
    let of_patient = of_patient.and_then(Value::as_array).into_iter().flatten();
    let names: Vec<_> = system
        .chain(of_patient)
        .filter_map(|row| row["name"].as_str())
        .collect();
    let Some(name) = OPERATIONS.iter().find(|name| names.contains(name)) else {
        return skip("no operation of the guide is claimed");
    };
    let patient = &context.session().await?.patient;
    let url = context.search_url(
        &format!("${name}"),
        &[("subject", patient.as_str()), ("ranges", RANGE)],
    )?;
    let answer = context.authorized(url).await?;
    ensure((200..500).contains(&answer.status), || {
        format!("status {}", answer.status)
    })?;
    if answer.status != 200 {
        return answer.expect_operation_outcome();
    }
    answer.resource("Parameters").map(|_| ())
}
