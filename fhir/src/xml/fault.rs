//! Why a text is not the XML form of a resource, or a value has none.

/// What is offended against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// The rules of XML or of FHIR's use of it.
    Structure,
    /// The ban on what could make a reader fetch, run or grow something.
    Security,
    /// The encoding: UTF-8 is read.
    Encoding,
    /// The limits of what is read.
    Cost,
}

/// A fault, with the place it was found at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Fault {
    /// What is offended against.
    pub breach: Breach,
    /// A plain sentence.
    pub text: String,
    /// The element, as a path such as `Patient.name`; empty for the text as a whole.
    pub path: String,
}

impl Fault {
    pub(super) fn new(breach: Breach, text: impl Into<String>) -> Self {
        Self {
            breach,
            text: text.into(),
            path: String::new(),
        }
    }

    pub(super) fn structure(text: impl Into<String>) -> Self {
        Self::new(Breach::Structure, text)
    }

    /// Adds the element that contains the fault; called from the inside out.
    pub(super) fn inside(mut self, name: &str) -> Self {
        self.path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{name}.{}", self.path)
        };
        self
    }
}

/// Foreign text for a message: at most 40 harmless characters.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .take(40)
        .map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() => letter,
            '-' | '.' | '_' | ':' | '/' => letter,
            _ => '.',
        })
        .collect()
}
