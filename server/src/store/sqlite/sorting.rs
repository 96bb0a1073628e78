//! The order in which index rows are written: nearly that of the tables' primary keys, so that a
//! batch touches each page of an index once. It is made of numbers alone. Rows are large and their
//! texts lie anywhere in memory, so to look at them again for each comparison would take longer than
//! what the order saves.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::render::stored_target;
use crate::search::index::{Row, Value};

/// The place of a row among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Key and kind, and how the value begins.
    head: u128,
    tail: u64,
    /// Keeps equal values together that begin alike.
    digest: u64,
    resource: i64,
}

impl Place {
    pub(super) fn of(resource: i64, row: &Row) -> Self {
        let mut start = Start::default();
        let mut digest = DefaultHasher::new();
        match &row.value {
            // The lines of a chart lie together, whatever they are about, behind all other rows.
            Value::Line(line) => {
                start.add(&[u8::MAX; 4]);
                start.add(&hash(&line.patient).to_be_bytes());
                start.add(&row.key.number().to_be_bytes());
                start.add(line.code.as_bytes());
                line.code.hash(&mut digest);
            }
            value => {
                start.add(&row.key.number().to_be_bytes());
                start.add(&[rank(value)]);
                begin(value, &mut start, &mut digest);
            }
        }
        let (head, tail) = start.numbers();
        Self {
            head,
            tail,
            digest: digest.finish(),
            resource,
        }
    }

    /// The key of its resource.
    pub(super) fn resource(self) -> i64 {
        self.resource
    }
}

fn begin(value: &Value, start: &mut Start, digest: &mut DefaultHasher) {
    let text = match value {
        Value::Token { code: text, .. }
        | Value::Identifier { value: text, .. }
        | Value::Text { folded: text, .. }
        | Value::Uri(text) => text.as_str(),
        Value::OfType(typed) => &typed.value,
        Value::Reference(target) => stored_target(target).1,
        Value::Date(range) => {
            start.add(&whole(range.low).to_be_bytes());
            return start.add(&whole(range.high).to_be_bytes());
        }
        Value::Number(range) | Value::Quantity { range, .. } | Value::Canonical { range, .. } => {
            start.add(&real(range.low).to_be_bytes());
            return start.add(&real(range.high).to_be_bytes());
        }
        // These have tables that grow at their end.
        Value::Place(_)
        | Value::Composite { .. }
        | Value::Narrative(_)
        | Value::Content(_)
        | Value::Line(_)
        | Value::Contained(_) => "",
    };
    start.add(text.as_bytes());
    text.hash(digest);
}

fn hash(text: &str) -> u64 {
    let mut digest = DefaultHasher::new();
    text.hash(&mut digest);
    digest.finish()
}

/// As a number without sign, of the same order.
fn whole(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

/// As a number without sign, of the same order.
fn real(number: f64) -> u64 {
    let bits = number.to_bits();
    if number.is_sign_negative() {
        !bits
    } else {
        bits ^ (1 << 63)
    }
}

/// The first bytes of what rows are sorted by.
#[derive(Default)]
struct Start {
    bytes: [u8; 24],
    length: usize,
}

impl Start {
    fn add(&mut self, more: &[u8]) {
        let room = self.bytes.iter_mut().skip(self.length);
        let mut added = 0;
        for (place, byte) in room.zip(more) {
            *place = *byte;
            added += 1;
        }
        self.length += added;
    }

    fn numbers(&self) -> (u128, u64) {
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | u128::from(*byte))
        };
        let (head, tail) = self.bytes.split_at(16);
        (
            number(head),
            u64::try_from(number(tail)).unwrap_or(u64::MAX),
        )
    }
}

/// A parameter may have values of several kinds, in tables of their own.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Token { .. } => 0,
        Value::Text { .. } => 1,
        Value::Date(_) => 2,
        Value::Number(_) => 3,
        Value::Quantity { .. } => 4,
        Value::Canonical { .. } => 5,
        Value::Reference(_) => 6,
        Value::Uri(_) => 7,
        Value::Identifier { .. } => 8,
        Value::OfType(_) => 9,
        Value::Place(_) => 10,
        Value::Composite { .. } => 11,
        Value::Narrative(_) => 12,
        Value::Content(_) => 13,
        Value::Line(_) => 14,
        Value::Contained(_) => 15,
    }
}

#[cfg(test)]
mod tests {
    use fhir::resource_type::ResourceType;

    use super::*;
    use crate::search::index::Key;
    use crate::search::{date, number};

    fn place(value: Value, resource: i64) -> Place {
        let key = Key::compartment(ResourceType::parse("Flag").unwrap());
        Place::of(resource, &Row { key, value })
    }

    fn text(folded: &str) -> Value {
        let exact = folded.to_owned();
        Value::Text {
            folded: exact.clone(),
            exact,
        }
    }

    fn is_ascending(places: &[Place]) -> bool {
        places.windows(2).all(|two| two[0] < two[1])
    }

    #[test]
    fn places_have_the_order_of_the_values() {
        let texts = ["", "a", "ab", "b", "é"];
        assert!(is_ascending(&texts.map(|folded| place(text(folded), 1))));
        let days = [i64::MIN, -5, 0, 3, i64::MAX];
        let dates = days.map(|low| Value::Date(date::Range { low, high: low }));
        assert!(is_ascending(&dates.map(|date| place(date, 1))));
        let amounts = [f64::MIN, -2.5, -0.5, 0.0, 0.1, 7.0, f64::MAX];
        let numbers = amounts.map(|low| Value::Number(number::Range { low, high: low }));
        assert!(is_ascending(&numbers.map(|number| place(number, 1))));
    }

    #[test]
    fn equal_values_stand_together_in_the_order_of_the_resources() {
        let long = "the same beginning of two texts, ";
        let one = |end: &str, resource| place(text(&format!("{long}{end}")), resource);
        let mut places = [
            one("a", 2),
            one("b", 1),
            one("a", 1),
            one("b", 2),
            one("a", 3),
        ];
        let (a, b) = ([places[2], places[0], places[4]], [places[1], places[3]]);
        places.sort_unstable();
        assert!(
            places == [a.as_slice(), &b].concat()[..] || places == [b.as_slice(), &a].concat()[..]
        );
    }
}
