//! How long an illness lasts, and when it goes about.

use chrono::{Datelike, NaiveDate};

use crate::moment::{date, days};
use crate::stream::Stream;

/// The least and the most days of illnesses that last longer or shorter than most.
const LENGTHS: [(&str, i64, i64); 15] = [
    ("acute-bronchitis", 10, 21),
    ("ankle-sprain", 14, 35),
    ("clavicle-fracture", 42, 60),
    ("concussion", 7, 21),
    ("contact-dermatitis", 7, 21),
    ("covid19", 7, 16),
    ("dehydration", 1, 4),
    ("forearm-fracture", 42, 60),
    ("laceration", 8, 14),
    ("pneumonia", 14, 28),
    ("respiratory-failure", 5, 14),
    ("sepsis", 10, 20),
    ("strep-throat", 6, 11),
    ("uti", 4, 9),
    ("viral-sinusitis", 7, 14),
];

/// When an illness that began on `onset` is over.
pub(super) fn end(key: &str, onset: NaiveDate, stream: &mut Stream) -> NaiveDate {
    let (least, most) = LENGTHS
        .iter()
        .find(|row| row.0 == key)
        .map_or((4, 11), |row| (row.1, row.2));
    days(onset, stream.between(least, most))
}

/// The day itself; for influenza one of the winter of its year, as far from the new year as it is in the year.
pub(super) fn in_season(key: &str, drawn: NaiveDate) -> NaiveDate {
    if key != "influenza" {
        return drawn;
    }
    let new_year = date(drawn.year(), 1, 1);
    days(new_year, i64::from(drawn.ordinal0()) / 3 - 40)
}

/// Whether an illness goes about on a day: COVID-19 since March 2020.
pub(super) fn is_about(key: &str, day: NaiveDate) -> bool {
    key != "covid19" || day >= date(2020, 3, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn influenza_is_an_illness_of_winter() {
        let mut day = date(2024, 1, 1);
        while day < date(2025, 1, 1) {
            let moved = in_season("influenza", day);
            assert!(matches!(moved.month(), 11 | 12 | 1..=3), "{moved}");
            day = days(day, 1);
        }
        assert_eq!(in_season("uri", day), day);
    }

    #[test]
    fn lengths_are_sorted_and_name_conditions() {
        assert!(LENGTHS.is_sorted());
        for (key, least, most) in LENGTHS {
            assert!(least <= most);
            crate::table::clinical::Condition::of(key);
        }
    }
}
