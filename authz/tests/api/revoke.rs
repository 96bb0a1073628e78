//! Revocation by the client.

use crate::helpers::*;

async fn revoke(server: &TestServer, basic: Option<&str>, pairs: &[(&str, &str)]) -> (u16, String) {
    let response = server.form("/oauth/revoke", basic, pairs).await;
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_the_whole_family() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let pairs = [
        ("token", token),
        ("token_type_hint", "access_token"),
        ("client_id", "demo-app"),
    ];
    assert_eq!(revoke(&server, None, &pairs).await, (200, String::new()));
    assert!(
        !server
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
    assert_eq!(server.token(None, &refresh(token)).await.0, 400);
    assert_eq!(revoke(&server, None, &pairs).await, (200, String::new()));
}

#[tokio::test]
async fn revoking_an_access_token_leaves_the_refresh_token() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let pairs = [
        ("token", tokens["access_token"].as_str().unwrap()),
        ("client_id", "demo-app"),
    ];
    assert_eq!(revoke(&server, None, &pairs).await.0, 200);
    assert!(
        !server
            .is_active(tokens["access_token"].as_str().unwrap())
            .await
    );
    assert_eq!(
        server
            .token(None, &refresh(tokens["refresh_token"].as_str().unwrap()))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_token_of_another_client_is_never_revoked() {
    let server = spawn().await;
    let tokens = server.tokens(SCOPE).await;
    let token = tokens["access_token"].as_str().unwrap();
    let (status, body) = revoke(&server, Some(BASIC), &[("token", token)]).await;
    assert_eq!(status, 400);
    assert!(body.contains("invalid_request"));
    assert!(server.is_active(token).await);
    let pairs = request(&[("client_id", Some("demo-confidential"))]);
    let code = server.code(&mut Browser::default(), &pairs).await;
    let mut form = exchange(&code);
    form.retain(|(name, _)| *name != "client_id");
    let (_, foreign) = server.token(Some(BASIC), &form).await;
    let foreign = foreign["access_token"].as_str().unwrap();
    // A public client proves nothing, so it is not told whether the token exists.
    let pairs = [("token", foreign), ("client_id", "demo-app")];
    assert_eq!(revoke(&server, None, &pairs).await, (200, String::new()));
    assert!(server.is_active(foreign).await);
}

#[tokio::test]
async fn the_caller_must_authenticate_and_name_a_token() {
    let server = spawn().await;
    assert_eq!(revoke(&server, Some(BASIC), &[]).await.0, 400);
    assert_eq!(
        revoke(&server, Some("demo-confidential:wrong"), &[("token", "x")])
            .await
            .0,
        401
    );
    assert_eq!(
        revoke(&server, Some(BASIC), &[("token", "unknown")]).await,
        (200, String::new())
    );
}
