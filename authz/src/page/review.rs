//! What a person is about to agree to, word for word.

use askama::Template;
use chrono::NaiveDate;
use smart::category::Category;

use super::Chrome;
use crate::account::person::{Patient, Relationship};
use crate::oauth::negotiate::OptionalScope;

/// The statement to read once more.
#[derive(Template)]
#[template(path = "review.html")]
pub struct ReviewPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// Who asks, in their own words.
    pub client_name: &'a str,
    /// Where the answer goes.
    pub client_host: String,
    /// Who decides.
    pub person_name: &'a str,
    /// Whether they treat patients and so decide about the use of their own rights.
    pub professional: bool,
    /// Whose record; `None` when no record is asked for.
    pub patient: Option<&'a Patient>,
    /// Kinds of data that would be shared.
    pub shared: Vec<&'static Category>,
    /// Kinds of data that were asked for and would not be.
    pub withheld: Vec<&'static Category>,
    /// Everything else that can be refused, and whether it would be granted.
    pub optional: Vec<(&'static OptionalScope, bool)>,
    /// Whether it might change data; `None` when it did not ask to.
    pub changes: Option<bool>,
    /// The day of the statement.
    pub today: NaiveDate,
    /// The last day of sharing.
    pub until: NaiveDate,
}

impl ReviewPage<'_> {
    fn day(&self) -> String {
        self.chrome.date(self.today)
    }

    fn last(&self) -> String {
        self.chrome.date(self.until)
    }

    fn lets_change(&self) -> bool {
        self.changes == Some(true)
    }

    fn title(&self, category: &Category) -> String {
        self.chrome
            .category_for(category, self.patient, self.professional)
    }

    /// What the person says by agreeing.
    fn statement(&self) -> String {
        let (chrome, person) = (&self.chrome, &self.person_name);
        let (client, host) = (&self.client_name, &self.client_host);
        let until = self.last();
        match self.patient {
            _ if self.professional => {
                chrome.tell("review.professional", &[person, client, host, &until])
            }
            Some(patient) if patient.relationship == Relationship::Represented => chrome.tell(
                "review.represented",
                &[person, &patient.name, client, host, &until],
            ),
            Some(_) => chrome.tell("review.own", &[person, client, host, &until]),
            None => chrome.tell("review.identity", &[person, client, host, &until]),
        }
    }
}
