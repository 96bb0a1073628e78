//! Images: the files that hang on the imaging studies which the caller may see.
//!
//! A file is a Binary of type `application/dicom` whose `securityContext` is an `ImagingStudy`.
//! One plan finds it and keeps the restriction of the study, so a file of another patient's study
//! and one that never was are alike.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fhir::resource_type::ResourceType;
use serde::Deserialize;

use super::Means;
use crate::access::decide::Authorized;
use crate::dicom::{Instance, MEDIA_TYPE};
use crate::interaction::Interaction;
use crate::interaction::imaging::Imaging;
use crate::problem::Problem;
use crate::search::index::Key;
use crate::search::page::Position;
use crate::search::plan::{Condition, Driver, Plan, SearchView};
use crate::store::Window;

/// An image that the caller may see.
#[derive(Debug)]
pub struct Held {
    /// What it says of itself.
    pub instance: Instance,
    /// Logical id of the Binary.
    id: String,
}

impl Held {
    /// Logical id of the Binary that is the file.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// What of a Binary is looked at.
#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow, rename = "contentType")]
    media_type: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Cow<'a, str>,
}

/// The images of the scope, by study, series and number. Images asked for by identifiers that
/// there are none of are not found.
pub(super) fn find(
    means: Means<'_>,
    imaging: &Imaging,
    authorized: &Authorized,
) -> Result<Vec<Held>, Problem> {
    let mut held = Vec::new();
    means
        .store
        .each(&plan(imaging, authorized, Vec::new()), |found| {
            let instance = file(found.body).and_then(|bytes| Instance::read(&bytes));
            let scope = &imaging.scope;
            if let Some(instance) = instance
                .filter(|instance| scope.holds(&instance.study, &instance.series, &instance.uid))
            {
                let id = found.id.to_owned();
                held.push(Held { instance, id });
            }
        })?;
    if held.is_empty() && imaging.search.is_none() {
        return Err(Problem::not_found());
    }
    held.sort_by(|one, other| order(one).cmp(&order(other)));
    Ok(held)
}

fn order(held: &Held) -> (&str, i64, &str, i64, &str) {
    let Instance {
        study,
        series,
        uid,
        attributes,
        ..
    } = &held.instance;
    let number = |tag: &str| {
        let value = attributes
            .get(tag)
            .map(|attribute| attribute["Value"][0].to_string());
        value
            .and_then(|text| text.trim_matches('"').trim().parse().ok())
            .unwrap_or(i64::MAX)
    };
    (study, number("00200011"), series, number("00200013"), uid)
}

/// The file of an image that was found, decided on anew.
pub fn content(means: Means<'_>, authorized: &Authorized, held: &Held) -> Result<Vec<u8>, Problem> {
    let Interaction::Imaging(imaging) = authorized.interaction() else {
        return Err(Problem::internal(&"images outside of a request for images"));
    };
    let by_id = vec![Condition::Id(vec![held.id.clone()])];
    let window = Window {
        from: Position::start(i64::MAX),
        limit: 1,
    };
    let found = means
        .store
        .search(&plan(imaging, authorized, by_id), &window)?;
    let stored = found.first().ok_or_else(Problem::not_found)?;
    file(&stored.stored.body).ok_or_else(Problem::not_found)
}

/// Files that hang on a study which the request is about and the caller may see.
fn plan(imaging: &Imaging, authorized: &Authorized, mut conditions: Vec<Condition>) -> Plan {
    let chained = |ty: ResourceType| authorized.chained(ty);
    let view = SearchView {
        searched: authorized.restriction(),
        chained: &chained,
    };
    let study = Condition::All(Plan::search_conditions(&imaging.studies, &view));
    let key = Key::context(imaging.files);
    let of_study = Condition::Context(key, vec![(imaging.studies.resource_type, study)]);
    let by_id = !conditions.is_empty();
    conditions.push(of_study.clone());
    let plan = Plan::over(imaging.files, conditions);
    if by_id {
        return plan;
    }
    Plan {
        driver: Driver::Among(Box::new(of_study)),
        ..plan
    }
}

/// The content of a Binary that is a DICOM file.
fn file(body: &[u8]) -> Option<Vec<u8>> {
    let content: Content<'_> = serde_json::from_slice(body).ok()?;
    let media_type = content.media_type.split(';').next()?.trim();
    if !media_type.eq_ignore_ascii_case(MEDIA_TYPE) {
        return None;
    }
    STANDARD.decode(content.data.as_bytes()).ok()
}
