//! Connected apps.

use askama::Template;
use chrono::{DateTime, NaiveDate, TimeDelta};
use smart::category::{self, Category};

use super::Chrome;
use super::consent::Dates;
use crate::oauth::client::Client;
use crate::oauth::negotiate::{self, OptionalScope};
use crate::oauth::presentation::Presentation;
use crate::store::audit::Record;
use crate::store::families::Shared;
use crate::store::uses::{Share, Use};

/// The list of connected apps.
#[derive(Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The apps.
    pub apps: Vec<SharedApp>,
}

/// One connected app: what it may do, what it did, and the form that changes it.
#[derive(Template)]
#[template(path = "app.html")]
pub struct AppPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// What was wrong before.
    pub error: Option<&'a str>,
    /// The consent.
    pub app: SharedApp,
    /// Every kind of data that was asked for, and whether it is shared.
    pub categories: Vec<(&'static Category, bool)>,
    /// Everything else that was asked for and can be refused, and whether it was granted.
    pub optional: Vec<(&'static OptionalScope, bool)>,
    /// Whether it may change data; `None` when it never asked to.
    pub changes: Option<bool>,
    /// Possible end dates.
    pub dates: Dates,
    /// What was decided about this app.
    pub decisions: Vec<Record>,
}

/// A receipt of a consent, to print.
#[derive(Template)]
#[template(path = "receipt.html")]
pub struct ReceiptPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// The consent.
    pub app: SharedApp,
    /// Who decided.
    pub person_name: &'a str,
    /// The patient for whom they decided, when that is somebody else.
    pub represented: Option<&'a str>,
    /// Everything else that can be refused, and whether it was granted.
    pub optional: Vec<(&'static OptionalScope, bool)>,
    /// Whether it may change data; `None` when it never asked to.
    pub changes: Option<bool>,
    /// Public base URL of this server.
    pub issuer: &'a str,
}

/// One consent.
pub struct SharedApp {
    /// Opaque name for the forms.
    pub handle: String,
    /// The app.
    pub client_name: String,
    /// Stable name of the app.
    pub client_id: String,
    /// Whose record.
    pub patient_name: Option<String>,
    /// Kinds of data, in English.
    pub categories: Vec<&'static str>,
    /// Kinds of data that were asked for and are not shared, in English.
    pub withheld: Vec<&'static str>,
    /// The exact scopes.
    pub scopes: Vec<String>,
    /// Day of the consent.
    pub since: NaiveDate,
    /// Last day of sharing.
    pub until: NaiveDate,
    /// What it says about itself.
    pub presentation: Presentation,
    /// Its picture.
    pub logo: Option<String>,
    /// Whether anybody checked it.
    pub verified: bool,
    /// Requests in the last thirty days.
    pub requests: i64,
    /// What they were for.
    pub kinds: Vec<Share>,
    /// The last day with a request.
    pub last_used: Option<NaiveDate>,
}

impl SharedApp {
    /// What the portal shows of a stored consent.
    pub fn of(shared: &Shared, used: Use, client: Option<Client>) -> Self {
        let family = &shared.family;
        let titles = category::offered(&family.scopes);
        // The end is the midnight after the last day.
        let last = family.share_until - TimeDelta::seconds(1);
        let day = |day: i64| DateTime::from_timestamp(day * 86_400, 0).map(|at| at.date_naive());
        Self {
            handle: shared.handle.clone(),
            client_name: shared.client_name.clone(),
            client_id: family.client_id.clone(),
            patient_name: shared.patient_name.clone(),
            withheld: category::offered(&family.offered)
                .into_iter()
                .filter(|category| !titles.contains(category))
                .map(|category| category.title)
                .collect(),
            categories: titles.iter().map(|category| category.title).collect(),
            scopes: family.scopes.iter().map(ToString::to_string).collect(),
            since: family.granted_at.date_naive(),
            until: last.date_naive(),
            logo: client.as_ref().and_then(super::logo_path),
            verified: client.as_ref().is_some_and(Client::is_verified),
            presentation: client.map(|client| client.presentation).unwrap_or_default(),
            requests: used.requests,
            last_used: used.last.and_then(day),
            kinds: used.kinds,
        }
    }

    /// What stands in for a picture of the app.
    pub fn monogram(&self) -> String {
        super::monogram(&self.client_name)
    }

    /// What was asked for, and whether it is shared.
    pub fn choices(shared: &Shared) -> Choices {
        let family = &shared.family;
        let given = category::offered(&family.scopes);
        let categories = category::offered(&family.offered);
        Choices {
            categories: categories
                .into_iter()
                .map(|category| (category, given.contains(&category)))
                .collect(),
            optional: negotiate::optional(&family.offered)
                .map(|optional| (optional, family.scopes.contains(optional.scope)))
                .collect(),
            changes: negotiate::changes(&family.offered)
                .then(|| negotiate::changes(&family.scopes)),
        }
    }
}

/// What was asked for, and whether it is granted.
pub struct Choices {
    /// Kinds of data.
    pub categories: Vec<(&'static Category, bool)>,
    /// Everything else that can be refused.
    pub optional: Vec<(&'static OptionalScope, bool)>,
    /// Changes of data, when they were asked for.
    pub changes: Option<bool>,
}

impl AppPage<'_> {
    fn when(record: &Record) -> NaiveDate {
        record.at.date_naive()
    }

    /// What was decided, in words.
    fn decision(&self, record: &Record) -> String {
        let refused = record.event == "consent" && record.outcome != "success";
        let key = if refused {
            "decision.refused".to_owned()
        } else {
            format!("decision.{}", record.event)
        };
        self.chrome.say(&key).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use crate::page::language::Language;

    #[test]
    fn every_decision_has_words() {
        for event in ["refused", "consent", "consent-change", "revocation"] {
            assert!(Language::has(&format!("decision.{event}")), "{event}");
        }
    }
}
