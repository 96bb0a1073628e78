//! Places on a reference sequence, as intervals between bases counted from 0.

use serde_json::Value;

use super::component;

/// Component: the reference sequence.
const SEQUENCE: &str = "48013-7";
/// Component: where the alleles begin and end.
const START_END: &str = "81254-5";
/// Component: how bases are counted.
const COUNTING: &str = "92822-6";
/// Component: the change as g.HGVS.
const GENOMIC_CHANGE: &str = "81290-9";

/// An interval of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    /// Accession with its version, `NC_000007.14`.
    pub(super) sequence: String,
    start: u64,
    end: u64,
}

/// How a region lies to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// They share a base, or touch where one of them is a point.
    Overlaps,
    /// They do not.
    Apart,
    /// They are on different versions of a sequence and cannot be compared.
    OfAnotherVersion,
}

impl Region {
    /// Reads `NC_000007.14:55174721-55174820`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sequence, range) = text.split_once(':')?;
        let (start, end) = range.split_once('-')?;
        let (start, end) = (start.parse().ok()?, end.parse().ok()?);
        let (accession, version) = sequence.split_once('.')?;
        let is_legal = !accession.is_empty() && version.parse::<u16>().is_ok() && start <= end;
        is_legal.then(|| Self {
            sequence: sequence.to_owned(),
            start,
            end,
        })
    }

    /// Where a variant is: by its coordinates, or else by the change that it names.
    pub(super) fn of(variant: &Value) -> Option<Self> {
        by_coordinates(variant).or_else(|| by_change(variant))
    }

    pub(super) fn relation(&self, other: &Self) -> Relation {
        let accession = |region: &Self| region.sequence.split('.').next().map(str::to_owned);
        if self.sequence != other.sequence {
            return if accession(self) == accession(other) {
                Relation::OfAnotherVersion
            } else {
                Relation::Apart
            };
        }
        let wide = |region: &Self| region.end.max(region.start.saturating_add(1));
        if self.start < wide(other) && other.start < wide(self) {
            Relation::Overlaps
        } else {
            Relation::Apart
        }
    }
}

/// The code or text of a component's value.
fn value<'a>(variant: &'a Value, code: &str) -> Option<&'a str> {
    let component = component(variant, code)?;
    let concept = &component["valueCodeableConcept"];
    let coded = concept["coding"][0]["code"].as_str();
    coded
        .or(concept["text"].as_str())
        .or(component["valueString"].as_str())
}

fn by_coordinates(variant: &Value) -> Option<Region> {
    let range = &component(variant, START_END)?["valueRange"];
    let bound = |name: &str| range[name]["value"].to_string().parse::<u64>().ok();
    let low = bound("low")?;
    let high = bound("high").unwrap_or(low);
    let (start, end) = match value(variant, COUNTING) {
        // Between bases, from 0.
        Some("LA30100-4") => (low, high),
        // Bases, from 0.
        Some("LA30101-2") => (low, high.checked_add(1)?),
        // Bases, from 1.
        Some("LA30102-0") => (low.checked_sub(1)?, high),
        _ => return None,
    };
    (start <= end).then_some(())?;
    Some(Region {
        sequence: value(variant, SEQUENCE)?.to_owned(),
        start,
        end,
    })
}

/// Reads the place of `NC_000007.13:g.140453136A>T`, `NC_000017.11:g.43045712_43045714del`.
fn by_change(variant: &Value) -> Option<Region> {
    let (sequence, change) = value(variant, GENOMIC_CHANGE)?.split_once(":g.")?;
    let place: &str = change
        .split(|letter: char| !(letter.is_ascii_digit() || letter == '_'))
        .next()?;
    let (first, last) = place.split_once('_').unwrap_or((place, place));
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(())?;
    Some(Region {
        sequence: sequence.to_owned(),
        start: first.checked_sub(1)?,
        end: last,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn component_of(code: &str, member: &str, value: Value) -> Value {
        let mut component =
            json!({ "code": { "coding": [{ "system": "http://loinc.org", "code": code }] } });
        component[member] = value;
        component
    }

    fn coded(code: &str, value: &str) -> Value {
        component_of(
            code,
            "valueCodeableConcept",
            json!({ "coding": [{ "code": value }] }),
        )
    }

    fn change(text: &str) -> Value {
        json!({ "component": [coded(GENOMIC_CHANGE, text)] })
    }

    #[test]
    fn ranges_are_read_and_nonsense_is_not() {
        assert!(Region::parse("NC_000007.14:55174721-55174820").is_some());
        for text in [
            "",
            "NC_000007:1-2",
            "NC_000007.14:2-1",
            "NC_000007.14:1",
            "chr7:1-2",
            "NC_000007.14:-1-2",
        ] {
            assert_eq!(Region::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_change_and_its_coordinates_are_the_same_place() {
        let by_name = Region::of(&change("NC_000007.13:g.140453136A>T")).unwrap();
        for (counting, low, high) in [
            ("LA30100-4", 140_453_135, 140_453_136),
            ("LA30101-2", 140_453_135, 140_453_135),
            ("LA30102-0", 140_453_136, 140_453_136),
        ] {
            let variant = json!({ "component": [
                coded(SEQUENCE, "NC_000007.13"), coded(COUNTING, counting),
                component_of(START_END, "valueRange", json!({ "low": { "value": low }, "high": { "value": high } })),
            ] });
            assert_eq!(Region::of(&variant), Some(by_name.clone()), "{counting}");
        }
        assert_eq!(Region::of(&change("NC_000007.13:g.?")), None);
        assert_eq!(Region::of(&json!({})), None);
    }

    #[test]
    fn neighbours_do_not_overlap_and_other_versions_are_told() {
        let variant = Region::of(&change("NC_000007.13:g.100_102del")).unwrap();
        for (range, relation) in [
            ("NC_000007.13:0-99", Relation::Apart),
            ("NC_000007.13:0-100", Relation::Overlaps),
            ("NC_000007.13:101-101", Relation::Overlaps),
            ("NC_000007.13:102-200", Relation::Apart),
            ("NC_000007.14:0-100", Relation::OfAnotherVersion),
            ("NC_000008.13:0-100", Relation::Apart),
        ] {
            assert_eq!(
                Region::parse(range).unwrap().relation(&variant),
                relation,
                "{range}"
            );
        }
    }
}
