//! A resource in one sentence, from its members as they are written: what it is about, the value, the day.

/// What is heard of a resource while it is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    /// What it is about, and how well the member says so.
    subject: Option<(usize, String)>,
    value: Option<String>,
    day: Option<String>,
}

/// Members that say what a resource is about, the best ones first.
const SUBJECTS: [&str; 10] = [
    "title",
    "name",
    "code",
    "vaccineCode",
    "medicationCodeableConcept",
    "medicationReference",
    "description",
    "type",
    "relationship",
    "scope",
];

/// Members that say when.
const DAYS: [&str; 10] = [
    "effectiveDateTime",
    "occurrenceDateTime",
    "performedDateTime",
    "performedPeriod",
    "authoredOn",
    "whenHandedOver",
    "onsetDateTime",
    "period",
    "billablePeriod",
    "date",
];

/// The longest text that is taken over.
const LONGEST: usize = 240;

impl Summary {
    /// Listens to the member `name`, written as `json` with its name before it.
    pub(crate) fn hear(&mut self, name: &str, json: &str) {
        let rank = SUBJECTS.iter().position(|subject| *subject == name);
        if let Some(rank) = rank
            && self.subject.as_ref().is_none_or(|(best, _)| rank < *best)
        {
            let subject = text_of(name, json).map(|text| (rank, text.to_owned()));
            self.subject = subject.or(self.subject.take());
        } else if name.starts_with("value") {
            self.value = value_of(name, json);
        } else if DAYS.contains(&name) && self.day.is_none() {
            self.day = day_of(name, json);
        }
    }

    /// The sentence; none when it is not known what the resource is about.
    pub(crate) fn sentence(&self) -> Option<String> {
        let (_, subject) = self.subject.as_ref()?;
        let value = self.value.as_ref().map(|value| format!(": {value}"));
        let day = self.day.as_ref().map(|day| format!(", {day}"));
        Some(format!(
            "{subject}{}{}.",
            value.unwrap_or_default(),
            day.unwrap_or_default()
        ))
    }
}

/// The string after `"name":`, unless it is long or has characters that JSON escapes.
fn string<'j>(name: &str, json: &'j str) -> Option<&'j str> {
    let start = json.find(&format!("\"{name}\":\""))? + name.len() + 4;
    let text = json[start..].split('"').next()?;
    (text.len() <= LONGEST && !text.contains('\\')).then_some(text)
}

/// The words of a string, a concept, a coding, a reference or a name.
fn text_of<'j>(name: &str, json: &'j str) -> Option<&'j str> {
    string(name, json)
        .or_else(|| string("text", json))
        .or_else(|| string("display", json))
}

fn value_of(name: &str, json: &str) -> Option<String> {
    if name != "valueQuantity" {
        return text_of(name, json).map(str::to_owned);
    }
    let number = json.split("\"value\":").nth(1)?;
    let number = number.split([',', '}']).next()?;
    let unit = string("unit", json).unwrap_or("");
    Some(format!("{number} {unit}").trim_end().to_owned())
}

fn day_of(name: &str, json: &str) -> Option<String> {
    let moment = string(name, json).or_else(|| string("start", json))?;
    Some(moment.chars().take(10).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(members: &[(&str, &str)]) -> Option<String> {
        let mut summary = Summary::default();
        for (name, json) in members {
            summary.hear(name, &format!(",\"{name}\":{json}"));
        }
        summary.sentence()
    }

    #[test]
    fn a_result_is_told_with_value_and_day() {
        let members = [
            (
                "code",
                r#"{"coding":[{"display":"Body weight Measured"}],"text":"Body weight"}"#,
            ),
            ("effectiveDateTime", r#""2025-03-01T09:00:00-06:00""#),
            ("valueQuantity", r#"{"value":70.1,"unit":"kg"}"#),
        ];
        assert_eq!(
            sentence(&members).unwrap(),
            "Body weight: 70.1 kg, 2025-03-01."
        );
    }

    #[test]
    fn the_best_member_names_the_subject() {
        let members = [
            ("type", r#"[{"text":"Clinic"}]"#),
            ("name", r#""Cedar Ridge""#),
            ("description", r#""A place""#),
        ];
        assert_eq!(sentence(&members).unwrap(), "Cedar Ridge.");
        assert_eq!(sentence(&[("name", r#""with \"quotes\"""#)]), None);
        assert_eq!(sentence(&[("status", r#""final""#)]), None);
    }
}
