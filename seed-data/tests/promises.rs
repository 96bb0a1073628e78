//! The promises of the generator: same bytes, stable ids, closed references, nothing from the future.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod corpus;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use corpus::{Corpus, config, corpus, objects, of_type, records, subject, text};
use seed_data::{Config, DEFAULT_AS_OF, Format, Named, Population, Relationship, persons, write};
use serde_json::Value;

#[test]
fn the_same_arguments_give_the_same_bytes() {
    assert!(records(config()) == records(config()));
}

#[test]
fn another_seed_gives_other_people_and_the_same_named_ones() {
    let mine = records(Config {
        patients: 5,
        ..Config::default()
    });
    let other = records(Config {
        patients: 5,
        seed: 2,
        ..Config::default()
    });
    for (first, second) in mine.iter().zip(&other) {
        let statistical = first
            .patient
            .as_ref()
            .is_some_and(|id| id.starts_with("pop-"));
        assert_eq!(first != second, statistical, "{:?}", first.patient);
    }
}

#[test]
fn a_patient_does_not_depend_on_the_number_of_patients() {
    let only = |patients| {
        let config = Config {
            patients,
            named: Named::None,
            ..Config::default()
        };
        Population::new(config).records().nth(7).unwrap()
    };
    assert!(only(8) == only(70));
}

#[test]
fn the_hint_is_the_number_of_records() {
    for named in [Named::All, Named::Core, Named::None] {
        let population = Population::new(Config {
            patients: 3,
            named,
            ..Config::default()
        });
        assert_eq!(
            population.len_hint(),
            u64::try_from(population.records().count()).unwrap()
        );
    }
}

#[test]
fn ids_are_legal_and_unique() {
    for key in corpus().keys() {
        let (_, id) = key.split_once('/').unwrap();
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(
            (1..=64).contains(&id.len()) && id.chars().all(legal),
            "{key}"
        );
    }
}

#[test]
fn references_and_attachments_resolve() {
    let corpus = corpus();
    for (key, resource) in corpus {
        let mut seen = Vec::new();
        objects(resource, &mut seen);
        for object in seen {
            let link = |member: &str| object.get(member).and_then(Value::as_str);
            let file = link("url").filter(|url| url.starts_with("Binary/"));
            for target in link("reference").into_iter().chain(file) {
                assert!(corpus.contains_key(target), "{key} -> {target}");
            }
        }
    }
}

#[test]
fn a_record_points_only_to_its_own_patient_and_the_world() {
    for record in records(config()) {
        let Some(patient) = record.patient else {
            continue;
        };
        for seed in record.seeds {
            let about = subject(&serde_json::from_str(&seed.json).unwrap()).to_owned();
            assert!(
                about.is_empty() || about == format!("Patient/{patient}"),
                "{}",
                seed.id
            );
            assert!(
                seed.id == patient
                    || seed.id.starts_with(&format!("{patient}-"))
                    || seed.id.starts_with("dicom-"),
                "{}",
                seed.id
            );
        }
    }
}

#[test]
fn the_time_of_recording_is_in_the_bytes_and_not_in_the_future() {
    let present = DEFAULT_AS_OF.and_hms_opt(0, 0, 0).unwrap().and_utc();
    for seed in records(config())
        .into_iter()
        .flat_map(|record| record.seeds)
    {
        let value: Value = serde_json::from_str(&seed.json).unwrap();
        let written: DateTime<Utc> = text(&value, "/meta/lastUpdated").parse().unwrap();
        assert_eq!(written, seed.last_updated, "{}", seed.id);
        assert!(written < present, "{}", seed.id);
        assert_eq!(text(&value, "/meta/versionId"), seed.version.to_string());
        assert_eq!(seed.earlier.len() + 1, seed.version as usize);
        assert_eq!(text(&value, "/meta/tag/0/code"), "HTEST");
        assert!(seed.json.starts_with(&format!(
            "{{\"resourceType\":\"{}\",\"id\":\"{}\",\"meta\":",
            seed.resource_type, seed.id
        )));
    }
}

#[test]
fn earlier_versions_come_in_order_and_say_something_else() {
    let mut kinds = BTreeSet::new();
    for seed in records(config())
        .into_iter()
        .flat_map(|record| record.seeds)
        .filter(|seed| seed.version > 1)
    {
        let versions: Vec<&seed_data::Seed> = seed.earlier.iter().chain([&seed]).collect();
        for (number, pair) in (1..).zip(versions.windows(2)) {
            assert_eq!(pair[0].version, number, "{}", seed.id);
            assert!(pair[0].last_updated < pair[1].last_updated, "{}", seed.id);
            let [old, new]: [Value; 2] =
                [pair[0], pair[1]].map(|seed| serde_json::from_str(&seed.json).unwrap());
            let without_meta = |mut value: Value| {
                value.as_object_mut().unwrap().shift_remove("meta");
                value
            };
            assert_eq!(old["id"], new["id"]);
            assert_ne!(without_meta(old), without_meta(new), "{}", seed.id);
        }
        kinds.insert(seed.resource_type);
    }
    let expected = BTreeSet::from(["Condition", "MedicationRequest", "Observation"]);
    assert_eq!(kinds, expected);
}

#[test]
fn nearly_everything_has_a_narrative_of_plain_text() {
    let mut silent = BTreeSet::new();
    for (key, resource) in corpus() {
        let kind = key.split('/').next().unwrap();
        let div = text(resource, "/text/div");
        if div.is_empty() {
            silent.insert(kind);
            continue;
        }
        let inner = div
            .strip_prefix("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>")
            .and_then(|rest| rest.strip_suffix("</p></div>"));
        assert!(
            inner.is_some_and(|words| !words.contains('<')),
            "{key}: {div}"
        );
        assert_eq!(text(resource, "/text/status"), "generated", "{key}");
    }
    let expected = BTreeSet::from(["Binary", "Bundle", "QuestionnaireResponse"]);
    assert_eq!(silent, expected);
}

/// Every date in a resource with the name of its member, plans, expiries and validity left out.
fn happened<'v>(value: &'v Value, name: &'v str, out: &mut Vec<(&'v str, NaiveDate)>) {
    const PLANNED: [&str; 3] = ["dueDate", "expirationDate", "validityPeriod"];
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !PLANNED.contains(&key.as_str()))
            .for_each(|(key, inner)| happened(inner, key, out)),
        Value::Array(items) => items.iter().for_each(|inner| happened(inner, name, out)),
        Value::String(text) => out.extend(
            text.get(..10)
                .and_then(|day| day.parse().ok())
                .map(|day| (name, day)),
        ),
        _ => {}
    }
}

#[test]
fn nothing_happens_before_birth_or_after_the_present() {
    let corpus = corpus();
    for (key, resource) in corpus
        .iter()
        .filter(|(key, _)| !key.starts_with("Appointment/"))
    {
        let Some(patient) = corpus.get(subject(resource)) else {
            continue;
        };
        let birth: NaiveDate = corpus::birth(patient);
        let mut dates = Vec::new();
        happened(resource, "", &mut dates);
        for (name, date) in dates {
            assert!(date <= DEFAULT_AS_OF, "{key} {name} {date}");
            // A device or a lot may be older than the patient.
            assert!(
                date >= birth || name == "manufactureDate",
                "{key} {name} {date}"
            );
        }
    }
}

#[test]
fn only_what_is_booked_lies_ahead() {
    let corpus = corpus();
    let mut booked = 0;
    for appointment in of_type(corpus, "Appointment") {
        let day: NaiveDate = text(appointment, "/start")[..10].parse().unwrap();
        let ahead = day >= DEFAULT_AS_OF;
        assert_eq!(
            text(appointment, "/status") == "booked",
            ahead,
            "{appointment}"
        );
        booked += usize::from(ahead);
    }
    assert!(booked > 5);
}

#[test]
fn the_dead_have_no_later_events() {
    let corpus = corpus();
    let mut dead = 0;
    for patient in of_type(corpus, "Patient") {
        let Some(death) = text(patient, "/deceasedDateTime").get(..10) else {
            continue;
        };
        let death: NaiveDate = death.parse().unwrap();
        dead += 1;
        let id = format!("Patient/{}", text(patient, "/id"));
        for encounter in of_type(corpus, "Encounter").filter(|encounter| subject(encounter) == id) {
            let start: NaiveDate = text(encounter, "/period/start")[..10].parse().unwrap();
            assert!(start <= death + Days::new(1), "{id}");
        }
    }
    assert!(dead > 0);
}

#[test]
fn dates_are_in_order() {
    let corpus = corpus();
    let day = |value: &Value, pointer: &str| text(value, pointer).get(..10).map(str::to_owned);
    for condition in of_type(corpus, "Condition") {
        let (onset, recorded) = (
            day(condition, "/onsetDateTime"),
            day(condition, "/recordedDate"),
        );
        assert!(onset <= recorded, "{condition}");
        assert!(
            day(condition, "/abatementDateTime").is_none_or(|end| Some(end) >= onset),
            "{condition}"
        );
    }
    for dispense in of_type(corpus, "MedicationDispense") {
        let request = &corpus[text(dispense, "/authorizingPrescription/0/reference")];
        assert!(
            day(request, "/authoredOn") <= day(dispense, "/whenHandedOver"),
            "{dispense}"
        );
    }
    for encounter in of_type(corpus, "Encounter") {
        assert!(
            text(encounter, "/period/start") <= text(encounter, "/period/end"),
            "{encounter}"
        );
    }
}

#[test]
fn daniel_adams_has_every_category() {
    let corpus = corpus();
    let his = |kind: &str| mine(corpus, kind).count();
    for kind in [
        "Condition",
        "AllergyIntolerance",
        "MedicationRequest",
        "MedicationStatement",
        "MedicationDispense",
        "MedicationAdministration",
        "Procedure",
        "Immunization",
        "DocumentReference",
        "Encounter",
        "DiagnosticReport",
        "Coverage",
        "ExplanationOfBenefit",
        "ImagingStudy",
        "CarePlan",
        "CareTeam",
        "Goal",
        "Device",
        "Specimen",
        "ServiceRequest",
        "RelatedPerson",
    ] {
        assert!(his(kind) > 0, "{kind}");
    }
    for category in ["laboratory", "vital-signs", "social-history"] {
        let found =
            mine(corpus, "Observation").any(|o| text(o, "/category/0/coding/0/code") == category);
        assert!(found, "{category}");
    }
    let smoking = mine(corpus, "Observation").any(|o| text(o, "/code/coding/0/code") == "72166-2");
    let provenance = corpus
        .keys()
        .any(|key| key.starts_with("Provenance/smart-1288992-"));
    let types: BTreeSet<&str> = mine(corpus, "DocumentReference")
        .map(|d| text(d, "/content/0/attachment/contentType"))
        .collect();
    assert!(smoking && provenance);
    assert!(
        types.is_superset(&BTreeSet::from(["application/pdf", "text/plain"])),
        "{types:?}"
    );
    assert!(corpus.keys().any(|key| key.starts_with("Endpoint/")));
}

fn mine<'c>(corpus: &'c Corpus, kind: &str) -> impl Iterator<Item = &'c Value> {
    of_type(corpus, kind).filter(|value| subject(value) == "Patient/smart-1288992")
}

#[test]
fn portal_users_stand_for_patients_of_the_population() {
    let corpus = corpus();
    let persons = persons();
    for person in &persons {
        assert!(
            corpus.contains_key(&person.fhir_user),
            "{}",
            person.fhir_user
        );
        for choice in &person.patients {
            let patient = &corpus[&format!("Patient/{}", choice.patient)];
            assert_eq!(text(patient, "/birthDate"), choice.birth_date.to_string());
            assert_eq!(text(patient, "/name/0/text"), choice.name);
        }
    }
    let daniel = persons
        .iter()
        .find(|person| person.username == "daniel-adams")
        .unwrap();
    let choices: Vec<(&str, Relationship)> = daniel
        .patients
        .iter()
        .map(|choice| (choice.patient.as_str(), choice.relationship))
        .collect();
    assert_eq!(
        choices,
        [
            ("smart-1288992", Relationship::SelfPatient),
            ("smart-1032702", Relationship::Represented)
        ]
    );
    assert!(persons.iter().all(|person| {
        person
            .patients
            .iter()
            .all(|choice| choice.patient != "peter-hidden")
    }));
}

#[test]
fn amy_shaw_is_a_minor_with_a_guardian_and_a_dose_not_done() {
    let corpus = corpus();
    let guardian = &corpus["RelatedPerson/smart-1032702-rel-grandfather"];
    assert_eq!(text(guardian, "/relationship/1/coding/0/code"), "GUARD");
    let refused = of_type(corpus, "Immunization").any(|shot| {
        subject(shot) == "Patient/smart-1032702" && text(shot, "/status") == "not-done"
    });
    assert!(refused);
}

#[test]
fn files_hold_all_resources_in_both_formats() {
    let population = Population::new(Config {
        patients: 2,
        ..Config::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let lines = write(
        &population,
        (Format::Ndjson, 1),
        &folder.path().join("ndjson"),
        |_| {},
    )
    .unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(folder.path().join("ndjson")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "ndjson") {
            count += std::fs::read_to_string(path).unwrap().lines().count();
        }
    }
    assert_eq!(u64::try_from(count).unwrap(), lines.total());
    let read = |path: &str| -> Value {
        let text = std::fs::read_to_string(folder.path().join(path)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let manifest = read("ndjson/manifest.json");
    assert_eq!(
        manifest["files"].as_array().unwrap().len(),
        lines.files.len()
    );
    assert!(lines.files.len() > 30, "{:?}", lines.files);
    let bundles = write(
        &population,
        (Format::Bundle, 2),
        &folder.path().join("bundle"),
        |_| {},
    )
    .unwrap();
    assert_eq!(bundles.resources, lines.resources);
    let bundle = read("bundle/pop-000001.json");
    assert_eq!(bundle["type"], "collection");
    assert_eq!(bundle["entry"][0]["resource"]["id"], "pop-000001");
}

#[test]
fn transactions_are_numbered_and_not_too_large() {
    let population = Population::new(Config {
        patients: 1,
        ..Config::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let layout = (Format::Transaction, 2);
    let summary = write(&population, layout, folder.path(), |_| {}).unwrap();
    let mut paths: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("manifest.json"))
        .collect();
    paths.sort();
    let name = |at: usize| paths[at].file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(name(0), "0000000-world-01.json");
    assert_eq!(name(1), "0000001-smart-1288992-01.json");
    assert_eq!(name(2), "0000001-smart-1288992-02.json");
    assert!((0..paths.len()).any(|at| name(at).ends_with("-ruth-cohen-03.json")));
    let mut entries = 0;
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["type"], "transaction");
        let list = bundle["entry"].as_array().unwrap();
        assert!((1..=seed_data::MAX_ENTRIES).contains(&list.len()));
        assert!(list.iter().all(|entry| entry["request"]["method"] == "PUT"));
        entries += list.len();
    }
    assert_eq!(u64::try_from(entries).unwrap(), summary.total());
}

#[test]
fn threads_change_no_byte() {
    let population = Population::new(Config {
        patients: 30,
        named: Named::Core,
        ..Config::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let text = |threads: usize| {
        let out = folder.path().join(threads.to_string());
        write(&population, (Format::Ndjson, threads), &out, |_| {}).unwrap();
        std::fs::read_to_string(out.join("Observation.ndjson")).unwrap()
    };
    let alone = text(1);
    assert!(alone == text(2) && alone == text(7));
}

#[test]
fn a_story_can_be_read() {
    let population = Population::new(config());
    let elena = population.show("elena-tsosie").unwrap();
    assert!(elena.starts_with("Elena Marie Tsosie (elena-tsosie)"));
    assert!(elena.contains("Asthma since") && elena.contains("blood pressure"));
    assert!(population.show("pop-000001").is_some());
    assert!(population.show("pop-000081").is_none());
    assert!(population.show("nobody").is_none());
}

#[test]
fn time_brings_news_and_changes() {
    let population = Population::new(config());
    let month = DEFAULT_AS_OF + Days::new(30);
    let news = |until| -> Vec<seed_data::Seed> {
        population
            .advance(DEFAULT_AS_OF, until)
            .flat_map(|record| record.seeds)
            .collect()
    };
    let short = news(month);
    let present = DEFAULT_AS_OF.and_hms_opt(0, 0, 0).unwrap().and_utc();
    assert!(short.iter().any(|seed| seed.resource_type == "Encounter"));
    let encounters = short
        .iter()
        .filter(|seed| seed.resource_type == "Encounter");
    for seed in encounters {
        assert!(seed.last_updated >= present, "{}", seed.id);
        assert!(seed.last_updated.date_naive() < month, "{}", seed.id);
    }
    let changed = |seed: &&seed_data::Seed| seed.version > 1;
    assert!(short.iter().filter(changed).count() > 0);
    assert!(news(DEFAULT_AS_OF).is_empty());
    let long: BTreeSet<String> = news(month + Days::new(60))
        .into_iter()
        .map(|seed| seed.id)
        .collect();
    let visits = short
        .iter()
        .filter(|seed| seed.resource_type == "Encounter");
    assert!(visits.clone().count() > 0 && visits.into_iter().all(|seed| long.contains(&seed.id)));
}

#[test]
fn the_news_of_two_months_are_those_of_the_first_and_those_of_the_second() {
    let population = Population::new(config());
    let [first, second] = [30, 60].map(|days| DEFAULT_AS_OF + Days::new(days));
    let news = |from, until| -> BTreeSet<String> {
        let seeds = population
            .advance(from, until)
            .flat_map(|record| record.seeds);
        seeds
            .map(|seed| format!("{}/{}", seed.resource_type, seed.id))
            .collect()
    };
    let together: BTreeSet<String> = news(DEFAULT_AS_OF, first)
        .union(&news(first, second))
        .cloned()
        .collect();
    let missing: Vec<_> = news(DEFAULT_AS_OF, second)
        .difference(&together)
        .cloned()
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(news(first, second).len() > 20);
}

#[test]
fn what_is_booked_is_kept_when_time_goes_on() {
    let there = Population::new(config());
    let known: BTreeSet<String> = there
        .records()
        .flat_map(|record| record.seeds)
        .map(|seed| format!("{}/{}", seed.resource_type, seed.id))
        .collect();
    let until = DEFAULT_AS_OF + Days::new(90);
    let news: Vec<_> = there
        .advance(DEFAULT_AS_OF, until)
        .flat_map(|record| record.seeds)
        .collect();
    let fulfilled = news
        .iter()
        .filter(|seed| seed.resource_type == "Appointment" && seed.json.contains("fulfilled"));
    for seed in fulfilled.clone() {
        let key = format!("Appointment/{}", seed.id);
        assert_eq!(known.contains(&key), seed.version == 2, "{key}");
    }
    assert!(fulfilled.filter(|seed| seed.version == 2).count() > 3);
}

#[test]
fn an_unwritable_folder_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let population = Population::new(Config {
        patients: 0,
        ..Config::default()
    });
    let error = write(&population, (Format::Ndjson, 2), &file, |_| {}).unwrap_err();
    assert_eq!(error.path, file);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

    #[test]
    fn every_patient_of_every_run_is_closed_and_in_the_past(seed in 0_u64..1_000_000, as_of in 0_u64..9_000) {
        let as_of = NaiveDate::from_ymd_opt(2005, 1, 1).unwrap() + Days::new(as_of);
        let config = Config { seed, as_of, patients: 1, named: Named::None, ..Config::default() };
        let seeds: Vec<_> = records(config).into_iter().flat_map(|record| record.seeds).collect();
        let known: BTreeSet<String> = seeds.iter().map(|seed| format!("{}/{}", seed.resource_type, seed.id)).collect();
        assert_eq!(known.len(), seeds.len());
        for resource in &seeds {
            assert!(resource.last_updated.date_naive() < as_of, "{}", resource.id);
            let value: Value = serde_json::from_str(&resource.json).unwrap();
            let mut seen = Vec::new();
            objects(&value, &mut seen);
            // What a claim is related to is an identifier.
            for target in seen.iter().filter_map(|object| object.get("reference")?.as_str()) {
                assert!(known.contains(target), "{} -> {target}", resource.id);
            }
        }
    }
}
