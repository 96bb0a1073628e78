//! The question to a person: who asks, whose record, what, for how long, what happens then.

use askama::Template;
use chrono::NaiveDate;
use smart::category::Category;
use smart::scope::{PlainScope, ScopeSet};

use super::Chrome;
use crate::account::person::{Patient, Relationship};
use crate::oauth::negotiate::{Choices, OptionalScope};
use crate::oauth::presentation::Presentation;

/// The consent form.
#[derive(Template)]
#[template(path = "consent.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that the page asks one by one"
)]
pub struct ConsentPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// What was wrong with the answer before.
    pub error: Option<&'a str>,
    /// Who asks, in their own words.
    pub client_name: &'a str,
    /// Where the answer goes.
    pub client_host: String,
    /// What they say about themselves.
    pub presentation: &'a Presentation,
    /// Their picture.
    pub logo: Option<String>,
    /// Whether anybody checked who asks.
    pub verified: bool,
    /// Who decides.
    pub person_name: &'a str,
    /// Whether they treat patients and so decide about the use of their own rights.
    pub professional: bool,
    /// Whose record; `None` when no record is asked for.
    pub patient: Option<&'a Patient>,
    /// Kinds of data.
    pub categories: Vec<Offered>,
    /// Scopes that can be refused one by one.
    pub optional: Vec<&'static OptionalScope>,
    /// Whether the app asks to change data.
    pub changes: bool,
    /// Whether the app learns who the person is.
    pub identity: bool,
    /// Possible end dates.
    pub dates: Dates,
    /// What the person chose before.
    pub chosen: Option<Chosen>,
}

/// What a person chose, to begin with when they are asked again.
pub struct Chosen {
    /// What they ticked.
    pub choices: Choices,
    /// The end date, if it is one.
    pub until: Option<NaiveDate>,
}

/// A kind of data on offer.
pub struct Offered {
    /// The category.
    pub category: &'static Category,
    /// What exactly is asked for in it.
    pub scopes: Vec<String>,
    /// How much of it there is in the record, if that could be told.
    pub count: Option<u64>,
}

/// Kinds of data that often tell what people keep to themselves, with the key of what that is.
const SENSITIVE: &[(&str, &str)] = &[
    ("problems", "sensitive.problems"),
    ("medications", "sensitive.medications"),
    ("laboratory", "sensitive.laboratory"),
    ("genomics", "sensitive.genomics"),
    ("smoking", "sensitive.smoking"),
    ("assessments", "sensitive.assessments"),
    ("documents", "sensitive.documents"),
    ("encounters", "sensitive.encounters"),
    ("explanation-of-benefit", "sensitive.claims"),
];

impl Offered {
    /// The key of what is sensitive in it.
    fn sensitive(&self) -> Option<&'static str> {
        SENSITIVE
            .iter()
            .find(|(code, _)| *code == self.category.code)
            .map(|(_, key)| *key)
    }
}

/// Possible end dates of sharing.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    /// The earliest.
    pub earliest: NaiveDate,
    /// The one that is filled in.
    pub proposed: NaiveDate,
    /// The latest.
    pub latest: NaiveDate,
}

impl ConsentPage<'_> {
    /// The offered categories with the scopes they stand for.
    pub fn categories(
        offered: &ScopeSet,
        categories: &[&'static Category],
        counts: Option<&[(&Category, u64)]>,
    ) -> Vec<Offered> {
        let count = |category: &Category| {
            let mut counts = counts?.iter();
            counts.find_map(|(counted, count)| (*counted == category).then_some(*count))
        };
        categories
            .iter()
            .map(|category| Offered {
                category,
                scopes: category
                    .within(offered)
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                count: count(category),
            })
            .collect()
    }

    /// Whether these scopes tell the app who the person is.
    pub fn identity(offered: &ScopeSet) -> bool {
        offered.contains(PlainScope::OpenId)
    }

    fn headline(&self) -> String {
        let key = if self.professional {
            "consent.allow-client"
        } else {
            "consent.share-with"
        };
        self.chrome.tell(key, &[&self.client_name])
    }

    /// What stands in for a picture of the app.
    fn monogram(&self) -> String {
        super::monogram(self.client_name)
    }

    /// What a kind of data is called when it is not one's own.
    fn category_title(&self, category: &'static Category) -> String {
        self.chrome
            .category_for(category, self.patient, self.professional)
    }

    /// Whether a kind of data is ticked: all are before the person has chosen.
    fn ticks(&self, category: &'static Category) -> bool {
        let chosen = self.chosen.as_ref();
        chosen.is_none_or(|chosen| chosen.choices.categories.contains(&category))
    }

    fn ticks_scope(&self, optional: &OptionalScope) -> bool {
        let chosen = self.chosen.as_ref();
        chosen.is_none_or(|chosen| chosen.choices.scopes.contains(&optional.scope))
    }

    /// Changes are never ticked beforehand.
    fn ticks_changes(&self) -> bool {
        self.chosen
            .as_ref()
            .is_some_and(|chosen| chosen.choices.changes)
    }

    fn until(&self) -> NaiveDate {
        let chosen = self.chosen.as_ref();
        chosen
            .and_then(|chosen| chosen.until)
            .unwrap_or(self.dates.proposed)
    }

    /// What is in a kind of data, for those who are no professionals.
    fn category_note(&self, category: &'static Category) -> Option<String> {
        (!self.professional).then(|| self.chrome.describe(category, !self.represented()))
    }

    /// Whether the person decides for somebody else.
    fn represented(&self) -> bool {
        self.patient
            .is_some_and(|patient| patient.relationship == Relationship::Represented)
    }

    /// What the person says by agreeing.
    fn statement(&self) -> String {
        let (chrome, client, host) = (&self.chrome, &self.client_name, &self.client_host);
        let person = &self.person_name;
        match self.patient {
            _ if self.professional => {
                chrome.tell("consent.statement-professional", &[person, client, host])
            }
            Some(patient) if self.represented() => chrome.tell(
                "consent.statement-represented",
                &[person, &patient.name, client, host],
            ),
            Some(_) => chrome.tell("consent.statement-own", &[person, client, host]),
            None => chrome.tell("consent.statement-identity", &[person, client, host]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::language::Language;

    #[test]
    fn nobody_is_told_that_somebody_else_s_record_is_their_own() {
        let speaks_to_them = |text: &str| {
            let words = text.split(|letter: char| !letter.is_alphabetic());
            words
                .into_iter()
                .any(|word| ["you", "your"].contains(&word))
        };
        for category in smart::category::CATEGORIES {
            let about = format!("about.{}", category.code);
            assert_eq!(
                Language::has(&about),
                speaks_to_them(category.description) || category.code == "patient",
                "{about}"
            );
            assert!(!speaks_to_them(Language::English.say(&about)));
        }
    }

    #[test]
    fn what_is_sensitive_is_a_category_and_has_words() {
        for (code, key) in SENSITIVE {
            assert!(
                Category::find(code).is_some() && Language::has(key),
                "{code}"
            );
        }
    }
}
