//! XML that is not what it should be.

use crate::helpers::{Server, answer};
use crate::write::backend;

const OPEN: &str = "<Patient xmlns=\"http://hl7.org/fhir\">";

fn patient(inside: &str) -> Vec<u8> {
    format!("{OPEN}{inside}</Patient>").into_bytes()
}

#[actix_web::test]
async fn xml_that_is_no_resource_is_refused_with_its_code() {
    let server = Server::start();
    backend(&server);
    let attributes = (0..100_000)
        .map(|at| format!(" a{at}=\"x\""))
        .collect::<Vec<_>>()
        .concat();
    let utf16: Vec<u8> = "\u{feff}<Patient xmlns=\"http://hl7.org/fhir\"/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><Patient xmlns=\"http://hl7.org/fhir\"><name><family value=\"\xe9\"/></name></Patient>".to_vec();
    for (what, body, statuses) in [
        (
            "no end",
            format!("{OPEN}<active value=\"true\"/>").into_bytes(),
            &[400][..],
        ),
        ("mixed", patient("text<active value=\"true\"/>"), &[400]),
        ("two roots", [patient(""), patient("")].concat(), &[400]),
        (
            "wrong root",
            b"<Foo xmlns=\"http://hl7.org/fhir\"/>".to_vec(),
            &[400],
        ),
        (
            "no namespace",
            b"<Patient><active value=\"true\"/></Patient>".to_vec(),
            &[400],
        ),
        (
            "undeclared prefix",
            patient("<f:active value=\"true\"/>"),
            &[400],
        ),
        ("empty value", patient("<gender value=\"\"/>"), &[400]),
        (
            "unknown attribute",
            patient("<gender value=\"male\" x=\"y\"/>"),
            &[400],
        ),
        (
            "twice",
            patient("<gender value=\"male\"/><gender value=\"male\"/>"),
            &[400, 422],
        ),
        (
            "wrong value",
            patient("<birthDate value=\"1985-13-01\"/>"),
            &[400],
        ),
        (
            "attributes",
            patient(&format!("<gender value=\"male\"{attributes}/>")),
            &[400, 413],
        ),
        ("entity", patient("<language value=\"&foo;\"/>"), &[400]),
        (
            "XInclude",
            patient(
                "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"/>",
            ),
            &[400],
        ),
        (
            "stylesheet",
            [
                b"<?xml-stylesheet href=\"http://evil\"?>".to_vec(),
                patient("<gender value=\"x y\"/>"),
            ]
            .concat(),
            &[400, 422],
        ),
        ("UTF-16", utf16, &[400, 415]),
        ("other encoding", latin, &[400, 415]),
        ("NUL", patient("<language value=\"a\0b\"/>"), &[400]),
        (
            "control",
            patient("<name><family value=\"&#1;\"/></name>"),
            &[400],
        ),
    ] {
        let request = server
            .request("POST", &format!("{}/Patient", server.base))
            .bearer_auth("backend")
            .header("Content-Type", "application/fhir+xml")
            .body(body);
        let (status, outcome) = answer(request).await;
        assert!(statuses.contains(&status), "{what}: {status} {outcome}");
        let code = outcome["issue"][0]["code"].as_str().unwrap();
        assert!(
            [
                "structure",
                "value",
                "security",
                "not-supported",
                "too-long",
                "too-costly",
                "code-invalid"
            ]
            .contains(&code),
            "{what}: {code}"
        );
    }
}
