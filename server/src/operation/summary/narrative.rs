//! A section as JSON, with its narrative.

use serde_json::{Value, json};

use super::section::Section;

/// Where codes of documents and sections come from.
pub(super) const LOINC: &str = "http://loinc.org";

/// A section of a Composition that shows these resources.
pub(super) fn rendered(section: &Section, shown: &[&Value]) -> Value {
    let lines: Vec<String> = shown.iter().map(|resource| line(resource)).collect();
    let mut rendered = json!({
        "title": section.title,
        "code": { "coding": [{ "system": LOINC, "code": section.loinc }] },
    });
    if shown.is_empty() {
        rendered["text"] =
            div("There is nothing about this in the record, as far as it is shared.");
        rendered["emptyReason"] = json!({ "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason",
            "code": "unavailable",
        }] });
        return rendered;
    }
    rendered["text"] = list(&lines);
    rendered["entry"] = shown
        .iter()
        .map(|resource| {
            let part = |member: &str| resource[member].as_str().unwrap_or_default();
            json!({ "reference": format!("{}/{}", part("resourceType"), part("id")) })
        })
        .collect();
    rendered
}

/// What a resource is about, in a few words.
fn line(resource: &Value) -> String {
    let concepts = [
        "code",
        "medicationCodeableConcept",
        "vaccineCode",
        "type",
        "description",
    ];
    let concept = concepts
        .iter()
        .map(|member| &resource[*member])
        .find(|concept| concept.is_object());
    let named = concept.and_then(|concept| {
        let coded = concept["coding"].as_array().and_then(|all| all.first());
        concept["text"]
            .as_str()
            .or_else(|| coded.and_then(|coding| coding["display"].as_str()))
    });
    let title = resource["title"].as_str();
    let reference = resource["medicationReference"]["display"].as_str();
    named
        .or(title)
        .or(reference)
        .unwrap_or("(without a name)")
        .to_owned()
}

/// The first name of a patient, for people.
pub(super) fn name(patient: &Value) -> String {
    let name = &patient["name"][0];
    let given = name["given"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let words: Vec<&str> = given.chain(name["family"].as_str()).collect();
    if words.is_empty() {
        return "a patient".into();
    }
    words.join(" ")
}

/// A paragraph.
pub(super) fn div(text: &str) -> Value {
    narrative(&format!("<p>{}</p>", escaped(text)))
}

fn list(lines: &[String]) -> Value {
    let items: String = lines.iter().fold(String::new(), |items, line| {
        items + "<li>" + &escaped(line) + "</li>"
    });
    narrative(&format!("<ul>{items}</ul>"))
}

fn narrative(inside: &str) -> Value {
    json!({
        "status": "generated",
        "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inside}</div>"),
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::section::SECTIONS;
    use super::*;

    #[test]
    fn foreign_text_is_escaped_in_the_narrative() {
        let resource =
            json!({ "resourceType": "Condition", "id": "a", "code": { "text": "<b>&x" } });
        let section = rendered(&SECTIONS[0], &[&resource]);
        let text = section["text"]["div"].as_str().unwrap();
        assert!(text.contains("&lt;b&gt;&amp;x"), "{text}");
    }
}
