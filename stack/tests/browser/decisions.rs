//! Questions of apps besides the plain one: of an app that nobody checked, about somebody else's
//! record with changes, and to somebody who treats patients.

use fantoccini::{Client, Locator};

use crate::app::App;
use crate::chromium::Look;
use crate::click;
use crate::helpers::Running;
use crate::page::{arrive, print, shot};

const AMY: &str = "[data-patient-id='smart-1032702']";

/// An app asks to be answered where it did not say it would be.
pub async fn mistaken(browser: &Client, running: &Running) {
    let app = App::listen();
    let url = app.authorization_url(running, "demo-app", App::SCOPE);
    let wrong = url.as_str().replace("callback", "elsewhere");
    browser.goto(&wrong).await.unwrap();
    arrive(browser, "h1").await;
}

/// The question about Daniel's own record, unanswered.
pub async fn question(browser: &Client, running: &Running) {
    let app = App::listen();
    ask(browser, &app, running, "demo-app", App::SCOPE).await;
    arrive(browser, AMY).await;
    click(browser, "[data-patient-id='smart-1288992']").await;
    arrive(browser, "#consent").await;
}

/// An app that nobody checked asks, and is refused.
pub async fn unverified(browser: &Client, look: Look, running: &Running, client: &str) {
    let app = App::listen();
    ask(browser, &app, running, client, App::SCOPE).await;
    arrive(browser, AMY).await;
    click(browser, "[data-patient-id='smart-1288992']").await;
    shot(browser, look, ".badge.warn", "80-consent-unverified").await;
    click(browser, "#deny").await;
    shot(browser, look, "#return", "81-refused").await;
    click(browser, "#return").await;
    let returned = app.wait_for_return();
    assert!(
        returned
            .query_pairs()
            .any(|(_, value)| value == "access_denied")
    );
}

/// A representative lets an app read and change; tells its access token.
pub async fn represented(browser: &Client, look: Look, running: &Running) -> String {
    let app = App::listen();
    let scope = "launch/patient openid fhirUser profile offline_access patient/*.cruds";
    ask(browser, &app, running, "demo-app", scope).await;
    arrive(browser, AMY).await;
    click(browser, AMY).await;
    arrive(browser, "#consent input[name=changes]:not([checked])").await;
    click(browser, ".categories details summary").await;
    click(browser, "#consent input[name=changes]").await;
    shot(browser, look, "#consent", "82-consent-represented").await;
    print(browser, look, "83-consent-printed").await;
    click(browser, "#authorize").await;
    let returned = app.wait_for_return();
    let code = returned.query_pairs().find(|(name, _)| name == "code");
    let token = app.exchange(running, &code.unwrap().1).await;
    assert_eq!(token["patient"], "smart-1032702");
    assert!(token["scope"].as_str().unwrap().contains("patient/*.cruds"));
    token["access_token"].as_str().unwrap().to_owned()
}

/// A practitioner lets an app act with their rights.
pub async fn professional(browser: &Client, look: Look, running: &Running) {
    let app = App::listen();
    ask(
        browser,
        &app,
        running,
        "demo-app",
        "openid fhirUser user/*.rs",
    )
    .await;
    shot(browser, look, "#consent", "84-consent-professional").await;
    let risk = browser.find(Locator::Css(".risk")).await;
    assert!(
        risk.is_err(),
        "a practitioner is told what patients are told"
    );
    click(browser, "#authorize").await;
    app.wait_for_return();
}

async fn ask(browser: &Client, app: &App, running: &Running, client: &str, scope: &str) {
    let url = app.authorization_url(running, client, scope);
    browser.goto(url.as_str()).await.unwrap();
}
