//! How strings are compared: ignoring case, accents and runs of white space (R4, "string").

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The form in which strings are indexed and looked up.
pub fn fold(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_spaces_do_not_matter() {
        assert_eq!(fold("  O'Connor-Núñez  Ádám "), "o'connor-nunez adam");
        assert_eq!(fold("Łódź ﬁne"), "łodz fine");
    }
}
