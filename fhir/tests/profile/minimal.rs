//! The smallest resource that conforms to a profile, made from the tables alone.

use fhir::definition::{self, Binding, Element, Kind, Strength, Type};
use fhir::profile::{ElementRule, Expected, Member, Profile, Test};
use fhir::terminology;
use fhir::us_core::UsCore;
use serde_json::{Map, Value, json};

/// A resource, and the places in it that a profile gives a value.
pub struct Minimal {
    pub resource: Value,
    /// JSON pointers to values that must be as they are.
    pub fixed: Vec<String>,
    /// JSON pointers to lists of which the profile allows one item only.
    pub single: Vec<String>,
}

struct Maker {
    release: UsCore,
    fixed: Vec<String>,
    single: Vec<String>,
}

/// An element in the making: the rules that hold for it, and the members that tell its slice.
struct Wanted<'r> {
    rules: Vec<&'r ElementRule>,
    marks: Vec<&'r [&'static str]>,
    /// The binding that R4 has for the element.
    binding: Option<Binding>,
}

/// What constraints ask for beyond single elements: where the type has this member and the
/// resource has none of these, it gets the last. Not every profile has the constraint.
pub const MADE_UP: &[(&str, &[&str], &str, &str)] = &[
    (
        "Observation",
        &["value", "dataAbsentReason", "component", "hasMember"],
        "dataAbsentReason",
        r#"{"text":"a"}"#,
    ),
    (
        "Observation.component",
        &["value", "dataAbsentReason"],
        "dataAbsentReason",
        r#"{"text":"a"}"#,
    ),
    (
        "AllergyIntolerance",
        &["clinicalStatus"],
        "clinicalStatus",
        r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]}"#,
    ),
    ("HumanName", &["family"], "family", r#""a""#),
    ("Attachment", &["url", "data"], "url", r#""http://a""#),
    (
        "PractitionerRole",
        &["practitioner"],
        "practitioner",
        r#"{"reference":"Practitioner/1"}"#,
    ),
    (
        "PractitionerRole",
        &["telecom", "endpoint"],
        "endpoint",
        r#"[{"reference":"Endpoint/1"}]"#,
    ),
    (
        "RelatedPerson",
        &["name", "relationship"],
        "relationship",
        r#"[{"text":"a"}]"#,
    ),
    ("Coverage", &["subscriberId"], "subscriberId", r#""a""#),
];

pub fn minimal(profile: &'static Profile) -> Minimal {
    let mut maker = Maker {
        release: profile.release,
        fixed: Vec::new(),
        single: Vec::new(),
    };
    let wanted = Wanted {
        rules: vec![&profile.rules],
        marks: Vec::new(),
        binding: None,
    };
    let mut resource = maker.make(&wanted, profile.ty, "");
    if profile.ty.kind == Kind::Resource {
        resource["resourceType"] = json!(profile.ty.name);
    }
    Minimal {
        resource,
        fixed: maker.fixed,
        single: maker.single,
    }
}

impl Maker {
    fn make(&mut self, wanted: &Wanted<'_>, ty: &'static Type, at: &str) -> Value {
        let given = wanted.rules.iter().find_map(|rule| rule.value.as_ref());
        let mut value = match given.map(Expected::value) {
            Some(value) => {
                self.leaves(value, at);
                value.clone()
            }
            None => self.coded(wanted, ty).unwrap_or_else(|| json!({})),
        };
        if ty.kind == Kind::Primitive {
            return if given.is_some() || value.is_string() {
                value
            } else {
                sample(ty.name, wanted.binding)
            };
        }
        let Value::Object(members) = &mut value else {
            return value;
        };
        self.fill(wanted, ty, members, at);
        make_up(ty, members);
        if members.is_empty() {
            *members = something(ty);
        }
        value
    }

    fn leaves(&mut self, value: &Value, at: &str) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(name, value)| self.leaves(value, &format!("{at}/{name}"))),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, value)| self.leaves(value, &format!("{at}/{index}"))),
            _ => self.fixed.push(at.to_owned()),
        }
    }

    /// A code of the value set that must be drawn from.
    fn coded(&self, wanted: &Wanted<'_>, ty: &Type) -> Option<Value> {
        let bindings = wanted.rules.iter().filter_map(|rule| rule.binding);
        let binding = bindings
            .chain(wanted.binding)
            .find(|binding| binding.strength == Strength::Required)?;
        let set = terminology::value_set(binding.value_set, self.release)?;
        let (system, code) = set.members().next()?;
        let coding = json!({"system": system, "code": code});
        match ty.name {
            "code" | "string" | "uri" => Some(json!(code)),
            "Coding" => Some(coding),
            "CodeableConcept" => Some(json!({"coding": [coding]})),
            _ => None,
        }
    }

    fn fill(
        &mut self,
        wanted: &Wanted<'_>,
        ty: &'static Type,
        members: &mut Map<String, Value>,
        at: &str,
    ) {
        let elements: Vec<_> = ty.elements().collect();
        for element in elements {
            let rules: Vec<&Member> = wanted
                .rules
                .iter()
                .flat_map(|rule| &rule.members)
                .filter(|member| member.element.name == element.name)
                .collect();
            let marks: Vec<_> = wanted
                .marks
                .iter()
                .filter(|path| path.first() == Some(&element.name))
                .map(|path| &path[1..])
                .collect();
            let min = rules
                .iter()
                .map(|member| member.element.min)
                .max()
                .unwrap_or(0)
                .max(element.min);
            let has_slices = rules
                .iter()
                .any(|member| member.slices.iter().any(|slice| slice.min > 0));
            let is_there = members.keys().any(|key| {
                definition::child(ty.path, key).is_some_and(|own| std::ptr::eq(own, element))
            });
            if is_there || (min == 0 && !has_slices && marks.is_empty()) {
                continue;
            }
            self.element(element, &rules, &marks, min, members, at);
        }
    }

    fn element(
        &mut self,
        element: &'static Element,
        rules: &[&Member],
        marks: &[&[&'static str]],
        min: u32,
        members: &mut Map<String, Value>,
        at: &str,
    ) {
        let whole: Vec<_> = rules.iter().map(|member| &member.element).collect();
        let slices = rules
            .iter()
            .flat_map(|member| &member.slices)
            .filter(|slice| slice.min > 0);
        let mut wanted: Vec<Wanted<'_>> = slices
            .map(|slice| Wanted {
                rules: whole.iter().copied().chain([slice]).collect(),
                marks: slice
                    .marks
                    .iter()
                    .filter(|mark| mark.test != Test::Unstated)
                    .map(|mark| mark.path.as_slice())
                    .collect(),
                binding: element.binding,
            })
            .collect();
        let count = if element.repeats() { min.max(1) } else { 1 };
        while wanted.len() < usize::try_from(count).unwrap() {
            wanted.push(Wanted {
                rules: whole.clone(),
                marks: marks.to_vec(),
                binding: element.binding,
            });
        }
        let mut values = Vec::new();
        let mut key = element.name.to_owned();
        for (index, wanted) in wanted.iter().enumerate() {
            let ty = chosen_type(element, wanted);
            if element.is_choice() {
                key = format!(
                    "{}{}{}",
                    element.name,
                    ty.name[..1].to_uppercase(),
                    &ty.name[1..]
                );
            }
            let below = if element.repeats() {
                format!("{at}/{key}/{index}")
            } else {
                format!("{at}/{key}")
            };
            let mut value = self.make(wanted, ty, &below);
            if ty.name == "Reference" {
                value["reference"] = json!(format!("{}/1", target(element, wanted)));
            }
            values.push(value);
        }
        if element.repeats() {
            if whole.iter().any(|rule| rule.max == Some(1)) {
                self.single.push(format!("{at}/{key}"));
            }
            members.insert(key, Value::Array(values));
        } else if let Some(value) = values.pop() {
            members.insert(key, value);
        }
    }
}

fn chosen_type(element: &'static Element, wanted: &Wanted<'_>) -> &'static Type {
    let stated = wanted
        .rules
        .iter()
        .rev()
        .find(|rule| !rule.types.is_empty());
    let name = stated.map(|rule| rule.types[0]);
    match (element.member_type(), name) {
        (Some(ty), _) if !element.is_choice() => ty,
        (_, Some(name)) => definition::find(name).unwrap(),
        _ => element.member_types().next().unwrap(),
    }
}

fn target(element: &Element, wanted: &Wanted<'_>) -> &'static str {
    let stated = wanted
        .rules
        .iter()
        .rev()
        .find(|rule| !rule.targets.is_empty());
    let targets = stated.map_or(element.targets, |rule| &rule.targets);
    // A Practitioner must act on behalf of somebody where it is an agent (provenance-1).
    let preferred = targets
        .iter()
        .find(|name| **name == "Patient")
        .or(targets.first());
    preferred.map_or("Patient", |name| {
        if *name == "Resource" { "Patient" } else { name }
    })
}

fn make_up(ty: &Type, members: &mut Map<String, Value>) {
    for (path, any_of, name, value) in MADE_UP {
        let has = |name: &&str| members.keys().any(|key| key.starts_with(*name));
        if *path == ty.path && !any_of.iter().any(has) {
            members.insert((*name).to_owned(), value.parse().unwrap());
        }
    }
}

/// The content of an element of which nothing is asked.
fn something(ty: &Type) -> Map<String, Value> {
    let value = match ty.name {
        "CodeableConcept" | "HumanName" | "Address" | "Dosage" | "Annotation" => {
            json!({"text": "a"})
        }
        "Coding" => json!({"display": "a"}),
        "Reference" => json!({"reference": "Patient/1"}),
        "Identifier" | "ContactPoint" => json!({"value": "a"}),
        "Quantity" | "Age" | "Duration" => json!({"value": 1}),
        "Period" => json!({"start": "2020-01-01"}),
        "Attachment" => json!({"title": "a"}),
        "Extension" => json!({"url": "http://a", "valueString": "a"}),
        "Meta" => json!({"source": "http://a"}),
        _ => json!({}),
    };
    value.as_object().unwrap().clone()
}

fn sample(ty: &str, binding: Option<Binding>) -> Value {
    match ty {
        "code" if binding.is_some_and(|binding| binding.value_set.contains("mimetypes")) => {
            json!("text/plain")
        }
        "xhtml" => json!("<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"),
        "boolean" => json!(true),
        "decimal" | "integer" | "positiveInt" | "unsignedInt" => json!(1),
        "date" => json!("2020-01-01"),
        "dateTime" | "instant" => json!("2020-01-01T00:00:00Z"),
        "time" => json!("00:00:00"),
        "base64Binary" => json!("AAAA"),
        "uri" | "url" | "canonical" => json!("http://a"),
        _ => json!("a"),
    }
}
