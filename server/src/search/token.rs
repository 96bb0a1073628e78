//! Coded values (R4, "token"): `code`, `system|code`, `|code`, `system|`.

/// What a token parameter asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `None` for any system, an empty text for "without a system".
    pub system: Option<String>,
    /// `None` for any code of the system. Folded as [`fold_code`] does.
    pub code: Option<String>,
}

impl Token {
    /// Reads one value (already split at commas and unescaped but for `\|`).
    pub fn parse(text: &str) -> Option<Self> {
        let parts = split_unescaped(text, '|');
        let token = match parts.as_slice() {
            [code] => Self {
                system: None,
                code: Some(fold_code(code)),
            },
            [system, code] => Self {
                system: Some(system.clone()),
                code: (!code.is_empty()).then(|| fold_code(code)),
            },
            _ => return None,
        };
        let says_something = token.code.as_deref().is_some_and(|code| !code.is_empty())
            || token
                .system
                .as_deref()
                .is_some_and(|system| !system.is_empty());
        says_something.then_some(token)
    }
}

/// What `:of-type` asks for: the value of an identifier with a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedIdentifier {
    /// System and code of the type, as [`typed`] joins them.
    pub of_type: String,
    /// The value, folded.
    pub value: String,
}

impl TypedIdentifier {
    /// Reads `system|code|value`; none of them may be empty.
    pub fn parse(text: &str) -> Option<Self> {
        match split_unescaped(text, '|').as_slice() {
            [system, code, value] if ![system, code, value].iter().any(|part| part.is_empty()) => {
                Some(Self {
                    of_type: typed(system, code),
                    value: fold_code(value),
                })
            }
            _ => None,
        }
    }
}

/// The type of an identifier as one text: in index rows it stands where the system does.
pub fn typed(system: &str, code: &str) -> String {
    format!("{system}|{}", fold_code(code))
}

/// Codes are compared ignoring case, as R4 advises when in doubt.
pub fn fold_code(code: &str) -> String {
    code.to_ascii_lowercase()
}

/// Splits at `separator` where no backslash stands before it, and removes the backslashes that
/// protect `,`, `$`, `|` and themselves (R4, "Escaping Search Parameters"). With any other
/// separator than the last level's, protected characters of inner levels stay protected.
pub fn split_unescaped(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == separator {
            parts.push(String::new());
            continue;
        }
        let Some(last) = parts.last_mut() else { break };
        match letter {
            '\\' => last.extend(letters.next()),
            letter => last.push(letter),
        }
    }
    parts
}

/// Splits at `separator` where no backslash stands before it, leaving the protection in place for
/// the inner levels.
pub fn split_protected(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == separator {
            parts.push(String::new());
            continue;
        }
        let Some(last) = parts.last_mut() else { break };
        last.push(letter);
        if letter == '\\' {
            last.extend(letters.next());
        }
    }
    parts
}

/// Whether every backslash protects a character that may be protected.
pub fn escapes_are_legal(text: &str) -> bool {
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' && !matches!(letters.next(), Some(',' | '$' | '|' | '\\')) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(system: Option<&str>, code: Option<&str>) -> Token {
        Token {
            system: system.map(str::to_owned),
            code: code.map(str::to_owned),
        }
    }

    #[test]
    fn the_four_forms_are_told_apart() {
        assert_eq!(
            Token::parse("Laboratory"),
            Some(token(None, Some("laboratory")))
        );
        assert_eq!(
            Token::parse("http://s|A"),
            Some(token(Some("http://s"), Some("a")))
        );
        assert_eq!(Token::parse("|a"), Some(token(Some(""), Some("a"))));
        assert_eq!(
            Token::parse("http://s|"),
            Some(token(Some("http://s"), None))
        );
        assert_eq!(Token::parse(r"a\|b"), Some(token(None, Some("a|b"))));
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        for text in ["", "|", "a|b|c"] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    #[test]
    fn protected_commas_do_not_separate() {
        assert_eq!(split_protected(r"a\,b,c", ','), [r"a\,b", "c"]);
        assert_eq!(split_unescaped(r"a\,b", '|'), ["a,b"]);
        assert!(escapes_are_legal(r"a\,b\\") && !escapes_are_legal(r"\x"));
    }
}
