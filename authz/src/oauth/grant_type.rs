//! How a client comes to tokens (RFC 6749 §1.3, §6).

/// A grant type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// `authorization_code`: a person agreed.
    AuthorizationCode,
    /// `refresh_token`: a person agreed earlier.
    RefreshToken,
    /// `client_credentials`: the operator agreed beforehand (SMART Backend Services).
    ClientCredentials,
}

impl GrantType {
    /// Every grant type with its spelling on the wire.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::AuthorizationCode, "authorization_code"),
        (Self::RefreshToken, "refresh_token"),
        (Self::ClientCredentials, "client_credentials"),
    ];

    /// What every app that people use may use.
    pub const FOR_PEOPLE: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, word)| word)
    }

    /// Reads the spelling on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for (kind, word) in GrantType::ALL {
            assert_eq!(GrantType::parse(word), Some(kind));
            assert_eq!(kind.as_str(), word);
        }
        assert_eq!(GrantType::parse("password"), None);
    }
}
