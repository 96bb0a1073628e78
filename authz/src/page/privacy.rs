//! What this server does with what it knows; what an operator must be able to say.

use askama::Template;

use super::Chrome;

/// The privacy notice.
#[derive(Template)]
#[template(path = "privacy.html")]
pub struct PrivacyPage {
    /// The frame.
    pub chrome: Chrome,
}

/// Keys of titles and texts.
const SECTIONS: [(&str, &str); 6] = [
    ("privacy.choice", "privacy.choice-text"),
    ("privacy.law", "privacy.law-text"),
    ("privacy.kept", "privacy.kept-text"),
    ("privacy.cookies", "privacy.cookies-text"),
    ("privacy.end", "privacy.end-text"),
    ("privacy.trail", "privacy.trail-text"),
];

impl PrivacyPage {
    fn sections() -> [(&'static str, &'static str); 6] {
        SECTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::language::Language;

    #[test]
    fn every_section_has_its_texts() {
        for (title, text) in SECTIONS {
            assert!(Language::has(title) && Language::has(text), "{title}");
        }
    }
}
