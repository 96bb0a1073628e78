//! IMG-02: imaging studies.

use serde_json::Value;

use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::collection::gather;
use crate::context::Context;
use crate::outcome::{Faults, Verdict, skip};
use crate::requirement::place::IMAGING_STUDY;
use crate::resource::{is_about, name_of};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("IMG-02", Required, "Imaging studies have a DICOM identifier, a status, the patient, a modality and an endpoint.", IMAGING_STUDY, |c| Box::pin(studies(c))),
];

async fn studies(context: &Context) -> Verdict {
    context.claimed("ImagingStudy").await?;
    let patient = &context.session().await?.patient;
    let url = context.search_url("ImagingStudy", &[("patient", patient)])?;
    let collection = gather(context, url, "ImagingStudy").await?;
    if collection.resources.is_empty() {
        return skip("the patient has no imaging studies");
    }
    let mut faults = Faults::default();
    for study in &collection.resources {
        let mine = is_about(study, "subject", patient, &context.configuration.base);
        faults.unless(mine, || format!("{} is not the patient's", name_of(study)));
        for missing in missing(study) {
            faults.add(format!("{} lacks {missing}", name_of(study)));
        }
    }
    faults.verdict()
}

fn missing(study: &Value) -> Vec<&'static str> {
    let identifiers = study["identifier"].as_array().into_iter().flatten();
    let is_dicom = |identifier: &Value| {
        let value = identifier["value"].as_str().unwrap_or_default();
        identifier["system"] == "urn:dicom:uid" && value.starts_with("urn:oid:")
    };
    let is_list = |name: &str| study[name].as_array().is_some_and(|list| !list.is_empty());
    [
        (
            "an identifier of urn:dicom:uid",
            identifiers.into_iter().any(is_dicom),
        ),
        ("status", study["status"].is_string()),
        ("modality", is_list("modality")),
        ("endpoint", is_list("endpoint")),
    ]
    .into_iter()
    .filter(|(_, holds)| !holds)
    .map(|(name, _)| name)
    .collect()
}
