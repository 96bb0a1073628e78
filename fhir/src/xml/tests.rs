//! XML both ways.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::definition::{self, Kind, Type};

fn there_and_back(json: &Value) -> Value {
    for layout in [Layout::Compact, Layout::Indented] {
        let text = write(json, layout).unwrap();
        let back = read(text.as_bytes()).unwrap_or_else(|fault| panic!("{fault:?}\n{text}"));
        assert_eq!(&back, json, "{text}");
    }
    read(write(json, Layout::Compact).unwrap().as_bytes()).unwrap()
}

fn patient(inside: &str) -> String {
    format!("<Patient xmlns=\"http://hl7.org/fhir\">{inside}</Patient>")
}

fn breach(text: &str) -> Breach {
    read(text.as_bytes()).unwrap_err().breach
}

#[test]
fn everything_that_json_can_say_survives() {
    there_and_back(&json!({
        "resourceType": "Patient",
        "id": "a",
        "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">a &amp; <b>b</b><br/>\n  c</div>" },
        "contained": [{ "resourceType": "Organization", "id": "o", "name": "O" }],
        "extension": [{ "url": "http://x/e", "valueDecimal": 1 }],
        "active": false,
        "name": [
            { "id": "n", "given": ["A", null, "C\n\"<&>'\t\r"], "_given": [null, { "extension": [{ "url": "u", "valueCode": "x" }] }, null] },
            { "family": " spaces  kept " }
        ],
        "birthDate": "1980",
        "_birthDate": { "id": "i", "extension": [{ "url": "http://x/t", "valueDateTime": "1980-01-01T00:00:00Z" }] },
        "_gender": { "extension": [{ "url": "http://x/n", "valueCode": "unknown" }] }
    }));
}

#[test]
fn decimals_keep_their_text() {
    for text in [
        "1.00",
        "0.1",
        "-0.0",
        "1e-7",
        "1e+2",
        "100000000000000000000.000000000000000001",
    ] {
        let json: Value = serde_json::from_str(&format!(
            r#"{{"resourceType":"Observation","valueQuantity":{{"value":{text}}}}}"#
        ))
        .unwrap();
        let back = there_and_back(&json);
        assert_eq!(back["valueQuantity"]["value"].to_string(), text);
    }
}

#[test]
fn a_number_stays_as_xml_has_it_and_what_is_none_stays_text() {
    for (text, want) in [
        ("1E+2", "1E+2"),
        ("1.", "\"1.\""),
        ("+1", "\"+1\""),
        ("x", "\"x\""),
    ] {
        let xml = format!(
            "<Observation xmlns=\"http://hl7.org/fhir\"><valueQuantity><value value=\"{text}\"/></valueQuantity></Observation>"
        );
        let json = read(xml.as_bytes()).unwrap();
        assert_eq!(json["valueQuantity"]["value"].to_string(), want);
    }
}

#[test]
fn elements_are_written_in_the_order_of_their_definitions() {
    let json = json!({ "gender": "male", "active": true, "resourceType": "Patient", "id": "a" });
    assert_eq!(
        write(&json, Layout::Compact).unwrap(),
        patient("<id value=\"a\"/><active value=\"true\"/><gender value=\"male\"/>")
    );
}

#[test]
fn names_that_only_html_knows_become_numbers() {
    let json = json!({ "resourceType": "Patient", "text": { "status": "empty",
        "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">&nbsp;</div>" } });
    assert!(
        write(&json, Layout::Compact)
            .unwrap()
            .contains(">&#160;</div>")
    );
}

#[test]
fn prefixes_comments_and_space_do_not_matter() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a --><f:Patient xmlns:f=\"http://hl7.org/fhir\" xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\">\n <!-- b --> <f:text><f:status value=\"empty\"/><div>x</div></f:text><f:active value='true'/></f:Patient>\n";
    let want = json!({ "resourceType": "Patient",
        "text": { "status": "empty", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>" },
        "active": true });
    assert_eq!(read(text.as_bytes()).unwrap(), want);
}

#[test]
fn what_is_not_the_xml_of_a_resource_is_refused() {
    for text in [
        "",
        "x",
        "<Patient/>",
        "<Patient xmlns=\"http://hl7.org/fhir2\"/>",
        "<Foo xmlns=\"http://hl7.org/fhir\"/>",
        "<Element xmlns=\"http://hl7.org/fhir\"/>",
        "<DomainResource xmlns=\"http://hl7.org/fhir\"/>",
        &patient("<active value=\"true\""),
        &patient("<active value=\"true\">"),
        &patient("<active value=\"true\"></activ>"),
        &patient("<active value=\"\"/>"),
        &patient("<active/>"),
        &patient("<active value=\"true\"/><active value=\"true\"/>"),
        &patient("<active value=\"true\" value=\"true\"/>"),
        &patient("<active value=\"true\" foo=\"true\"/>"),
        &patient("<gendre value=\"male\"/>"),
        &patient("<name foo=\"x\"><family value=\"x\"/></name>"),
        &patient("words<active value=\"true\"/>"),
        &patient("<![CDATA[words]]>"),
        &patient("<text><status value=\"empty\"/><div>x</div></text>"),
        &patient("<active xmlns=\"http://www.w3.org/1999/xhtml\" value=\"true\"/>"),
        &patient("<contained><Patient/><Patient/></contained>"),
        &patient("<contained/>"),
        &patient("<x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/>"),
        &patient("<gender value=\"&undefined;\"/>"),
        &format!("{}{}", patient(""), patient("")),
    ] {
        assert_eq!(breach(text), Breach::Structure, "{text}");
    }
}

#[test]
fn nothing_can_make_the_reader_fetch_or_grow() {
    for text in [
        format!(
            "<!DOCTYPE Patient [<!ENTITY a \"b\">]>{}",
            patient("<gender value=\"&a;\"/>")
        ),
        format!(
            "<!DOCTYPE Patient SYSTEM \"http://localhost/x.dtd\">{}",
            patient("")
        ),
        format!(
            "<?xml-stylesheet href=\"http://localhost/x.xsl\"?>{}",
            patient("")
        ),
        patient("&a;"),
    ] {
        assert_eq!(breach(&text), Breach::Security, "{text}");
    }
}

#[test]
fn other_encodings_are_refused() {
    let utf16: Vec<u8> = patient("")
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(read(&utf16).unwrap_err().breach, Breach::Structure);
    assert_eq!(read(b"\xff\xfe<\0").unwrap_err().breach, Breach::Encoding);
    for declaration in [
        "version=\"1.0\" encoding=\"UTF-7\"",
        "version=\"1.1\"",
        "version=\"1.0\" encoding=\"iso-8859-1\"",
    ] {
        let text = format!("<?xml {declaration}?>{}", patient(""));
        assert_eq!(breach(&text), Breach::Encoding, "{text}");
    }
}

#[test]
fn depth_and_attributes_are_bounded() {
    let deep = format!(
        "{}{}",
        "<extension url=\"x\">".repeat(100_000),
        "</extension>".repeat(100_000)
    );
    assert_eq!(breach(&patient(&deep)), Breach::Cost);
    let wide = " a=\"x\"".repeat(1_000_000);
    assert_eq!(
        breach(&patient(&format!("<active{wide}/>"))),
        Breach::Structure
    );
}

#[test]
fn a_fault_names_its_place() {
    let fault = read(patient("<name><famly value=\"x\"/></name>").as_bytes()).unwrap_err();
    assert_eq!(fault.path, "Patient.name.famly");
    let fault = write(
        &json!({ "resourceType": "Patient", "name": [{ "famly": "x" }] }),
        Layout::Compact,
    )
    .unwrap_err();
    assert_eq!(fault.path, "Patient.name");
}

/// A value of a type with every element that fits into `depth` levels.
fn full(ty: &Type, depth: usize, extended: bool) -> Value {
    let mut members = Map::new();
    for element in ty.elements() {
        for member in element.member_types() {
            let key = if element.is_choice() {
                let (first, rest) = member.name.split_at(1);
                format!("{}{}{rest}", element.name, first.to_uppercase())
            } else {
                element.name.to_owned()
            };
            if element.path.ends_with("extension") && !extended {
                continue;
            }
            let value = match member.kind {
                Kind::Primitive => primitive(member),
                Kind::Resource => json!({ "resourceType": "Basic", "id": "b" }),
                _ if depth == 0 => continue,
                _ => full(member, depth - 1, extended),
            };
            let is_plain =
                member.kind == Kind::Primitive && !is_attribute(element) && member.name != "xhtml";
            let beside =
                json!({ "id": "i", "extension": [{ "url": "u", "valueString": "\u{e9}" }] });
            if element.repeats() {
                members.insert(key.clone(), json!([value, value]));
                if is_plain {
                    members.insert(format!("_{key}"), json!([null, beside]));
                }
            } else {
                members.insert(key.clone(), value);
                if is_plain {
                    members.insert(format!("_{key}"), beside);
                }
            }
        }
    }
    Value::Object(members)
}

fn primitive(ty: &Type) -> Value {
    match ty.name {
        "boolean" => json!(true),
        "integer" | "positiveInt" | "unsignedInt" => json!(7),
        "decimal" => serde_json::from_str("7.50").unwrap(),
        "xhtml" => json!("<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"),
        _ => json!("text & more"),
    }
}

#[test]
fn every_element_of_every_resource_type_survives() {
    let mut elements = 0;
    for ty in definition::all().filter(|ty| ty.kind == Kind::Resource && !ty.is_abstract) {
        let Value::Object(members) = full(ty, 2, false) else {
            unreachable!()
        };
        elements += members.len();
        let mut resource = Map::new();
        resource.insert("resourceType".into(), json!(ty.path));
        resource.extend(members);
        there_and_back(&Value::Object(resource));
    }
    assert!(elements > 2000, "{elements}");
}

#[test]
fn an_extension_may_have_a_value_of_every_type() {
    let extension = definition::find("Extension").unwrap();
    let Value::Object(all) = full(extension, 1, false) else {
        unreachable!()
    };
    for (key, value) in all.iter().filter(|(key, _)| key.starts_with("value")) {
        there_and_back(
            &json!({ "resourceType": "Basic", "extension": [{ "url": "u", key: value }] }),
        );
    }
}

proptest! {
    #[test]
    fn any_text_in_any_string_survives(text in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{1,60}") {
        there_and_back(&json!({ "resourceType": "Patient", "name": [{ "family": text }] }));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(<|>|/|\"|=|!|&|;|\\?|Patient|name| xmlns=\"http://hl7.org/fhir\"|value|div|.){0,40}") {
        let _ = read(text.as_bytes());
        let _ = read(patient(&text).as_bytes());
    }

    #[test]
    fn damaged_xml_never_panics(at in 0usize..400, byte in 0u8..=255) {
        let mut text = patient("<id value=\"a\"/><text><status value=\"empty\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">x</div></text><name id=\"n\"><given value=\"A\"><extension url=\"u\"><valueCode value=\"x\"/></extension></given></name>").into_bytes();
        let length = text.len();
        text[at % length] = byte;
        let _ = read(&text);
    }
}
