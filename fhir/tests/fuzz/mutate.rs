//! Chance that repeats itself, and changes to texts and JSON that are likely to find what a parser
//! forgot. The tests of `server` use this file too.
//!
//! A coverage-guided fuzzer needs a nightly compiler; this one needs none. What it lacks in guidance
//! it has in oracles: each target checks more than that nothing panics.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// Chance from a seed.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        // Neighbouring seeds must not begin alike (SplitMix64).
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Self(mixed ^ (mixed >> 27))
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The seeds of a run: `few`, or as many as fit into `FUZZ_SECONDS` seconds. `FUZZ_SEED` begins
/// with another one.
pub fn seeds(target: &'static str, few: u64) -> impl Iterator<Item = u64> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let seconds = number("FUZZ_SECONDS");
    let first = number("FUZZ_SEED").unwrap_or_default();
    let started = Instant::now();
    let mut next = 0;
    std::iter::from_fn(move || {
        let goes_on = match seconds {
            Some(seconds) => started.elapsed() < Duration::from_secs(seconds),
            None => next < few,
        };
        if !goes_on {
            println!("{target}: {next} cases in {:?}", started.elapsed());
            return None;
        }
        next += 1;
        Some(first + next - 1)
    })
}

/// Shows the case when its test fails.
pub struct Case<'a, T: std::fmt::Debug>(pub u64, pub &'a T);

impl<T: std::fmt::Debug> Drop for Case<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("FUZZ_SEED={} {:?}", self.0, self.1);
        }
    }
}

const LETTERS: &[&str] = &[
    "\0",
    "\n",
    "\t",
    " ",
    "\"",
    "'",
    "\\",
    "%",
    "&",
    "=",
    "|",
    ",",
    "$",
    ":",
    ".",
    "/",
    "#",
    "?",
    "*",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "-",
    "+",
    "_",
    "~",
    "^",
    "@",
    "`",
    "0",
    "9",
    "é",
    "ß",
    "İ",
    "🩺",
    "\u{301}",
    "\u{feff}",
    "\u{202e}",
    "\u{ffff}",
    "\u{10ffff}",
    "T",
    "Z",
    "e",
];

/// A text made of texts of the corpus and of words that mean something to the parser.
pub fn text(chance: &mut Chance, corpus: &[&str], words: &[&str]) -> String {
    let mut text = (*chance.pick(corpus)).to_owned();
    for _ in 0..=chance.below(4) {
        change(&mut text, chance, corpus, words);
    }
    text
}

fn change(text: &mut String, chance: &mut Chance, corpus: &[&str], words: &[&str]) {
    let (start, end) = range(text, chance);
    let part = text[start..end].to_owned();
    match chance.below(8) {
        0 => text.replace_range(start..end, ""),
        1 => text.insert_str(start, &part),
        2 | 3 => text.insert_str(start, chance.pick::<&str>(words)),
        4 => text.replace_range(start..end, chance.pick::<&str>(words)),
        5 => text.insert_str(start, chance.pick::<&str>(LETTERS)),
        6 => {
            let other = *chance.pick(corpus);
            let (from, _) = range(other, chance);
            text.truncate(start);
            text.push_str(&other[from..]);
        }
        _ if chance.below(8) == 0 => {
            let word: &str = chance.pick::<&str>(words);
            let part = if part.is_empty() { word } else { &part };
            let times = chance.below(3000) / part.len().max(1);
            text.insert_str(start, &part.repeat(times));
        }
        _ => text.replace_range(start..end, &part.to_uppercase()),
    }
}

/// A range between letters of a text, often a short one.
fn range(text: &str, chance: &mut Chance) -> (usize, usize) {
    let at = |wanted: usize| {
        let mut at = wanted.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = at(chance.below(text.len() + 1));
    let length = match chance.below(3) {
        0 => chance.below(text.len() + 1),
        _ => chance.below(5),
    };
    (start, at(start + length).max(start))
}

/// JSON of the corpus with a few changes inside.
pub fn value(chance: &mut Chance, corpus: &[Value], words: &[&str]) -> Value {
    let mut value = chance.pick(corpus).clone();
    for _ in 0..=chance.below(4) {
        let other = node(&mut chance.pick(corpus).clone(), chance).clone();
        change_value(node(&mut value, chance), chance, other, words);
    }
    value
}

/// Somewhere inside, at any depth.
fn node<'a>(value: &'a mut Value, chance: &mut Chance) -> &'a mut Value {
    let count = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    if count == 0 || chance.below(5) == 0 {
        return value;
    }
    let at = chance.below(count);
    match value {
        Value::Array(items) => node(&mut items[at], chance),
        Value::Object(members) => {
            let inside = members.values_mut().nth(at);
            node(inside.unwrap(), chance)
        }
        leaf => leaf,
    }
}

fn change_value(value: &mut Value, chance: &mut Chance, other: Value, words: &[&str]) {
    match (chance.below(9), &mut *value) {
        (0, _) => *value = other,
        (1, Value::Array(items)) if !items.is_empty() => {
            let at = chance.below(items.len());
            let same = items[at].clone();
            items.insert(at, same);
        }
        (2, Value::Array(items)) if !items.is_empty() => {
            items.remove(chance.below(items.len()));
        }
        (1 | 2, Value::Object(members)) => rename(members, chance, words),
        (3, Value::Object(members)) => {
            members.insert((*chance.pick(words)).to_owned(), other);
        }
        (3, Value::Array(items)) => items.push(other),
        (4 | 5, Value::String(inside)) => change(inside, chance, words, words),
        (6, _) => *value = json!((*chance.pick(words)).to_owned()),
        (7, _) => {
            for _ in 0..chance.below(80) {
                *value = if chance.below(2) == 0 {
                    json!([value.take()])
                } else {
                    json!({ (*chance.pick(words)): value.take() })
                };
            }
        }
        _ => {
            let odd = [
                json!(null),
                json!(true),
                json!(-1),
                json!(1e300),
                json!(u64::MAX),
                json!(""),
                json!([]),
                json!({}),
                json!([null]),
            ];
            *value = chance.pick(&odd).clone();
        }
    }
}

/// Takes a member away, or gives it another name.
fn rename(members: &mut Map<String, Value>, chance: &mut Chance, words: &[&str]) {
    let names: Vec<String> = members.keys().cloned().collect();
    if names.is_empty() {
        return;
    }
    let name = chance.pick(&names);
    let value = members.remove(name).unwrap_or_default();
    if chance.below(2) == 0 {
        members.insert((*chance.pick(words)).to_owned(), value);
    }
}
