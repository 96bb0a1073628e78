//! A person with a real browser: sign in, choose, consent, be sent back to the app.
//!
//! Needs Debian's `chromium` and `chromium-driver`. Screenshots go to `screenshots/`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod access;
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
use chromium::{Chromium, Look, Scheme};
use helpers::Running;
use page::{arrive, shot};
use walk::walk;

const DESK: (u32, u32) = (1280, 900);
const PHONE: (u32, u32) = (390, 844);

/// Each page is seen at both widths, in both languages and in both colour schemes, and each width with
/// scripts and without.
const WAYS: [Look; 4] = [
    Look {
        name: "desktop-en",
        size: DESK,
        language: "en",
        script: true,
        judged: Scheme::Light,
    },
    Look {
        name: "desktop-es",
        size: DESK,
        language: "es",
        script: false,
        judged: Scheme::Dark,
    },
    Look {
        name: "phone-en",
        size: PHONE,
        language: "en",
        script: false,
        judged: Scheme::Light,
    },
    Look {
        name: "phone-es",
        size: PHONE,
        language: "es",
        script: true,
        judged: Scheme::Dark,
    },
];

/// How the runner signs in.
const SIGN_IN: [&str; 8] = [
    "--username",
    "daniel-adams",
    "--password",
    "demo-password",
    "--patient",
    "smart-1032702",
    "--client-id",
    "demo-app",
];

#[test]
fn a_person_signs_in_and_decides_at_a_desk() {
    decide(DESK);
}

#[test]
fn a_person_signs_in_and_decides_on_a_phone() {
    decide(PHONE);
}

/// Every page and flow, in the ways of one size. The sizes have servers of their own, so that they can
/// be walked at once.
fn decide(size: (u32, u32)) {
    let running = Running::up();
    for look in WAYS.into_iter().filter(|look| look.size == size) {
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
fn a_check_signs_in_with_a_browser_and_its_report_is_read_at_any_width_and_by_keyboard() {
    let running = Running::up();
    check_with_a_browser(&running);
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

fn check_with_a_browser(running: &Running) {
    let chromium = Chromium::start(WAYS[0]);
    let (fhir, driver) = (running.fhir(), chromium.address());
    let mut arguments = vec![
        "check",
        &fhir,
        "--only",
        "TOK-01,PAT-04",
        "--webdriver",
        &driver,
    ];
    arguments.extend(SIGN_IN);
    let output = helpers::run(&arguments);
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
    // Genetic results are laboratory results too, and have a tick of their own.
    for kind in ["laboratory", "genomics"] {
        let tick = format!("#consent input[name=category][value={kind}]");
        click(browser, &tick).await;
    }
    click(browser, "#look").await;
    shot(browser, look, ".review .gone", "5-review").await;
    click(browser, "#back").await;
    arrive(browser, "#consent input[value=laboratory]:not([checked])").await;
    click(browser, "#look").await;
    arrive(browser, ".review .gone").await;
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
