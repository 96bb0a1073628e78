//! What a person is to this health system.

use serde::Deserialize;

/// What a person is here; decides how far `user/` scopes reach and which pages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Somebody with a record of their own.
    #[default]
    Patient,
    /// Somebody who acts for patients only.
    Representative,
    /// Somebody who treats patients.
    Practitioner,
    /// Somebody who looks after this server; no role in anybody's care.
    Admin,
}

impl Role {
    const WORDS: [(Self, &'static str); 4] = [
        (Self::Patient, "patient"),
        (Self::Representative, "representative"),
        (Self::Practitioner, "practitioner"),
        (Self::Admin, "admin"),
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(role, _)| *role == self)
            .map_or("", |(_, word)| word)
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(role, _)| *role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for (role, word) in Role::WORDS {
            assert_eq!(Role::parse(word), Some(role));
            assert_eq!(role.as_str(), word);
        }
    }
}
