//! Choosing a person: the one list, searched and in pages, for the question of an app and for the
//! portal itself.

use askama::Template;

use super::Chrome;
use crate::account::person::{Patient, Relationship};

/// People on one page of the list.
pub const SHOWN: usize = 10;

/// The patient picker.
#[derive(Template)]
#[template(path = "select_patient.html")]
pub struct SelectPatientPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The grant of the URL.
    pub handle: &'a str,
    /// Who asks.
    pub client_name: &'a str,
    /// Whose record it may be about.
    pub patients: Choice<'a>,
}

/// The list of people whose record the visitor may open.
#[derive(Template)]
#[template(path = "people.html")]
pub struct PeoplePage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Whether they are patients of the visitor.
    pub professional: bool,
    /// The people.
    pub patients: Choice<'a>,
}

/// A page of a searched list.
#[derive(Debug)]
pub struct Choice<'a> {
    /// What was searched for; empty for everybody.
    pub search: String,
    /// The people on this page.
    pub shown: Vec<&'a Patient>,
    /// How many there are without search.
    pub total: usize,
    /// How many were found.
    pub found: usize,
    /// The number of this page, from 1.
    pub page: usize,
}

impl<'a> Choice<'a> {
    /// The people whose name holds every word of `search`, on page number `page`.
    pub fn of(patients: &'a [Patient], search: Option<&str>, page: Option<&str>) -> Self {
        let search: String = search.unwrap_or_default().trim().chars().take(80).collect();
        let wanted = search.to_lowercase();
        let found: Vec<&Patient> = patients
            .iter()
            .filter(|patient| {
                let name = patient.name.to_lowercase();
                wanted.split_whitespace().all(|word| name.contains(word))
            })
            .collect();
        let last = found.len().div_ceil(SHOWN).max(1);
        let page = page.and_then(|page| page.parse().ok()).unwrap_or(1);
        let page: usize = page.clamp(1, last);
        Self {
            shown: found
                .iter()
                .skip((page - 1) * SHOWN)
                .take(SHOWN)
                .copied()
                .collect(),
            total: patients.len(),
            found: found.len(),
            search,
            page,
        }
    }

    /// How many pages there are.
    pub fn pages(&self) -> usize {
        self.found.div_ceil(SHOWN).max(1)
    }

    /// Whether there are so many that one would search.
    pub fn is_searchable(&self) -> bool {
        self.total > SHOWN || !self.search.is_empty()
    }

    /// The address of the page before; `path` ends where the query goes on.
    pub fn before(&self, path: &str) -> Option<String> {
        (self.page > 1).then(|| self.address(path, self.page - 1))
    }

    /// The address of the page after.
    pub fn after(&self, path: &str) -> Option<String> {
        (self.page < self.pages()).then(|| self.address(path, self.page + 1))
    }

    fn address(&self, path: &str, page: usize) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("name", &self.search)
            .append_pair("page", &page.to_string())
            .finish();
        format!("{path}{query}")
    }
}

/// The key of what a patient is to the visitor.
fn note(patient: &Patient) -> &'static str {
    match patient.relationship {
        Relationship::Own => "choose.own",
        Relationship::Represented => "choose.represented",
        Relationship::Treated => "choose.treated",
    }
}

impl SelectPatientPage<'_> {
    fn note(patient: &Patient) -> &'static str {
        note(patient)
    }

    fn path(&self) -> String {
        format!("/select-patient?grant={}&", self.handle)
    }
}

impl PeoplePage<'_> {
    fn note(patient: &Patient) -> &'static str {
        note(patient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::language::Language;

    fn patients(count: usize) -> Vec<Patient> {
        (0..count)
            .map(|number| Patient {
                id: format!("p{number}"),
                name: format!("Person Number{number}"),
                relationship: Relationship::Treated,
                fhir_user: None,
                encounter: None,
            })
            .collect()
    }

    #[test]
    fn pages_hold_everybody_once() {
        let all = patients(23);
        let pages: Vec<_> = ["1", "2", "3"]
            .map(|page| Choice::of(&all, None, Some(page)))
            .into();
        assert_eq!(pages.iter().map(|page| page.shown.len()).sum::<usize>(), 23);
        assert_eq!(pages[0].before("/people?"), None);
        assert_eq!(
            pages[0].after("/people?").as_deref(),
            Some("/people?name=&page=2")
        );
        assert_eq!(
            pages[2].before("/people?").as_deref(),
            Some("/people?name=&page=2")
        );
        assert_eq!(pages[2].after("/people?"), None);
    }

    #[test]
    fn a_search_needs_every_word_and_no_page_is_out_of_range() {
        let all = patients(23);
        let found = Choice::of(&all, Some(" number1  PERSON "), Some("99"));
        assert_eq!((found.found, found.page, found.pages()), (11, 2, 2));
        let none = Choice::of(&all, Some("nobody"), Some("-1"));
        assert_eq!((none.found, none.page, none.pages()), (0, 1, 1));
    }

    #[test]
    fn every_relationship_has_words() {
        let mut patient = patients(1).remove(0);
        for relationship in [
            Relationship::Own,
            Relationship::Represented,
            Relationship::Treated,
        ] {
            patient.relationship = relationship;
            assert!(Language::has(note(&patient)));
        }
    }
}
