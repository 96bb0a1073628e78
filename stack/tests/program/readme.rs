//! The tour in the README, line by line in a real shell.

use std::process::Command;

use crate::helpers::Running;

fn tour() -> String {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let (_, after) = readme.split_once("<!-- tour -->").unwrap();
    let (tour, _) = after.split_once("<!-- end of tour -->").unwrap();
    tour.split("```sh\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .collect()
}

#[test]
fn the_tour_works_when_it_is_pasted() {
    let running = Running::up();
    let script = tour()
        .replace("http://localhost:8080/api/fhir", &running.fhir())
        .replace("http://localhost:8081", &running.authz());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    for word in [
        "Daniel",
        "HTTP/1.1 401",
        "HTTP/1.1 404",
        "\"active\":true",
        "\"active\":false",
    ] {
        assert!(
            said.contains(word),
            "{word} is missing: {said}\n{complained}"
        );
    }
    for category in [
        "Condition",
        "AllergyIntolerance",
        "MedicationRequest",
        "Immunization",
        "Coverage",
        "ImagingStudy",
    ] {
        assert!(said.contains(category), "{category} is missing: {said}");
    }
}
