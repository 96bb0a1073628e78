//! The pages outside an authorization, one by one.

use fantoccini::{Client, Locator};

use crate::chromium::Look;
use crate::page::shot;
use crate::{click, fill};

const DANIEL: &str = "smart-1288992";

/// Pages that need nobody, with a selector that is there when they are.
const OPEN: &[(&str, &str, &str)] = &[
    ("/", "h1", "10-landing"),
    ("/privacy", "h1", "11-privacy"),
    ("/developers/decode", "#decode", "12-decode"),
    ("/oauth/authorize", "h1", "13-problem"),
    ("/nothing", "h1", "14-not-found"),
];

/// Pages of a patient.
const OWN: &[(&str, &str, &str)] = &[
    ("/record", ".tiles", "20-record"),
    ("/record/@/laboratory", "svg", "21-laboratory"),
    ("/record/@/vital-signs", "svg", "22-vital-signs"),
    ("/record/@/medications", ".entries", "23-medications"),
    ("/record/@/documents", ".entries", "24-documents"),
    ("/record/@/patient", ".entries", "25-about"),
    (
        "/record/smart-1032702/explanation-of-benefit",
        "h1",
        "26-claims",
    ),
    ("/record/@/download", ".choice", "27-download"),
    ("/people", ".choice", "28-people"),
    ("/activity", "#activity", "29-activity"),
    ("/password", "#password-change", "30-password"),
    ("/developers", ".choice", "31-developers"),
    ("/developers/register", "#register", "32-register"),
    ("/developers/app/demo-app", "#attempts", "33-attempts"),
];

/// Pages of somebody who treats patients.
const PROFESSIONAL: &[(&str, &str, &str)] = &[
    ("/people?name=a", ".choice", "40-patients"),
    (
        "/launch?app=demo-app&intent=reconcile",
        "#launch",
        "41-launch",
    ),
];

pub async fn walk(browser: &Client, look: Look, portal: &str) {
    see(browser, look, portal, OWN).await;
    register(browser, look, portal).await;
    apps(browser, look, portal).await;
    document(browser, look, portal).await;
    spanish(browser, look, portal).await;
    sign_out(browser, portal).await;
    see(browser, look, portal, OPEN).await;
    browser.goto(&format!("{portal}/login")).await.unwrap();
    fill(browser, "#username", "anna-bennett").await;
    fill(browser, "#password", "demo-password").await;
    click(browser, "#sign-in").await;
    arrive(browser, ".account").await;
    see(browser, look, portal, PROFESSIONAL).await;
}

/// Waits until the page that a click leads to is there: going on earlier would stop it.
async fn arrive(browser: &Client, selector: &str) {
    let there = browser.wait().for_element(Locator::Css(selector)).await;
    there.unwrap();
}

async fn see(browser: &Client, look: Look, portal: &str, pages: &[(&str, &str, &str)]) {
    for (path, selector, name) in pages {
        let path = path.replace('@', DANIEL);
        browser.goto(&format!("{portal}{path}")).await.unwrap();
        shot(browser, look, selector, name).await;
    }
}

async fn register(browser: &Client, look: Look, portal: &str) {
    let address = format!("{portal}/developers/register");
    browser.goto(&address).await.unwrap();
    fill(browser, "#client_name", "Garden of Numbers").await;
    click(browser, "#enrol").await;
    shot(browser, look, "#client-id", "34-registered").await;
}

/// The connected app, less of it, and its receipt.
async fn apps(browser: &Client, look: Look, portal: &str) {
    browser.goto(&format!("{portal}/apps")).await.unwrap();
    shot(browser, look, ".app", "50-apps").await;
    click(browser, ".app .button").await;
    shot(browser, look, "#change", "51-app").await;
    click(browser, "#change input[value=medications]").await;
    click(browser, "#save").await;
    arrive(browser, "#change input[value=medications]:not([checked])").await;
    shot(browser, look, "#change", "52-app-changed").await;
    click(browser, "a[href$='/receipt']").await;
    shot(browser, look, ".chips .gone", "53-receipt").await;
}

async fn document(browser: &Client, look: Look, portal: &str) {
    let address = format!("{portal}/record/{DANIEL}/documents");
    browser.goto(&address).await.unwrap();
    click(browser, ".entry h3 a").await;
    shot(browser, look, ".document", "60-document").await;
}

async fn spanish(browser: &Client, look: Look, portal: &str) {
    browser.goto(&format!("{portal}/record")).await.unwrap();
    click(browser, "button[lang=es]").await;
    shot(browser, look, "html[lang=es] .tiles", "70-record-spanish").await;
    click(browser, "button[lang=en]").await;
    arrive(browser, "html[lang=en]").await;
}

async fn sign_out(browser: &Client, portal: &str) {
    browser.goto(&format!("{portal}/privacy")).await.unwrap();
    click(browser, ".account summary").await;
    click(browser, "#sign-out").await;
    arrive(browser, "a[href='/login']").await;
}
