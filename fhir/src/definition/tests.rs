//! The published definitions, looked up.

use super::*;

#[test]
fn every_row_of_the_tables_is_linked() {
    for ty in &table::definitions().types {
        assert!(
            ty.is_abstract || ty.elements().count() > 0,
            "{} has no element",
            ty.path
        );
        for element in ty.elements() {
            assert!(
                element.member_types().count() > 0,
                "{} has no type",
                element.path
            );
            let expected = element.types.len().max(1);
            assert_eq!(element.member_types().count(), expected, "{}", element.path);
        }
    }
}

#[test]
fn a_resource_inherits_the_elements_of_its_ancestors_in_order() {
    let names: Vec<_> = find("Patient")
        .unwrap()
        .elements()
        .map(|element| element.name)
        .take(9)
        .collect();
    let inherited = [
        "id",
        "meta",
        "implicitRules",
        "language",
        "text",
        "contained",
        "extension",
    ];
    assert_eq!(names[..7], inherited);
    assert_eq!(names[7..], ["modifierExtension", "identifier"]);
}

#[test]
fn a_backbone_element_is_a_type_of_its_own() {
    let contact = child("Patient", "contact").unwrap().member_type().unwrap();
    assert_eq!(
        (contact.path, contact.name),
        ("Patient.contact", "BackboneElement")
    );
    assert!(contact.element("modifierExtension").is_some());
    assert!(is_a("Patient.contact", "Element"));
}

#[test]
fn a_content_reference_leads_to_the_referenced_content() {
    let link = child("Bundle.entry", "link").unwrap();
    assert_eq!(link.content_reference, Some("Bundle.link"));
    assert_eq!(link.member_type().unwrap().path, "Bundle.link");
}

#[test]
fn a_choice_is_found_by_name_and_by_json_key() {
    let observation = find("Observation").unwrap();
    assert!(observation.element("value").unwrap().is_choice());
    let (element, ty) = observation.json_element("valueDateTime").unwrap();
    assert_eq!(
        (element.path, ty.name),
        ("Observation.value[x]", "dateTime")
    );
    assert!(observation.json_element("valueAddress").is_none());
    assert!(observation.json_element("value").is_none());
}

#[test]
fn facts_of_an_element_are_kept() {
    let gender = child("Patient", "gender").unwrap();
    let binding = gender.binding.unwrap();
    assert_eq!(binding.strength, Strength::Required);
    assert_eq!(
        binding.value_set,
        "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"
    );
    assert_eq!((gender.min, gender.max), (0, Some(1)));
    let practitioner = child("Patient", "generalPractitioner").unwrap();
    assert_eq!(
        practitioner.targets,
        ["Organization", "Practitioner", "PractitionerRole"]
    );
    assert!(practitioner.repeats());
    assert!(child("Patient", "active").unwrap().is_modifier);
}

#[test]
fn specialisations_are_known() {
    for (ty, ancestor) in [
        ("Age", "Quantity"),
        ("canonical", "uri"),
        ("id", "string"),
        ("Patient", "Resource"),
    ] {
        assert!(is_a(ty, ancestor), "{ty} {ancestor}");
        assert!(!is_a(ancestor, ty), "{ancestor} {ty}");
    }
    assert!(!is_a("Money", "Quantity"));
}

#[test]
fn a_redefined_element_replaces_the_inherited_one() {
    assert_eq!(child("SimpleQuantity", "comparator").unwrap().max, Some(0));
    assert_eq!(child("Quantity", "comparator").unwrap().max, Some(1));
    assert_eq!(find("SimpleQuantity").unwrap().elements().count(), 7);
}
