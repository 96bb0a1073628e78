//! The demonstration users of the authorization server stand for people of the population.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod corpus;

use corpus::{named, subject, text};
use seed_data::persons;
use serde_json::Value;

fn users() -> Vec<Value> {
    let text = include_str!("../../authz/demo/users.json");
    let file: Value = serde_json::from_str(text).unwrap();
    file["users"].as_array().unwrap().clone()
}

fn name_of(resource: &Value) -> String {
    let name = &resource["name"][0];
    let given = name["given"].as_array().unwrap();
    let given: Vec<&str> = given.iter().filter_map(Value::as_str).collect();
    format!("{} {}", given.join(" "), name["family"].as_str().unwrap())
}

/// Whether all words of a short name are in the whole one, a title aside.
fn fits(short: &str, whole: &str) -> bool {
    short
        .split(' ')
        .filter(|word| !word.ends_with('.'))
        .all(|word| whole.split(' ').any(|other| other == word))
}

#[test]
fn users_and_their_patients_are_in_the_population() {
    let people = named();
    for user in users() {
        let link = text(&user, "/fhirUser");
        let own = people.get(link).unwrap_or_else(|| panic!("no {link}"));
        assert!(fits(text(&user, "/name"), &name_of(own)), "{user}");
        for choice in user["patients"].as_array().unwrap() {
            let patient = &people[&format!("Patient/{}", text(choice, "/id"))];
            let name = text(choice, "/name");
            assert!(fits(name, &name_of(patient)), "{name}");
        }
    }
}

#[test]
fn encounters_and_relatives_of_a_choice_belong_to_its_patient() {
    for user in users() {
        for choice in user["patients"].as_array().unwrap() {
            let patient = format!("Patient/{}", text(choice, "/id"));
            let encounter = text(choice, "/encounter");
            let relative = text(choice, "/fhirUser");
            if !encounter.is_empty() {
                let encounter = &named()[&format!("Encounter/{encounter}")];
                assert_eq!(subject(encounter), patient);
            }
            if !relative.is_empty() {
                assert_eq!(subject(&named()[relative]), patient, "{relative}");
            }
        }
    }
}

#[test]
fn portal_users_may_choose_the_patients_of_the_population() {
    let persons = persons();
    for user in users()
        .iter()
        .filter(|user| text(user, "/role") == "patient")
    {
        let person = persons
            .iter()
            .find(|person| person.username == text(user, "/username"))
            .unwrap();
        assert_eq!(person.fhir_user, text(user, "/fhirUser"));
        let theirs: Vec<&str> = person
            .patients
            .iter()
            .map(|choice| choice.patient.as_str())
            .collect();
        let listed = user["patients"].as_array().unwrap();
        let listed: Vec<&str> = listed.iter().map(|choice| text(choice, "/id")).collect();
        assert_eq!(listed, theirs, "{}", person.username);
    }
}
