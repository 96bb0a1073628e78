//! Words that may be in another language than the page around them. They are marked with theirs, so
//! that they are read out as what they are (WCAG 2.2, success criterion 3.1.2).

use std::borrow::Cow;
use std::fmt;

use askama::filters::HtmlSafe;

use super::Chrome;
use super::language::Language;
use crate::record::moment::Moment;

/// The language of records and of what the servers say, unless something says otherwise.
const USUAL: &str = "en";

/// A few words with their language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage<'a> {
    words: Cow<'a, str>,
    /// Their language, when it is not that of the page; empty when nobody knows it (HTML "the lang
    /// and xml:lang attributes").
    language: Option<&'a str>,
}

impl HtmlSafe for Passage<'_> {}

impl fmt::Display for Passage<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(language) = self.language {
            write!(out, "<span lang=\"{language}\">")?;
        }
        for letter in self.words.chars() {
            match letter {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                letter => fmt::Write::write_char(out, letter)?,
            }
        }
        out.write_str(if self.language.is_some() {
            "</span>"
        } else {
            ""
        })
    }
}

/// Whether this can be a language tag (RFC 5646), so that it may stand in an attribute.
fn is_tag(text: &str) -> bool {
    (2..=35).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl Chrome {
    /// The language of words that say they are in `language`, if it is another than the page's.
    fn foreign<'a>(&self, language: Option<&'a str>) -> Option<&'a str> {
        let language = language.filter(|tag| is_tag(tag)).unwrap_or(USUAL);
        let primary = language.split('-').next().unwrap_or_default();
        (!primary.eq_ignore_ascii_case(self.language.tag())).then_some(language)
    }

    /// The language of a record, as an attribute where it is another than the page's: for elements
    /// that hold nothing else, and for attributes that are read out.
    pub fn lang(&self, language: Option<&str>) -> Attribute {
        Attribute(self.foreign(language).map(str::to_owned))
    }

    /// The same where words of the program are English in every language, such as scopes.
    pub fn english(&self) -> Attribute {
        self.lang(None)
    }

    /// Words of a record.
    pub fn recorded<'a>(&self, words: &'a str, language: Option<&'a str>) -> Passage<'a> {
        Passage {
            words: Cow::Borrowed(words),
            language: self.foreign(language),
        }
    }

    /// A fact of a record: a date is written as people write it, a code in words.
    pub fn fact<'a>(&self, words: &'a str, language: Option<&'a str>) -> Passage<'a> {
        if let Some(date) = Moment::exact(words) {
            return own(self.moment(&date));
        }
        self.code(words, language)
    }

    /// A code in words, such as a status; codes without words stay as the record has them.
    pub fn code<'a>(&self, code: &'a str, language: Option<&'a str>) -> Passage<'a> {
        let key = format!("code.{}", code.to_lowercase());
        if Language::has(&key) {
            return own(self.say(&key).to_owned());
        }
        self.recorded(code, language)
    }

    /// How something ended, in words.
    pub fn outcome<'a>(&self, code: &'a str) -> Passage<'a> {
        self.code(code, None)
    }

    /// A text of the page with words of a record in its place.
    pub fn around<'a>(
        &'a self,
        key: &str,
        words: &'a str,
        language: Option<&'a str>,
    ) -> Around<'a> {
        let text = self.language.text(key);
        let (before, after) = text.split_once("{0}").unwrap_or((text, ""));
        let part = |words: &'static str| Passage {
            words: Cow::Borrowed(words),
            language: None,
        };
        Around([part(before), self.recorded(words, language), part(after)])
    }

    /// A sentence of the program, translated if the table has it.
    pub fn sentence<'a>(&self, english: &'a str) -> Passage<'a> {
        match self.language.translation(english) {
            Some(words) => own(words),
            None => self.recorded(english, None),
        }
    }

    /// Words of an app, in a language that nobody knows.
    #[expect(clippy::unused_self, reason = "one way to say everything on a page")]
    pub fn quoted<'a>(&self, words: &'a str) -> Passage<'a> {
        Passage {
            words: Cow::Borrowed(words),
            language: Some(""),
        }
    }
}

/// Words with others around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around<'a>([Passage<'a>; 3]);

impl HtmlSafe for Around<'_> {}

impl fmt::Display for Around<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| part.fmt(out))
    }
}

/// Words in the language of the page.
fn own(words: String) -> Passage<'static> {
    Passage {
        words: Cow::Owned(words),
        language: None,
    }
}

/// A `lang` attribute with the space before it, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute(Option<String>);

impl HtmlSafe for Attribute {}

impl fmt::Display for Attribute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(language) => write!(out, " lang=\"{language}\""),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chrome(language: Language) -> Chrome {
        Chrome::anonymous(language, true)
    }

    #[test]
    fn words_of_another_language_are_marked_with_it() {
        let (english, spanish) = (chrome(Language::English), chrome(Language::Spanish));
        for (said, in_english, in_spanish) in [
            (None, "Gout", "<span lang=\"en\">Gout</span>"),
            (Some("en-US"), "Gout", "<span lang=\"en-US\">Gout</span>"),
            (Some("es-MX"), "<span lang=\"es-MX\">Gout</span>", "Gout"),
            (Some("\"><b>"), "Gout", "<span lang=\"en\">Gout</span>"),
        ] {
            assert_eq!(english.recorded("Gout", said).to_string(), in_english);
            assert_eq!(spanish.recorded("Gout", said).to_string(), in_spanish);
        }
        let range = spanish.around("record.range", "<5", None).to_string();
        assert_eq!(range, "rango habitual <span lang=\"en\">&lt;5</span>");
        assert_eq!(
            english.quoted("<i>").to_string(),
            "<span lang=\"\">&lt;i&gt;</span>"
        );
    }

    #[test]
    fn dates_and_codes_of_a_record_are_said_in_the_language_of_the_page() {
        let spanish = chrome(Language::Spanish);
        for (words, said) in [
            ("2010-05-13T10:00:00-05:00", "13 de mayo de 2010"),
            ("female", "mujer"),
            ("2010", "<span lang=\"en\">2010</span>"),
            ("10 Main St", "<span lang=\"en\">10 Main St</span>"),
        ] {
            assert_eq!(spanish.fact(words, None).to_string(), said);
        }
    }

    #[test]
    fn a_sentence_without_a_translation_says_that_it_is_english() {
        let spanish = chrome(Language::Spanish);
        let unknown = spanish.sentence("Nobody has translated this.").to_string();
        assert!(unknown.starts_with("<span lang=\"en\">"), "{unknown}");
        let known = spanish.sentence("The intent is too long.").to_string();
        assert_eq!(known, "La intención es demasiado larga.");
    }
}
