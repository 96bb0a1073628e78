//! Connected apps.

use askama::Template;
use chrono::{NaiveDate, TimeDelta};
use smart::category;

use super::Chrome;
use crate::store::families::Shared;

/// The list of connected apps.
#[derive(Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The apps.
    pub apps: Vec<SharedApp>,
}

/// One consent.
pub struct SharedApp {
    /// Opaque name for the revoke form.
    pub handle: String,
    /// The app.
    pub client_name: String,
    /// Stable name of the app.
    pub client_id: String,
    /// Whose record.
    pub patient_name: Option<String>,
    /// Kinds of data, in English.
    pub categories: Vec<&'static str>,
    /// The exact scopes.
    pub scopes: Vec<String>,
    /// Day of the consent.
    pub since: NaiveDate,
    /// Last day of sharing.
    pub until: NaiveDate,
}

impl SharedApp {
    /// What the portal shows of a stored consent.
    pub fn of(shared: &Shared) -> Self {
        let family = &shared.family;
        let titles = category::offered(&family.scopes);
        // The end is the midnight after the last day.
        let last = family.share_until - TimeDelta::seconds(1);
        Self {
            handle: shared.handle.clone(),
            client_name: shared.client_name.clone(),
            client_id: family.client_id.clone(),
            patient_name: shared.patient_name.clone(),
            categories: titles.iter().map(|category| category.title).collect(),
            scopes: family.scopes.iter().map(ToString::to_string).collect(),
            since: family.granted_at.date_naive(),
            until: last.date_naive(),
        }
    }

    /// What stands in for a picture of the app.
    pub fn monogram(&self) -> String {
        let mut letters = self.client_name.chars();
        letters
            .find(|letter| letter.is_alphanumeric())
            .into_iter()
            .collect()
    }
}
