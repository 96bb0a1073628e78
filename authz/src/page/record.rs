//! A person's record: what is in it, one kind of data.

use askama::Template;
use chrono::{Datelike, NaiveDate};
use smart::category::Category;

use super::Chrome;
use super::language::Language;
use super::passage::Passage;
use crate::account::person::{Patient, Relationship};
use crate::record::chart::{self, Chart};
use crate::record::entry::Entry;
use crate::record::moment::Moment;
use crate::record::view::View;

/// What is in a record.
#[derive(Template)]
#[template(path = "record.html")]
pub struct RecordPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Whose record.
    pub patient: &'a Patient,
    /// The resource of the patient, read.
    pub about: Option<Entry>,
    /// Every kind of data with how much there is.
    pub categories: Vec<(&'static Category, u64)>,
    /// The newest entries.
    pub newest: Vec<Entry>,
}

/// One kind of data.
#[derive(Template)]
#[template(path = "category.html")]
pub struct CategoryPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Whose record.
    pub patient: &'a Patient,
    /// The kind.
    pub category: &'static Category,
    /// What was measured, over time.
    pub charts: Vec<Chart>,
    /// The entries on this page, newest first.
    pub entries: Vec<Entry>,
    /// How many there are.
    pub total: usize,
    /// The number of this page, from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
}

/// How to take the record along.
#[derive(Template)]
#[template(path = "download.html")]
pub struct DownloadPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Whose record.
    pub patient: &'a Patient,
}

impl Chrome {
    /// A moment of a record, as precise as it is known.
    pub fn moment(&self, moment: &Moment) -> String {
        match (moment.day(), moment.start()) {
            (Some(day), _) => self.language.date(day),
            (None, Some(start)) if moment.as_str().len() == 7 => {
                let text = self.language.date(start);
                text.trim_start_matches("1 ")
                    .trim_start_matches("de ")
                    .to_owned()
            }
            _ => moment.as_str().chars().take(4).collect(),
        }
    }

    /// A month of a year, short enough for the foot of a drawing.
    pub fn month(&self, day: NaiveDate) -> String {
        let month = self.language.month(day.month0());
        let short: String = month.chars().take(3).collect();
        format!("{short} {}", day.year())
    }

    /// What a category is called.
    pub fn category(&self, category: &Category) -> String {
        self.translate(category.title)
    }

    /// What a category is called in the record of this person; the table of categories speaks to
    /// those whose own it is.
    pub fn category_of(&self, category: &Category, patient: &Patient) -> String {
        let about = category.code == "patient" && patient.relationship != Relationship::Own;
        if about {
            return self.tell("consent.about", &[&patient.name]);
        }
        self.category(category)
    }

    /// What a category is called for whoever decides about it: of nobody in particular too.
    pub fn category_for(
        &self,
        category: &Category,
        patient: Option<&Patient>,
        professional: bool,
    ) -> String {
        match patient {
            Some(patient) => self.category_of(category, patient),
            None if professional && category.code == "patient" => {
                self.say("consent.about-the-patient").to_owned()
            }
            None => self.category(category),
        }
    }

    /// What is in a category of one's own record, or of somebody else's.
    pub fn describe(&self, category: &Category, own: bool) -> String {
        let about = format!("about.{}", category.code);
        if !own && Language::has(&about) {
            return self.say(&about).to_owned();
        }
        self.translate(category.description)
    }
}

/// Up to so many entries are shown in full at once.
const FEW: usize = 3;

/// Statuses that go without saying.
const USUAL: &[&str] = &[
    "final",
    "completed",
    "finished",
    "current",
    "available",
    "active",
    "amended",
];

/// The status of an entry, unless it goes without saying. Of a prescription it never does: whether it
/// is the one to go by now is what people want to know.
fn status(entry: &Entry) -> Option<&str> {
    let status = entry.status.as_deref()?;
    if entry.resource_type == "MedicationRequest" {
        return Some(status);
    }
    let usual = USUAL.iter().any(|usual| usual.eq_ignore_ascii_case(status));
    (!usual).then_some(status)
}

/// What an entry is, in words.
pub fn kind(chrome: &Chrome, entry: &Entry) -> String {
    let key = format!("type.{}", entry.resource_type);
    chrome.say(&key).to_owned()
}

/// The path of the page that shows what is attached to an entry.
fn document_path(patient: &Patient, entry: &Entry) -> Option<String> {
    let (resource_type, id) = (&entry.resource_type, &entry.id);
    (!entry.attachments.is_empty())
        .then(|| format!("/record/{}/document/{resource_type}/{id}", patient.id))
}

impl RecordPage<'_> {
    fn born(&self) -> Option<String> {
        let day = Moment::parse(self.fact("fact.born")?)?;
        Some(self.chrome.moment(&day))
    }

    fn gender(&self) -> Option<Passage<'_>> {
        let about = self.about.as_ref()?;
        let language = about.language.as_deref();
        Some(self.chrome.code(self.fact("fact.gender")?, language))
    }

    fn fact(&self, key: &str) -> Option<&str> {
        let facts = &self.about.as_ref()?.facts;
        facts
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, words)| words.as_str())
    }

    fn own(&self) -> bool {
        self.patient.relationship == Relationship::Own
    }

    fn kind(&self, entry: &Entry) -> String {
        kind(&self.chrome, entry)
    }

    fn link(&self, entry: &Entry) -> Option<String> {
        document_path(self.patient, entry)
    }

    fn initials(&self) -> String {
        super::Visitor {
            name: self.patient.name.clone(),
            professional: false,
            several: false,
        }
        .initials()
    }
}

impl CategoryPage<'_> {
    fn own(&self) -> bool {
        self.patient.relationship == Relationship::Own
    }

    fn link(&self, entry: &Entry) -> Option<String> {
        document_path(self.patient, entry)
    }

    fn status(entry: &Entry) -> Option<&str> {
        status(entry)
    }

    /// Whether entries of this type say when they were.
    fn has_dates(entry: &Entry) -> bool {
        View::of(&entry.resource_type).is_some_and(|view| !view.date.is_empty())
    }

    /// What an entry is, unless the page says so: a category of measurements holds mostly those.
    fn kind(&self, entry: &Entry) -> Option<String> {
        (entry.resource_type != "Observation").then(|| kind(&self.chrome, entry))
    }

    fn before(&self) -> Option<String> {
        (self.page > 1).then(|| format!("?page={}", self.page - 1))
    }

    fn after(&self) -> Option<String> {
        (self.page < self.pages).then(|| format!("?page={}", self.page + 1))
    }

    fn width() -> f64 {
        chart::WIDTH
    }

    fn height() -> f64 {
        chart::HEIGHT
    }

    /// What a chart shows, for those who cannot see it.
    fn description(&self, chart: &Chart) -> String {
        let lines = chart.lines.iter().filter_map(|line| {
            let (first, last) = (line.points.first()?, line.latest()?);
            let (from, to) = (self.chrome.date(first.day), self.chrome.date(last.day));
            let values: [&dyn std::fmt::Display; 6] = [
                &line.name,
                &line.points.len(),
                &first.value,
                &from,
                &last.value,
                &to,
            ];
            Some(self.chrome.tell("record.chart-line", &values))
        });
        lines.collect::<Vec<_>>().join(" ")
    }

    /// Whether a line is not the first of its chart.
    fn is_second(chart: &Chart, line: &chart::Line) -> bool {
        !chart
            .lines
            .first()
            .is_some_and(|first| std::ptr::eq(first, line))
    }

    fn latest(chart: &Chart) -> String {
        let latest: Vec<&str> = chart
            .lines
            .iter()
            .filter_map(|line| line.latest().map(|point| point.value.as_str()))
            .collect();
        match latest.as_slice() {
            [first, second] => format!("{}/{second}", first.split(' ').next().unwrap_or_default()),
            all => all.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::view::VIEWS;
    use serde_json::json;

    #[test]
    fn every_type_has_a_name() {
        for view in VIEWS {
            let key = format!("type.{}", view.resource_type);
            assert!(Language::has(&key), "{key}");
        }
    }

    #[test]
    fn moments_are_as_precise_as_they_are_known() {
        let chrome = |language| Chrome::anonymous(language, true);
        for (value, english, spanish) in [
            ("2020", "2020", "2020"),
            ("2020-05", "May 2020", "mayo de 2020"),
            ("2020-05-01", "1 May 2020", "1 de mayo de 2020"),
            ("2020-05-11T10:00:00Z", "11 May 2020", "11 de mayo de 2020"),
        ] {
            let moment = Moment::read(&json!(value)).unwrap();
            assert_eq!(chrome(Language::English).moment(&moment), english);
            assert_eq!(chrome(Language::Spanish).moment(&moment), spanish);
        }
    }

    #[test]
    fn categories_speak_spanish() {
        let chrome = Chrome::anonymous(Language::Spanish, true);
        for category in smart::category::CATEGORIES {
            for text in [category.title, category.description] {
                assert_ne!(chrome.translate(text), text, "{}", category.code);
            }
        }
        for optional in crate::oauth::negotiate::OPTIONAL_SCOPES {
            assert_ne!(chrome.translate(optional.title), optional.title);
        }
    }
}
