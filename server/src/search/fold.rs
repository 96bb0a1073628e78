//! How strings are compared: ignoring case, accents and runs of white space (R4, "string").

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The form in which strings are indexed and looked up.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let plain: String = text
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What most strings need: small letters, one blank between words.
fn fold_ascii(text: &str) -> String {
    if is_tidy(text) {
        return text.to_ascii_lowercase();
    }
    let words = text.split(char::is_whitespace);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").to_ascii_lowercase()
}

/// Whether there is no white space but single blanks between words.
fn is_tidy(text: &str) -> bool {
    let mut after_blank = true;
    for byte in text.bytes() {
        match byte {
            b' ' if after_blank => return false,
            b'\t'..=b'\r' => return false,
            byte => after_blank = byte == b' ',
        }
    }
    text.is_empty() || !after_blank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_folded_as_everything_is() {
        let all: String = (0..128_u8).map(char::from).collect();
        for text in [
            "",
            " ",
            "a",
            " A  b\t\nC ",
            "x\u{b}y",
            "\u{1c}z",
            &all,
            "no\r\n",
        ] {
            // One letter that is not ASCII leads the other way; it is cut off again.
            let long = fold(&format!("{text} é"));
            let cut = long.strip_suffix('e').unwrap().trim_end_matches(' ');
            assert_eq!(fold(text), cut, "{text:?}");
        }
    }

    #[test]
    fn case_accents_and_spaces_do_not_matter() {
        assert_eq!(fold("  O'Connor-Núñez  Ádám "), "o'connor-nunez adam");
        assert_eq!(fold("Łódź ﬁne"), "łodz fine");
    }
}
