//! A person with a real browser: sign in, choose, consent, be sent back to the app.
//!
//! Needs Debian's `chromium` and `chromium-driver`. Screenshots go to `screenshots/`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod app;
mod chromium;
mod decisions;
#[path = "../program/helpers.rs"]
#[expect(dead_code, reason = "shared with the tests of the program")]
mod helpers;
mod page;
mod report;
mod walk;

use fantoccini::{Client, Locator};

use app::App;
use chromium::{Chromium, Look};
use helpers::Running;
use page::shot;
use walk::walk;

const WAYS: [Look; 4] = [
    Look {
        name: "desktop",
        width: 1280,
        height: 900,
        dark: false,
        script: true,
    },
    Look {
        name: "desktop-dark",
        width: 1280,
        height: 900,
        dark: true,
        script: false,
    },
    Look {
        name: "phone",
        width: 390,
        height: 844,
        dark: false,
        script: false,
    },
    Look {
        name: "phone-dark",
        width: 390,
        height: 844,
        dark: true,
        script: true,
    },
];

#[test]
fn a_person_signs_in_chooses_consents_and_returns_to_the_app() {
    let running = Running::up();
    for look in WAYS {
        let chromium = Chromium::start(look);
        actix_web::rt::System::new().block_on(async {
            let browser = chromium.connect().await;
            launch(&browser, look, &running).await;
            walk(&browser, look, &running).await;
            browser.close().await.unwrap();
        });
    }
}

#[test]
fn the_report_of_a_check_is_read_at_any_width_and_by_keyboard() {
    let running = Running::up();
    let path = report::write(&running);
    for look in WAYS {
        let chromium = Chromium::start(look);
        actix_web::rt::System::new().block_on(async {
            let browser = chromium.connect().await;
            report::walk(&browser, look, &path).await;
            browser.close().await.unwrap();
        });
    }
}

#[test]
fn a_browser_signs_in_where_the_runner_is_told_to_use_one() {
    let running = Running::up();
    let chromium = Chromium::start(WAYS[0]);
    let output = helpers::run(&[
        "check",
        &running.fhir(),
        "--username",
        "daniel-adams",
        "--password",
        "demo-password",
        "--patient",
        "smart-1032702",
        "--client-id",
        "demo-app",
        "--only",
        "TOK-01,PAT-04",
        "--webdriver",
        &chromium.address(),
    ]);
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("2 passed"), "{table}");
}

async fn launch(browser: &Client, look: Look, running: &Running) {
    let app = App::listen();
    browser
        .goto(
            app.authorization_url(running, "demo-app", App::SCOPE)
                .as_str(),
        )
        .await
        .unwrap();
    shot(browser, look, "#sign-in", "1-login").await;
    fill(browser, "input[name=username]", "daniel-adams").await;
    fill(browser, "input[name=password]", "wrong").await;
    click(browser, "#sign-in").await;
    shot(browser, look, "[role=alert]", "2-login-refused").await;
    fill(browser, "input[name=username]", "daniel-adams").await;
    fill(browser, "input[name=password]", "demo-password").await;
    click(browser, "#sign-in").await;
    shot(browser, look, "[data-patient-id]", "3-select-patient").await;
    assert_eq!(
        browser
            .find_all(Locator::Css("[data-patient-id]"))
            .await
            .unwrap()
            .len(),
        2
    );
    click(browser, "[data-patient-id='smart-1288992']").await;
    shot(browser, look, "#consent", "4-consent").await;
    assert!(
        browser
            .find(Locator::Css("#consent input[name=share_until]"))
            .await
            .is_ok()
    );
    click(browser, "#consent input[name=category][value=laboratory]").await;
    click(browser, "#authorize").await;
    let returned = app.wait_for_return();
    let parameters: Vec<(String, String)> = returned.query_pairs().into_owned().collect();
    let value = |name: &str| {
        parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(value("state"), Some(app::STATE));
    assert_eq!(value("iss"), Some(running.authz().as_str()));
    let token = app.exchange(running, value("code").unwrap()).await;
    assert_eq!(token["patient"], "smart-1288992");
    let access = token["access_token"].as_str().unwrap();
    let statuses = [
        ("Patient/smart-1288992", 200),
        ("Condition", 200),
        ("Patient/smart-1081332", 404),
        ("Specimen", 403),
    ];
    for (path, want) in statuses {
        assert_eq!(app.status(running, path, access).await, want, "{path}");
    }
    assert_eq!(
        app.count(running, "Observation?category=laboratory", access)
            .await,
        0
    );
    assert!(
        app.count(running, "Observation?category=vital-signs", access)
            .await
            > 0
    );
}

async fn fill(browser: &Client, selector: &str, text: &str) {
    let field = browser.find(Locator::Css(selector)).await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

async fn click(browser: &Client, selector: &str) {
    browser
        .find(Locator::Css(selector))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
}
