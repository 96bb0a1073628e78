//! The languages of the portal and the table of its texts. Every text of a page comes from
//! `texts/*.tsv`: a key, English, Spanish.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

/// A language the portal speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

/// One text in every language.
#[derive(Debug, Clone, Copy)]
struct Text {
    key: &'static str,
    words: [&'static str; 2],
}

const FILES: &[&str] = &[
    include_str!("../../texts/frame.tsv"),
    include_str!("../../texts/decision.tsv"),
    include_str!("../../texts/record.tsv"),
    include_str!("../../texts/developer.tsv"),
    include_str!("../../texts/problem.tsv"),
    include_str!("../../texts/reason.tsv"),
];

fn rows() -> impl Iterator<Item = Text> {
    FILES
        .iter()
        .flat_map(|file| file.lines())
        .filter_map(|line| {
            let mut cells = line.split('\t');
            Some(Text {
                key: cells.next()?,
                words: [cells.next()?, cells.next()?],
            })
        })
}

static BY_KEY: LazyLock<HashMap<&'static str, Text>> =
    LazyLock::new(|| rows().map(|text| (text.key, text)).collect());
static BY_ENGLISH: LazyLock<HashMap<&'static str, Text>> =
    LazyLock::new(|| rows().map(|text| (text.words[0], text)).collect());

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The tag of RFC 5646.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
        }
    }

    /// The language with this tag.
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The best one for an `Accept-Language` header (RFC 9110 §12.5.4).
    pub fn preferred(header: &str) -> Self {
        let mut best = (0.0, Self::default());
        for range in header.split(',').take(20) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let primary = tag.split('-').next().unwrap_or_default();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            if let Some(language) = Self::parse(&primary.to_ascii_lowercase())
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The text with this key, if the table has it, else nothing.
    pub fn text(self, key: &str) -> &'static str {
        BY_KEY.get(key).map_or("", |text| text.words[self as usize])
    }

    /// The text with this key; the key itself when the table lacks it, which a test rules out.
    pub fn say(self, key: &str) -> &str {
        BY_KEY
            .get(key)
            .map_or(key, |text| text.words[self as usize])
    }

    /// The text with this key, with `{0}`, `{1}` … replaced.
    pub fn tell(self, key: &str, values: &[&dyn Display]) -> String {
        let mut told = String::new();
        let mut rest = self.say(key);
        while let Some((before, after)) = rest.split_once('{') {
            told.push_str(before);
            let (place, after) = after.split_once('}').unwrap_or_default();
            if let Some(value) = place.parse().ok().and_then(|at: usize| values.get(at)) {
                told.push_str(&value.to_string());
            }
            rest = after;
        }
        told + rest
    }

    /// An English text of another module in this language, if the table has it; a number in it
    /// may stand in the place `{0}`.
    pub fn translate(self, english: &str) -> String {
        self.translation(english)
            .unwrap_or_else(|| english.to_owned())
    }

    /// The same, or nothing where the table lacks the text.
    pub fn translation(self, english: &str) -> Option<String> {
        if let Some(text) = BY_ENGLISH.get(english) {
            return Some(text.words[self as usize].to_owned());
        }
        let digits: String = english
            .chars()
            .skip_while(|letter| !letter.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        if digits.is_empty() {
            return None;
        }
        let text = BY_ENGLISH.get(english.replacen(&digits, "{0}", 1).as_str())?;
        Some(self.tell(text.key, &[&digits]))
    }

    /// Whether the table has a text with this key.
    pub fn has(key: &str) -> bool {
        BY_KEY.contains_key(key)
    }

    /// A date as people write it.
    pub fn date(self, date: NaiveDate) -> String {
        let month = self.month(date.month0());
        match self {
            Self::English => format!("{} {month} {}", date.day(), date.year()),
            Self::Spanish => format!("{} de {month} de {}", date.day(), date.year()),
        }
    }

    /// The name of a month; `month` counts from zero.
    pub fn month(self, month: u32) -> &'static str {
        let all: &'static str = self.say("frame.months");
        all.split(' ').nth(month as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_key_of_its_own_and_a_text_in_each_language() {
        let mut seen = std::collections::HashSet::new();
        for file in FILES {
            for (number, line) in file.lines().enumerate() {
                assert_eq!(line.split('\t').count(), 3, "line {}: {line}", number + 1);
            }
        }
        for text in rows() {
            assert!(seen.insert(text.key), "{} is there twice", text.key);
            assert!(
                text.words.iter().all(|words| !words.trim().is_empty()),
                "{}",
                text.key
            );
        }
    }

    fn places(words: &str) -> Vec<&str> {
        let mut found: Vec<&str> = words
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(place, _)| place))
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn a_translation_has_the_same_places_for_values() {
        for text in rows() {
            assert_eq!(places(text.words[0]), places(text.words[1]), "{}", text.key);
        }
    }

    /// Sources whose errors people read on pages: of the portal, and of apps in the developers' corner.
    const SPEAKERS: &[&str] = &[
        "endpoint/authorize.rs",
        "endpoint/dpop.rs",
        "endpoint/form.rs",
        "endpoint/grant.rs",
        "endpoint/launch.rs",
        "endpoint/problem.rs",
        "endpoint/register.rs",
        "endpoint/token.rs",
        "issue/exchange.rs",
        "issue/refresh.rs",
        "oauth/authorization_request.rs",
        "oauth/authorization_rules.rs",
        "oauth/client_auth.rs",
        "oauth/grant.rs",
        "oauth/jwk.rs",
        "oauth/launch.rs",
        "oauth/metadata.rs",
        "oauth/presentation.rs",
        "oauth/registration.rs",
        "oauth/terms.rs",
        "oauth/token.rs",
        "oauth/token_request.rs",
    ];

    /// Texts in them that go to the log, a header or a comparison.
    const NOT_SAID: &[&str] = &[
        "a request could not be kept",
        "Basic realm=\\\"oauth\\\", charset=\\\"UTF-8\\\"",
        "registration {}",
        "no such client",
        "a JSON object",
        "too many members, or one twice",
        "http://127.0.0.1:* http://localhost:*",
        "visits cannot be read",
        "{all} {}",
    ];

    /// The texts of more than one word in a source, without its tests, comments and attributes.
    fn sentences(source: &str) -> Vec<String> {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let mut found = Vec::new();
        for line in code.lines().map(str::trim) {
            if line.starts_with("//") || line.starts_with("#[") {
                continue;
            }
            let line = line.replace("\\\"", "\u{1}");
            let quoted = line.split('"').skip(1).step_by(2);
            found.extend(
                quoted
                    .filter(|text| text.trim().contains(' '))
                    .map(|text| text.replace('\u{1}', "\\\"")),
            );
        }
        found
    }

    #[test]
    fn every_error_that_people_read_is_translated() {
        let mut count = 0;
        for speaker in SPEAKERS {
            let path = format!("{}/src/{speaker}", env!("CARGO_MANIFEST_DIR"));
            for text in sentences(&std::fs::read_to_string(path).unwrap()) {
                let text = text.replace("{}", "7");
                if NOT_SAID
                    .iter()
                    .any(|known| known.replace("{}", "7") == text)
                {
                    continue;
                }
                let spanish = Language::Spanish.translation(&text);
                assert!(spanish.is_some(), "{speaker}: {text}");
                count += 1;
            }
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn the_browser_s_first_known_language_wins() {
        for (header, language) in [
            ("es-MX,es;q=0.9,en;q=0.8", Language::Spanish),
            ("fr, en;q=0.4, es;q=0.6", Language::Spanish),
            ("en-US,en;q=0.9,es;q=0.8", Language::English),
            ("de", Language::English),
            ("", Language::English),
            ("es;q=0", Language::English),
            (";;;,,q=", Language::English),
        ] {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }

    #[test]
    fn values_replace_their_places() {
        let told = Language::English.tell("frame.signed-in-as", &[&"{0} <b>"]);
        assert!(told.contains("{0} <b>"), "{told}");
    }

    #[test]
    fn dates_are_written_as_people_write_them() {
        let day = NaiveDate::from_ymd_opt(2028, 1, 15).unwrap();
        assert_eq!(Language::English.date(day), "15 January 2028");
        assert_eq!(Language::Spanish.date(day), "15 de enero de 2028");
    }
}
