//! What a person sees: one typed context per template. The texts are in `texts`, never in a
//! template; a value reaches a page only through its context and is escaped there.

pub mod activity;
pub mod apps;
pub mod consent;
pub mod decode;
pub mod developers;
pub mod document;
pub mod landing;
pub mod language;
pub mod launch;
pub mod login;
pub mod logout;
mod passage;
pub mod password;
pub mod privacy;
pub mod problem;
pub mod record;
pub mod review;
pub mod select_patient;

use std::fmt::Display;

use chrono::NaiveDate;
use smart::category::Category;

use crate::oauth::client::Client;
use language::Language;

/// The frame around every page.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// The language of the page.
    pub language: Language,
    /// The path of the page, for the navigation.
    pub path: String,
    /// Whether all data are synthetic.
    pub demo: bool,
    /// Who is signed in.
    pub visitor: Option<Visitor>,
    /// For the forms of the page.
    pub csrf_token: String,
}

/// Who is signed in, as far as the frame must know.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// What they are called.
    pub name: String,
    /// Whether they treat patients.
    pub professional: bool,
    /// Whether there are several people whose record they may open.
    pub several: bool,
}

impl Visitor {
    /// The first letters of the first and the last name.
    pub fn initials(&self) -> String {
        let words = || {
            self.name
                .split_whitespace()
                .filter(|word| !word.ends_with('.'))
        };
        let first = words().next();
        let last = words().next_back().filter(|last| Some(*last) != first);
        [first, last]
            .into_iter()
            .flatten()
            .filter_map(|word| word.chars().next())
            .collect()
    }
}

impl Chrome {
    /// Nobody is signed in and nothing can be sent.
    pub fn anonymous(language: Language, demo: bool) -> Self {
        Self {
            language,
            path: String::new(),
            demo,
            visitor: None,
            csrf_token: String::new(),
        }
    }

    /// The text with this key.
    pub fn say<'a>(&self, key: &'a str) -> &'a str {
        self.language.say(key)
    }

    /// The text with this key and values in its places.
    pub fn tell(&self, key: &str, values: &[&dyn Display]) -> String {
        self.language.tell(key, values)
    }

    /// An English text in the language of the page, if the table has it. Where it may lack the text,
    /// [`Chrome::sentence`] says so.
    pub fn translate(&self, english: &str) -> String {
        self.language.translate(english)
    }

    /// A date in the language of the page.
    pub fn date(&self, date: NaiveDate) -> String {
        self.language.date(date)
    }

    /// What a kind of data is called: a category, or one of the wider kinds in which reading is
    /// counted.
    pub fn kind(&self, kind: &str) -> String {
        if let Some(category) = Category::find(kind) {
            return self.translate(category.title);
        }
        let key = format!("kind.{kind}");
        let known = Language::has(&key);
        self.say(if known { &key } else { "kind.other" }).to_owned()
    }

    /// Kinds of data with how often each was asked for, in one line.
    pub fn kinds(&self, kinds: &[(String, i64)]) -> String {
        let words = kinds
            .iter()
            .map(|(kind, count)| format!("{} ({count})", self.kind(kind)));
        words.collect::<Vec<_>>().join(", ")
    }

    /// What a link to `section` is to this page: the attribute value of `aria-current`.
    pub fn current(&self, section: &str) -> &'static str {
        let inside = self.path.strip_prefix(section);
        match inside {
            Some("") => "page",
            Some(rest) if rest.starts_with('/') => "true",
            _ => "false",
        }
    }

    /// The same for the link to records, to which the list of people leads too.
    pub fn in_record(&self) -> &'static str {
        if self.path == "/people" {
            return "true";
        }
        self.current("/record")
    }

    /// The languages the page is not in.
    pub fn other_languages(&self) -> impl Iterator<Item = Language> + use<> {
        let mine = self.language;
        Language::ALL
            .into_iter()
            .filter(move |language| *language != mine)
    }
}

/// Where the picture of an app is, if it has one to show.
pub fn logo_path(client: &Client) -> Option<String> {
    let name: String = url::form_urlencoded::byte_serialize(client.id.as_bytes()).collect();
    let path = format!("/logos/{}", name.replace('+', "%20"));
    client.logo().map(|_| path)
}

/// What stands in for the picture of an app that has none.
pub fn monogram(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .find(|letter| letter.is_alphanumeric())
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_is_counted_has_words() {
        use crate::usage;
        let wider = usage::WIDER.iter().map(|(_, kind)| *kind);
        for kind in wider.chain([usage::DIRECTORY, usage::OTHER, "overview", "download"]) {
            assert!(Language::has(&format!("kind.{kind}")), "{kind}");
        }
        let chrome = Chrome::anonymous(Language::English, true);
        assert_eq!(
            chrome.kinds(&[("laboratory".into(), 3)]),
            "Laboratory results (3)"
        );
    }

    /// What a reader would see of a template: text outside tags and Askama's brackets, and the
    /// attributes that are read out.
    fn visible(template: &str) -> String {
        // A class name, not words.
        let width = template
            .split("{% block width %}")
            .nth(1)
            .unwrap_or_default();
        let width = width.split("{% endblock %}").next().unwrap_or_default();
        let mut text = template.replace(&format!("%}}{width}{{%"), "%}{%");
        for (open, close) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
            while let Some(start) = text.find(open) {
                let end = text[start..]
                    .find(close)
                    .map_or(text.len(), |at| start + at + 2);
                text.replace_range(start..end, " ");
            }
        }
        let mut seen = String::new();
        for attribute in ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\""] {
            for rest in text.split(attribute).skip(1) {
                seen.push_str(rest.split('"').next().unwrap_or_default());
            }
        }
        for part in text.split('<') {
            seen.push_str(part.rsplit('>').next().unwrap_or_default());
            seen.push(' ');
        }
        seen
    }

    fn templates() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect()
    }

    #[test]
    fn no_template_holds_words_of_its_own() {
        for (name, text) in templates() {
            let words: String = visible(&text)
                .chars()
                .filter(|letter| letter.is_alphabetic())
                .collect();
            assert_eq!(words, "", "{name}");
        }
    }

    #[test]
    fn every_key_of_a_template_is_in_the_table() {
        let mut count = 0;
        for (name, text) in templates() {
            for call in ["say(\"", "tell(\"", "around(\""] {
                for rest in text.split(call).skip(1) {
                    let key = rest.split('"').next().unwrap_or_default();
                    assert!(Language::has(key), "{name} says {key}");
                    count += 1;
                }
            }
        }
        assert!(count > 100);
    }

    #[test]
    fn initials_leave_titles_out() {
        let visitor = |name: &str| Visitor {
            name: name.to_owned(),
            professional: false,
            several: false,
        };
        assert_eq!(visitor("Dr. Anna Bennett").initials(), "AB");
        assert_eq!(visitor("Cher").initials(), "C");
    }

    #[test]
    fn the_navigation_knows_where_the_page_is() {
        let mut chrome = Chrome::anonymous(Language::English, true);
        chrome.path = "/record/smart-1/laboratory".into();
        assert_eq!(chrome.current("/record"), "true");
        assert_eq!(chrome.current("/rec"), "false");
        chrome.path = "/apps".into();
        assert_eq!(chrome.current("/apps"), "page");
    }
}
