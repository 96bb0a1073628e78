//! Who patients are: names, places, demographics.

use super::table;

table!(
    /// A part of an invented name.
    NamePart, NAME_PARTS, "names.tsv", kind: &'static str, name: &'static str
);

table!(
    /// A city with a postal code.
    Place, PLACES, "places.tsv", city: &'static str, state: &'static str, zip: &'static str,
    area_code: &'static str, weight: f64
);

table!(
    /// A demographic code with its share of the population.
    Demographic, DEMOGRAPHICS, "demographics.tsv", kind: &'static str, system: &'static str,
    code: &'static str, display: &'static str, weight: f64
);

impl Demographic {
    /// The row of a kind with this code.
    pub(crate) fn named(kind: &str, code: &str) -> &'static Self {
        super::row(&DEMOGRAPHICS, "demographics.tsv", code, |row| {
            row.kind == kind && row.code == code
        })
    }
}
