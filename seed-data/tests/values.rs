//! Values that must fit each other, computed again from the values as printed.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod corpus;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use corpus::{Corpus, corpus, number, of_type, subject, text};
use serde_json::Value;

/// The values of one patient at one time, by LOINC code.
type Day = BTreeMap<String, f64>;

/// Quantities by patient and time.
fn days(corpus: &Corpus) -> BTreeMap<(String, String), Day> {
    let mut days: BTreeMap<(String, String), Day> = BTreeMap::new();
    for observation in of_type(corpus, "Observation") {
        let Some(value) = number(observation, "/valueQuantity/value") else {
            continue;
        };
        let key = (
            subject(observation).to_owned(),
            text(observation, "/effectiveDateTime").to_owned(),
        );
        days.entry(key)
            .or_default()
            .insert(text(observation, "/code/coding/0/code").to_owned(), value);
    }
    days
}

/// Asserts a rule wherever all its values were measured on one day, and that this happens.
fn rule(codes: &[&str], tolerance: f64, formula: impl Fn(&[f64]) -> f64) {
    let mut checked = 0;
    for (key, day) in days(corpus()) {
        let values: Option<Vec<f64>> = codes.iter().map(|code| day.get(*code).copied()).collect();
        if let Some(values) = values {
            let expected = formula(&values[1..]);
            assert!(
                (values[0] - expected).abs() <= tolerance,
                "{key:?}: {values:?}, expected {expected}"
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "{codes:?} checked {checked} times");
}

#[test]
fn body_mass_index_is_weight_over_height_squared() {
    rule(&["39156-5", "29463-7", "8302-2"], 0.051, |v| {
        v[0] / (v[1] / 100.0).powi(2)
    });
}

#[test]
fn ldl_is_total_less_hdl_less_a_fifth_of_triglycerides() {
    rule(&["13457-7", "2093-3", "2085-9", "2571-8"], 0.51, |v| {
        v[0] - v[1] - v[2] / 5.0
    });
}

#[test]
fn the_anion_gap_is_sodium_less_chloride_less_carbon_dioxide() {
    rule(&["33037-3", "2951-2", "2075-0", "2028-9"], 0.01, |v| {
        v[0] - v[1] - v[2]
    });
}

#[test]
fn red_cell_indices_follow_from_the_counts() {
    rule(&["787-2", "4544-3", "789-8"], 0.051, |v| 10.0 * v[0] / v[1]);
    rule(&["785-6", "718-7", "789-8"], 0.051, |v| 10.0 * v[0] / v[1]);
    rule(&["786-4", "718-7", "4544-3"], 0.051, |v| {
        100.0 * v[0] / v[1]
    });
}

#[test]
fn the_differential_sums_to_one_hundred_percent() {
    let all = ["770-8", "736-9", "5905-5", "713-8", "706-2"];
    let mut checked = 0;
    for (key, day) in days(corpus()) {
        if day.contains_key("770-8") {
            let sum: f64 = all.iter().map(|code| day[*code]).sum();
            assert!((sum - 100.0).abs() < 1e-9, "{key:?}");
            assert!(
                (day["751-8"] - day["770-8"] * day["6690-2"] / 100.0).abs() < 0.051,
                "{key:?}"
            );
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn filtration_follows_from_creatinine_age_and_sex() {
    let corpus = corpus();
    let mut checked = 0;
    for ((patient, time), day) in days(corpus) {
        let (Some(rate), Some(creatinine)) = (day.get("98979-8"), day.get("2160-0")) else {
            continue;
        };
        let person = &corpus[&patient];
        let birth: NaiveDate = corpus::birth(person);
        let age = time[..10]
            .parse::<NaiveDate>()
            .unwrap()
            .years_since(birth)
            .unwrap();
        let (kappa, alpha, factor) = if text(person, "/gender") == "female" {
            (0.7, -0.241, 1.012)
        } else {
            (0.9, -0.302, 1.0)
        };
        let ratio: f64 = creatinine / kappa;
        let expected = 142.0
            * ratio.min(1.0).powf(alpha)
            * ratio.max(1.0).powf(-1.2)
            * 0.9938_f64.powf(f64::from(age))
            * factor;
        assert!((rate - expected).abs() <= 0.51, "{patient} {time}");
        checked += 1;
    }
    assert!(checked > 20);
}

#[test]
fn diastolic_pressure_is_at_least_twenty_below_systolic() {
    let corpus = corpus();
    let panels =
        of_type(corpus, "Observation").filter(|o| text(o, "/code/coding/0/code") == "85354-9");
    let mut checked = 0;
    for panel in panels {
        let (Some(systolic), Some(diastolic)) = (
            number(panel, "/component/0/valueQuantity/value"),
            number(panel, "/component/1/valueQuantity/value"),
        ) else {
            let reason = "dataAbsentReason";
            assert!(objects_have(panel, reason), "{panel}");
            continue;
        };
        assert!(
            systolic - diastolic >= 20.0 && systolic < 230.0 && diastolic > 35.0,
            "{panel}"
        );
        checked += 1;
    }
    assert!(checked > 100);
}

fn objects_have(value: &Value, member: &str) -> bool {
    let mut seen = Vec::new();
    corpus::objects(value, &mut seen);
    seen.iter().any(|object| object.contains_key(member))
}

#[test]
fn interpretations_agree_with_the_printed_range() {
    let corpus = corpus();
    for result in of_type(corpus, "Observation") {
        let (Some(value), Some(range)) = (
            number(result, "/valueQuantity/value"),
            result.pointer("/referenceRange/0"),
        ) else {
            continue;
        };
        let low = number(range, "/low/value").is_some_and(|low| value < low);
        let high = number(range, "/high/value").is_some_and(|high| value > high);
        let code = text(result, "/interpretation/0/coding/0/code");
        let expected = if low {
            ["L", "LL"]
        } else if high {
            ["H", "HH"]
        } else {
            ["N", "N"]
        };
        assert!(expected.contains(&code), "{result}");
    }
}

#[test]
fn values_of_vital_signs_are_plausible() {
    let limits: [(&str, f64, f64); 6] = [
        ("8867-4", 40.0, 200.0),
        ("9279-1", 8.0, 65.0),
        ("8310-5", 35.0, 41.0),
        ("59408-5", 80.0, 100.0),
        ("8302-2", 40.0, 215.0),
        ("29463-7", 2.0, 220.0),
    ];
    for (key, day) in days(corpus()) {
        for (code, low, high) in limits {
            if let Some(value) = day.get(code) {
                assert!((low..=high).contains(value), "{key:?} {code} {value}");
            }
        }
    }
}

#[test]
fn children_grow() {
    let corpus = corpus();
    let mut heights: BTreeMap<&str, Vec<(&str, f64)>> = BTreeMap::new();
    for observation in
        of_type(corpus, "Observation").filter(|o| text(o, "/code/coding/0/code") == "8302-2")
    {
        let value = number(observation, "/valueQuantity/value").unwrap();
        heights
            .entry(subject(observation))
            .or_default()
            .push((text(observation, "/effectiveDateTime"), value));
    }
    let amy = heights.get_mut("Patient/smart-1032702").unwrap();
    amy.sort_by_key(|(time, _)| *time);
    assert!(
        amy.len() > 10 && amy.windows(2).all(|pair| pair[0].1 <= pair[1].1),
        "{amy:?}"
    );
}

#[test]
fn the_large_order_of_daniel_adams_has_forty_six_results() {
    let corpus = corpus();
    let results: Vec<&Value> = of_type(corpus, "Observation")
        .filter(|o| {
            subject(o) == "Patient/smart-1288992"
                && text(o, "/category/0/coding/0/code") == "laboratory"
        })
        .filter(|o| text(o, "/effectiveDateTime").starts_with("2023-04-19"))
        .collect();
    assert_eq!(results.len(), 46);
    let value = |code: &str| {
        results
            .iter()
            .find(|o| text(o, "/code/coding/0/code") == code)
            .map(|o| o["valueQuantity"]["value"].to_string())
    };
    assert_eq!(value("2823-3").as_deref(), Some("3.4"));
    assert_eq!(value("787-2").as_deref(), Some("74.0"));
    assert_eq!(value("718-7").as_deref(), Some("12.8"));
}
