//! Reading one resource.

use crate::helpers::{Server, answer};

#[actix_web::test]
async fn a_read_carries_the_stored_bytes_and_their_version() {
    let server = Server::start();
    let response = server
        .get("Observation/a-o0", "all-a")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let headers = response.headers().clone();
    assert_eq!(
        headers["content-type"],
        "application/fhir+json; charset=utf-8"
    );
    assert_eq!(headers["etag"], "W/\"1\"");
    assert!(headers["last-modified"].to_str().unwrap().ends_with("GMT"));
    assert!(
        headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("private")
    );
    assert!(headers.contains_key("x-request-id"));
    let body = response.text().await.unwrap();
    let stored = crate::helpers::world()
        .into_iter()
        .find(|source| source.id == "a-o0")
        .unwrap();
    assert_eq!(body, stored.json);
}

#[actix_web::test]
async fn a_version_the_caller_has_is_304() {
    let server = Server::start();
    for (header, value, want) in [
        ("If-None-Match", "W/\"1\"", 304),
        ("If-None-Match", "\"1\"", 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", "W/\"2\"", 200),
        ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 200),
        ("If-Modified-Since", "yesterday", 200),
    ] {
        let response = server
            .get("Patient/a", "all-a")
            .header(header, value)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), want, "{header}: {value}");
    }
}

#[actix_web::test]
async fn head_answers_like_get_without_a_body() {
    let server = Server::start();
    let url = format!("{}/Patient/a", server.base);
    let response = server
        .request("HEAD", &url)
        .bearer_auth("all-a")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["etag"], "W/\"1\"");
    assert_eq!(response.text().await.unwrap(), "");
}

#[actix_web::test]
async fn paths_that_name_nothing_are_404_with_an_outcome() {
    let server = Server::start();
    for (path, code) in [
        ("Patient/_", "not-found"),
        ("Patient/%00", "not-found"),
        ("Patient/%2e%2e%2f", "not-found"),
        ("Foo/1", "not-supported"),
        ("patient/a", "not-supported"),
        ("MedicationOrder/1", "not-supported"),
        ("Patient/a/b/c", "not-found"),
    ] {
        let (status, body) = server.json(path, "all-a").await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(body["issue"][0]["code"], code, "{path}");
    }
    let long = format!("Patient/{}", "x".repeat(65));
    assert_eq!(server.json(&long, "all-a").await.0, 404);
}

#[actix_web::test]
async fn methods_that_are_not_offered_are_405_with_allow() {
    let server = Server::start();
    for method in ["POST", "TRACE"] {
        let url = format!("{}/Patient/a", server.base);
        let response = server
            .request(method, &url)
            .bearer_auth("all-a")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(response.headers()["allow"], "GET, HEAD, PUT, PATCH, DELETE");
        let anonymous = server.request(method, &url);
        assert_eq!(answer(anonymous).await.0, 401, "{method}");
    }
}

#[actix_web::test]
async fn a_pretty_read_says_the_same() {
    let server = Server::start();
    let plain = server.json("Patient/a", "all-a").await;
    let pretty = server
        .get("Patient/a?_pretty=true", "all-a")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(pretty.contains("\n  \"resourceType\""));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&pretty).unwrap(),
        plain.1
    );
}

#[actix_web::test]
async fn content_comes_in_its_own_media_type_unless_fhir_is_asked_for() {
    let server = Server::start();
    for accept in ["text/plain", "*/*", "application/pdf"] {
        let response = server
            .get("Binary/a-bin", "all-a")
            .header("Accept", accept)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{accept}");
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert!(
            response.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("sandbox")
        );
        assert_eq!(response.text().await.unwrap(), "hi");
    }
    for (accept, query) in [
        ("application/fhir+json", ""),
        ("application/json", ""),
        ("*/*", "?_format=json"),
    ] {
        let path = format!("Binary/a-bin{query}");
        let response = server
            .get(&path, "all-a")
            .header("Accept", accept)
            .send()
            .await
            .unwrap();
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!(body["resourceType"], "Binary", "{accept} {query}");
    }
    let other = server
        .get("Binary/b-bin", "all-a")
        .header("Accept", "text/plain")
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 404);
}

#[actix_web::test]
async fn content_comes_in_ranges_of_its_bytes() {
    let server = Server::start();
    let part = |range: &'static str| server.get("Binary/a-bin", "all-a").header("Range", range);
    let response = part("bytes=1-9").send().await.unwrap();
    assert_eq!(response.status(), 206);
    assert_eq!(response.headers()["content-range"], "bytes 1-1/2");
    assert_eq!(response.text().await.unwrap(), "i");
    let beyond = part("bytes=2-").send().await.unwrap();
    assert_eq!(beyond.status(), 416);
    assert_eq!(beyond.headers()["content-range"], "bytes */2");
    for whole in [
        part("bytes=0-0,1-1"),
        part("bytes=0-0").header("If-Range", "W/\"1\""),
    ] {
        let response = whole.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["accept-ranges"], "bytes");
        assert_eq!(response.text().await.unwrap(), "hi");
    }
    let head = server.request("HEAD", &format!("{}/Binary/a-bin", server.base));
    let head = head.bearer_auth("all-a").header("Range", "bytes=0-0");
    assert_eq!(head.send().await.unwrap().status(), 200);
    for range in ["bytes=0-0", "bytes=9-"] {
        let get = |path: &str| server.get(path, "all-a").header("Range", range);
        let never = answer(get("Binary/never")).await;
        assert_eq!(never.0, 404);
        assert_eq!(answer(get("Binary/b-bin")).await, never);
    }
}
