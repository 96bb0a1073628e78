//! The units that are compared with each other. All others compare only with themselves.

use super::decimal::Decimal;

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Length,
    Mass,
    /// Months and years of the calendar, which have no fixed length.
    Calendar,
    /// UCUM's mean months and years.
    MeanYear,
    Time,
    Volume,
}

/// A unit and its size in the smallest unit of its dimension.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) code: &'static str,
    pub(super) dimension: Dimension,
    size: &'static str,
}

impl Unit {
    pub(super) fn factor(&self) -> Decimal {
        Decimal::parse(self.size).unwrap_or(Decimal::whole(1))
    }
}

const fn unit(code: &'static str, dimension: Dimension, size: &'static str) -> Unit {
    Unit {
        code,
        dimension,
        size,
    }
}

/// UCUM codes.
const UCUM: [Unit; 24] = [
    unit("ms", Dimension::Time, "1"),
    unit("s", Dimension::Time, "1000"),
    unit("min", Dimension::Time, "60000"),
    unit("h", Dimension::Time, "3600000"),
    unit("d", Dimension::Time, "86400000"),
    unit("wk", Dimension::Time, "604800000"),
    unit("mo", Dimension::MeanYear, "1"),
    unit("a", Dimension::MeanYear, "12"),
    unit("ng", Dimension::Mass, "1"),
    unit("ug", Dimension::Mass, "1000"),
    unit("mg", Dimension::Mass, "1000000"),
    unit("g", Dimension::Mass, "1000000000"),
    unit("kg", Dimension::Mass, "1000000000000"),
    unit("[oz_av]", Dimension::Mass, "28349523125"),
    unit("[lb_av]", Dimension::Mass, "453592370000"),
    unit("mm", Dimension::Length, "1"),
    unit("cm", Dimension::Length, "10"),
    unit("m", Dimension::Length, "1000"),
    unit("km", Dimension::Length, "1000000"),
    unit("[in_i]", Dimension::Length, "25.4"),
    unit("uL", Dimension::Volume, "1"),
    unit("mL", Dimension::Volume, "1000"),
    unit("dL", Dimension::Volume, "100000"),
    unit("L", Dimension::Volume, "1000000"),
];

/// Calendar durations with the UCUM code that is equivalent.
/// <http://hl7.org/fhirpath/N1/#time-valued-quantities>
const CALENDAR: [(Unit, &str); 8] = [
    (unit("year", Dimension::Calendar, "12"), "a"),
    (unit("month", Dimension::Calendar, "1"), "mo"),
    (unit("week", Dimension::Time, "604800000"), "wk"),
    (unit("day", Dimension::Time, "86400000"), "d"),
    (unit("hour", Dimension::Time, "3600000"), "h"),
    (unit("minute", Dimension::Time, "60000"), "min"),
    (unit("second", Dimension::Time, "1000"), "s"),
    (unit("millisecond", Dimension::Time, "1"), "ms"),
];

pub(super) fn find(code: &str, is_calendar: bool) -> Option<&'static Unit> {
    if is_calendar {
        return CALENDAR
            .iter()
            .map(|(unit, _)| unit)
            .find(|unit| unit.code == code);
    }
    UCUM.iter().find(|unit| unit.code == code)
}

/// The singular of a word for a calendar duration: `day` for `day` and `days`.
pub(super) fn calendar(word: &str) -> Option<&'static str> {
    let singular = word.strip_suffix('s').unwrap_or(word);
    find(singular, true).map(|unit| unit.code)
}

/// The UCUM code equivalent to a calendar duration.
pub(super) fn ucum_of(word: &str) -> Option<&'static str> {
    CALENDAR
        .iter()
        .find(|(unit, _)| unit.code == word)
        .map(|(_, code)| *code)
}
