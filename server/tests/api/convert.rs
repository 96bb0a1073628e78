//! `$convert`: a resource in another format.

use serde_json::json;

use crate::helpers::{Server, answer};

const XML: &str = r#"<Observation xmlns="http://hl7.org/fhir"><status value="final"/><code><text value="x"/></code><valueQuantity><value value="1.50"/></valueQuantity></Observation>"#;

#[actix_web::test]
async fn a_resource_is_converted_both_ways_with_its_decimals() {
    let server = Server::start();
    let resource =
        json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" },
        "valueQuantity": { "value": 1.5 } })
        .to_string()
        .replace("1.5", "1.50");
    let call = |content_type: &str, accept: &str, body: String| {
        server
            .request("POST", &format!("{}/$convert", server.base))
            .bearer_auth("all-a")
            .header("Content-Type", content_type)
            .header("Accept", accept)
            .body(body)
    };
    let (json, xml) = ("application/fhir+json", "application/fhir+xml");
    for (sent, body) in [(json, resource.as_str()), (xml, XML)] {
        let response = call(sent, xml, body.to_owned()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        assert!(text.ends_with(XML), "{text}");
        let response = call(sent, json, body.to_owned()).send().await.unwrap();
        assert_eq!(response.text().await.unwrap(), resource);
    }
    let inside = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "input", "resource": { "resourceType": "Basic", "code": { "text": "y" } } }] });
    let (_, basic) = answer(server.post("$convert", "all-a", &inside)).await;
    assert_eq!(basic["resourceType"], "Basic");
    let parameters = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "other", "valueString": "z" }] });
    let (status, same) = answer(server.post("$convert", "all-a", &parameters)).await;
    assert_eq!(
        (status, same),
        (200, parameters),
        "a Parameters is a resource too"
    );
}

#[actix_web::test]
async fn what_is_no_resource_is_not_converted() {
    let server = Server::start();
    for body in [
        "{}",
        "[]",
        "<x/>",
        r#"{"resourceType":"Observation","status":7}"#,
    ] {
        let call = server
            .request("POST", &format!("{}/$convert", server.base))
            .bearer_auth("all-a")
            .header("Content-Type", "application/fhir+json")
            .body(body);
        let (status, outcome) = answer(call).await;
        assert!([400, 422].contains(&status), "{body} {status}");
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{body}");
    }
    assert_eq!(server.json("$convert", "all-a").await.0, 405);
    assert_eq!(
        answer(server.post("$convert", "none", &json!({}))).await.0,
        401
    );
}
