//! The page that `s4s check` writes.

use fantoccini::key::Key;
use fantoccini::{Client, Locator};

use crate::SIGN_IN;
use crate::chromium::Look;
use crate::helpers::{Running, run};
use crate::page::shot;

/// The report of a run against this stack, beside another server that is started for it.
pub fn write(running: &Running) -> tempfile::TempPath {
    let file = tempfile::Builder::new().suffix(".html").tempfile().unwrap();
    let path = file.into_temp_path();
    let fhir = running.fhir();
    let mut arguments = vec!["check", &fhir, "--only", "PRE,DSC,AUT,TOK,LAB,VIT,USC,QLT"];
    arguments.extend([
        "--format",
        "html",
        "--out",
        path.to_str().unwrap(),
        "--against",
    ]);
    arguments.extend(SIGN_IN);
    let output = run(&arguments);
    assert!(
        output.status.code().is_some_and(|code| code < 2),
        "{output:?}"
    );
    path
}

async fn shown(browser: &Client) -> usize {
    let found = browser
        .find_all(Locator::Css("details.check:not([hidden])"))
        .await
        .unwrap();
    found.len()
}

/// Pictures of it, closed and opened; with scripts also its filter, by keyboard alone.
pub async fn walk(browser: &Client, look: Look, path: &std::path::Path) {
    let address = format!("file://{}", path.display());
    browser.goto(&address).await.unwrap();
    shot(browser, look, "#checks", "report").await;
    browser.goto(&format!("{address}#DSC-02")).await.unwrap();
    if !look.script {
        return;
    }
    let open = browser.find(Locator::Css("#DSC-02[open]")).await;
    assert!(open.is_ok(), "a link to a check opens it");
    shot(browser, look, "#DSC-02", "report-opened").await;
    let all = shown(browser).await;
    let body = browser.find(Locator::Css("body")).await.unwrap();
    body.send_keys("/").await.unwrap();
    let box_ = browser.active_element().await.unwrap();
    box_.send_keys("pkce s256").await.unwrap();
    let few = shown(browser).await;
    assert!(few > 0 && few < all, "{few} of {all}");
    box_.send_keys(&String::from(char::from(Key::Tab)))
        .await
        .unwrap();
    let button = browser.active_element().await.unwrap();
    button
        .send_keys(&String::from(char::from(Key::Space)))
        .await
        .unwrap();
    let pressed = button.attr("aria-pressed").await.unwrap();
    assert_eq!(pressed.as_deref(), Some("true"));
}
