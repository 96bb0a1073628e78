//! Full-text search (R4, `_text` and `_content`): words, and what may be asked about them.
//!
//! The database and memory see the same words, because both are given what [`words`] yields.

use serde_json::Value;

use super::fold::fold;

/// Longest word; what is longer is data rather than language.
const MAX_WORD: usize = 64;
/// Words that most resources have room in.
const USUAL: usize = 64;
/// How deeply parentheses may be nested, and how many words may be asked for.
const MAX_DEPTH: usize = 16;
const MAX_WORDS: usize = 64;

/// Words of texts, folded: runs of letters and digits.
#[derive(Default)]
struct Texts {
    /// One word after the other.
    letters: String,
    /// Where each word begins and ends, after its first bytes as a number.
    words: Vec<(u64, usize, usize)>,
    /// Where the word begins that has not ended.
    start: usize,
}

impl Texts {
    fn with_room_for(words: usize) -> Self {
        Self {
            letters: String::with_capacity(words * 8),
            words: Vec::with_capacity(words),
            start: 0,
        }
    }

    /// Adds the words of a text. Folding keeps words apart by blanks; where they stand does not
    /// matter, so ASCII is read as it is.
    fn add(&mut self, text: &str) {
        if text.is_ascii() {
            for byte in text.bytes() {
                if byte.is_ascii_alphanumeric() {
                    self.letters.push(byte.to_ascii_lowercase().into());
                } else {
                    self.end_word();
                }
            }
        } else {
            for letter in fold(text).chars() {
                if letter.is_alphanumeric() {
                    self.letters.push(letter);
                } else {
                    self.end_word();
                }
            }
        }
        self.end_word();
    }

    fn end_word(&mut self) {
        let (start, end) = (self.start, self.letters.len());
        match self.letters.get(start..end) {
            None | Some("") => {}
            Some(word) if word.len() > MAX_WORD => self.letters.truncate(start),
            Some(word) => {
                self.words.push((beginning(word), start, end));
                self.start = end;
            }
        }
    }

    /// The words, each once, in order, with blanks between them.
    fn joined(mut self) -> String {
        let word = |at: &(u64, usize, usize)| self.letters.get(at.1..at.2).unwrap_or_default();
        (self.words).sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| word(a).cmp(word(b))));
        (self.words).dedup_by(|a, b| a.0 == b.0 && word(a) == word(b));
        let mut joined = String::with_capacity(self.letters.len() + self.words.len());
        for at in &self.words {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(word(at));
        }
        joined
    }
}

/// The first bytes as a number of the same order: most words are told apart by it.
fn beginning(word: &str) -> u64 {
    let bytes = word.as_bytes();
    bytes.first_chunk().map_or_else(
        || {
            let number = bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            number << (8 * (8 - bytes.len()))
        },
        |first| u64::from_be_bytes(*first),
    )
}

/// The words of a text, folded: runs of letters and digits, each once, in order, with blanks between
/// them.
pub fn words(text: &str) -> String {
    let mut texts = Texts::default();
    texts.add(text);
    texts.joined()
}

/// The words of a narrative: what stands between the tags.
pub fn narrative(resource: &Value) -> String {
    resource["text"]["div"]
        .as_str()
        .map(|div| words(&between_tags(div)))
        .unwrap_or_default()
}

/// The words of all of a resource but its `meta` and its binary data.
pub fn content(resource: &Value) -> String {
    let mut found = Texts::with_room_for(USUAL);
    for (name, value) in resource.as_object().into_iter().flatten() {
        if !["meta", "resourceType"].contains(&name.as_str()) {
            collect(name, value, &mut found);
        }
    }
    found.joined()
}

fn collect(name: &str, value: &Value, found: &mut Texts) {
    match value {
        Value::String(_) if name == "data" => {}
        Value::String(text) if name == "div" => found.add(&between_tags(text)),
        Value::String(text) => found.add(text),
        Value::Number(number) => found.add(number.as_str()),
        Value::Array(all) => all.iter().for_each(|one| collect(name, one, found)),
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| collect(name, value, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The text of a fragment of XHTML; each tag and each entity parts words.
fn between_tags(xhtml: &str) -> String {
    let mut text = String::with_capacity(xhtml.len());
    let mut outside = true;
    for letter in xhtml.chars() {
        match letter {
            '<' => {
                outside = false;
                text.push(' ');
            }
            '>' => outside = true,
            letter if outside => text.push(letter),
            _ => {}
        }
    }
    if !text.contains('&') {
        return text;
    }
    ENTITIES
        .iter()
        .fold(text, |text, (entity, letter)| text.replace(entity, letter))
}

const ENTITIES: &[(&str, &str)] = &[
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// What is asked about the words of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// All of these.
    All(Vec<Expression>),
    /// At least one of these.
    Any(Vec<Expression>),
    /// This word occurs.
    Word(String),
    /// A word that begins so occurs.
    Prefix(String),
}

impl Expression {
    /// Reads words, `and`, `or` and parentheses; a word ends in `*` for every word that begins so.
    /// Words side by side must all occur.
    pub fn parse(text: &str) -> Option<Self> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let tokens: Vec<&str> = spaced.split_whitespace().collect();
        if tokens.len() > 4 * MAX_WORDS {
            return None;
        }
        let mut reader = Reader {
            tokens: &tokens,
            depth: 0,
        };
        let expression = reader.any()?;
        reader.tokens.is_empty().then_some(expression)
    }

    /// Whether the words, with blanks between them, satisfy it.
    pub fn holds(&self, words: &str) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.holds(words)),
            Self::Any(any) => any.iter().any(|one| one.holds(words)),
            Self::Word(wanted) => words.split(' ').any(|word| word == wanted),
            Self::Prefix(start) => words
                .split(' ')
                .any(|word| word.starts_with(start.as_str())),
        }
    }
}

struct Reader<'a> {
    tokens: &'a [&'a str],
    depth: usize,
}

impl Reader<'_> {
    fn any(&mut self) -> Option<Expression> {
        let mut any = vec![self.all()?];
        while self.take("or") {
            any.push(self.all()?);
        }
        Some(single_or(any, Expression::Any))
    }

    fn all(&mut self) -> Option<Expression> {
        let mut all = vec![self.one()?];
        loop {
            let joined = self.take("and");
            let ends = match self.tokens.first() {
                None => true,
                Some(next) => *next == ")" || next.eq_ignore_ascii_case("or"),
            };
            match (joined, ends) {
                (true, true) => return None,
                (false, true) => return Some(single_or(all, Expression::All)),
                (_, false) => all.push(self.one()?),
            }
        }
    }

    fn one(&mut self) -> Option<Expression> {
        if self.take("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let inner = self.any()?;
            self.depth -= 1;
            return self.take(")").then_some(inner);
        }
        let (token, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        word(token)
    }

    fn take(&mut self, wanted: &str) -> bool {
        match self.tokens.split_first() {
            Some((token, rest)) if token.eq_ignore_ascii_case(wanted) => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }
}

fn single_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => join(parts),
    }
}

/// One token of the query: `blood-pressure` is two words, `hyper*` the start of one.
fn word(token: &str) -> Option<Expression> {
    let is_reserved = ["and", "or", ")"]
        .iter()
        .any(|reserved| token.eq_ignore_ascii_case(reserved));
    if is_reserved || token.contains('"') {
        return None;
    }
    let mut parts: Vec<_> = words(token)
        .split_whitespace()
        .map(|word| Expression::Word(word.to_owned()))
        .collect();
    if let (true, [Expression::Word(start)]) = (token.ends_with('*'), parts.as_slice()) {
        return Some(Expression::Prefix(start.clone()));
    }
    match (parts.len(), token.ends_with('*')) {
        (0, _) | (_, true) => None,
        (1, false) => Some(parts.swap_remove(0)),
        _ => Some(Expression::All(parts)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(query: &str, text: &str) -> bool {
        Expression::parse(query).unwrap().holds(&words(text))
    }

    #[test]
    fn words_are_joined_by_and_unless_or_stands_between() {
        let text = "Bone metastases, suspected Núñez";
        for query in [
            "bone",
            "BONE metastases",
            "(bone OR liver) and metastases",
            "liver or bone",
            "metas*",
            "nunez",
            "metastases,bone",
        ] {
            assert!(holds(query, text), "{query}");
        }
        for query in [
            "liver",
            "bone liver",
            "bone and (liver or lung)",
            "metas",
            "on*",
        ] {
            assert!(!holds(query, text), "{query}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for query in [
            "",
            "and",
            "a and",
            "or a",
            "(a",
            "a)",
            "\"a b\"",
            "*",
            "()",
            "a b*c*",
            &"(".repeat(99),
        ] {
            assert_eq!(Expression::parse(query), None, "{query}");
        }
    }

    #[test]
    fn a_narrative_is_read_without_its_tags_and_data_is_not_read() {
        let resource = json!({ "resourceType": "Patient", "id": "x1", "meta": { "versionId": "77" },
            "text": { "div": "<div class=\"secret\"><b>Bl</b>ood &lt;5&nbsp;mg</div>" },
            "photo": [{ "data": "aGVsbG8", "title": "Front" }], "multipleBirthInteger": 3 });
        assert_eq!(narrative(&resource), "5 bl mg ood");
        assert_eq!(content(&resource), "3 5 bl front mg ood x1");
    }
}
