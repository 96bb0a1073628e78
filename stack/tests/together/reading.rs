//! What a token must and must not read, told from the text of its scope alone: an oracle that shares
//! nothing with the servers.

use serde_json::Value;

/// A token as whoever presents it knows it.
pub struct Held<'a> {
    /// The scope it was last seen to have.
    pub scope: &'a str,
    /// The patient in context; none for a service.
    pub patient: Option<&'a str>,
    /// Whether laboratory results were agreed to.
    pub laboratory: bool,
}

impl Held<'_> {
    /// Whether some scope has this letter for this type.
    fn may(&self, letter: char, kind: &str) -> bool {
        self.scope.split(' ').any(|scope| {
            let plain = scope.split('?').next().unwrap_or_default();
            let (target, letters) = plain.rsplit_once('.').unwrap_or_default();
            let letters = match letters {
                "read" => "rs",
                other => other,
            };
            let of_kind = target
                .rsplit_once('/')
                .is_some_and(|(_, name)| name == "*" || name == kind);
            of_kind && letters.contains(letter)
        })
    }

    /// The status of reading a patient.
    pub fn patient_status(&self, patient: &str) -> u16 {
        match self.patient {
            _ if !self.may('r', "Patient") => 403,
            Some(own) if own != patient => 404,
            _ => 200,
        }
    }

    /// Checks the answer to a search for the observations of a patient.
    pub fn check_observations(&self, patient: &str, status: u16, body: &Value) {
        if !self.may('s', "Observation") {
            assert_eq!(status, 403, "{} {body}", self.scope);
            return;
        }
        assert_eq!(status, 200, "{} {body}", self.scope);
        let own = self.patient.is_none_or(|own| own == patient);
        let entries = body["entry"].as_array().cloned().unwrap_or_default();
        let found: Vec<&Value> = entries
            .iter()
            .map(|entry| &entry["resource"])
            .filter(|resource| resource["resourceType"] == "Observation")
            .collect();
        assert_eq!(!found.is_empty(), own, "{} {patient} {body}", self.scope);
        for observation in found {
            let subject = format!("Patient/{patient}");
            assert_eq!(observation["subject"]["reference"], subject);
            assert!(
                self.laboratory || !is_laboratory(observation),
                "{}",
                self.scope
            );
        }
    }
}

/// Whether a result belongs to the laboratory and to nothing else.
fn is_laboratory(observation: &Value) -> bool {
    let codes = observation["category"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|category| category["coding"].as_array().into_iter().flatten())
        .filter_map(|coding| coding["code"].as_str());
    let codes: Vec<&str> = codes.collect();
    !codes.is_empty() && codes.iter().all(|code| *code == "laboratory")
}
