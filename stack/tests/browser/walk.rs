//! The pages outside an authorization, one by one.

use fantoccini::{Client, Locator};

use crate::access::count;
use crate::app::App;
use crate::chromium::Look;
use crate::helpers::Running;
use crate::page::{arrive, print, shot};
use crate::{access, click, decisions, fill};

const DANIEL: &str = "smart-1288992";

/// A path, a selector that is there when the page is, and the name of its picture.
type Seen = (&'static str, &'static str, &'static str);

/// Pages that need nobody.
const OPEN: &[Seen] = &[
    ("/", "h1", "10-landing"),
    ("/privacy", "h1", "11-privacy"),
    ("/developers/decode", "#decode", "12-decode"),
    ("/oauth/authorize", "h1", "13-problem"),
    ("/nothing", "h1", "14-not-found"),
    (
        "/login?next=/launch?user=anna-bennett",
        "#login",
        "15-login-next",
    ),
];

/// Pages of a patient.
const OWN: &[Seen] = &[
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
    ("/record/@/allergies", ".entries", "26-allergies"),
    ("/record/@/assessments", ".empty", "26-assessments-none"),
    ("/people", ".choice", "28-people"),
    ("/activity", "#activity", "29-activity"),
    ("/password", "#password-change", "30-password"),
    ("/developers", ".choice", "31-developers"),
    ("/developers/register", "#register", "32-register"),
    ("/developers/app/demo-app", "#attempts .bad", "33-attempts"),
    ("/oauth/logout", "#logout", "37-logout"),
    ("/", ".hero", "38-landing-signed-in"),
];

/// Pages of somebody who treats patients.
const PROFESSIONAL: &[Seen] = &[
    ("/people?name=a", ".choice", "40-patients"),
    ("/people?name=zzz", ".empty", "41-patients-none"),
    (
        "/launch?app=demo-app&patient=@&intent=reconcile",
        "#encounter option",
        "42-launch",
    ),
    (
        "/launch?app=demo-app&user=daniel-adams",
        "#other-person",
        "43-launch-other",
    ),
    ("/apps", ".empty", "44-apps-none"),
];

/// Pages of the FHIR server.
const FHIR: &[Seen] = &[
    ("/", "h1", "90-fhir-landing"),
    ("/api/open-fhir/Patient/@", "pre", "91-fhir-resource"),
    (
        "/api/open-fhir/Observation?patient=@&_count=2",
        "table",
        "92-fhir-bundle",
    ),
    ("/api/fhir/Patient/@", ".token", "93-fhir-token"),
    (
        "/api/open-fhir/Patient/nobody",
        ".issues",
        "94-fhir-missing",
    ),
    ("/api/open-fhir/Patient?nonsense=1", "h1", "95-fhir-unknown"),
    ("/nothing", ".issues", "96-fhir-nothing"),
];

pub async fn walk(browser: &Client, look: Look, running: &Running) {
    let portal = &running.authz();
    decisions::mistaken(browser, running).await;
    see(browser, look, portal, OWN).await;
    language(browser, look, portal).await;
    let client = register(browser, look, portal).await;
    decode(browser, look, portal).await;
    apps(browser, look, portal).await;
    document(browser, look, portal).await;
    decisions::unverified(browser, look, running, &client).await;
    let token = decisions::represented(browser, look, running).await;
    let fhir = running.fhir().replace("/api/fhir", "");
    see(browser, look, &fhir, FHIR).await;
    read_on(browser, look, &fhir, &token).await;
    if look.script {
        by_keyboard(browser, running).await;
    }
    revoke(browser, look, portal).await;
    sign_out(browser, portal).await;
    see(browser, look, portal, OPEN).await;
    browser.goto(&format!("{portal}/login")).await.unwrap();
    fill(browser, "#username", "anna-bennett").await;
    fill(browser, "#password", "demo-password").await;
    click(browser, "#sign-in").await;
    arrive(browser, ".account").await;
    see(browser, look, portal, PROFESSIONAL).await;
    search(browser, portal).await;
    decisions::professional(browser, look, running).await;
    launch(browser, look, portal).await;
}

async fn see(browser: &Client, look: Look, server: &str, pages: &[Seen]) {
    for (path, selector, name) in pages {
        let path = path.replace('@', DANIEL);
        browser.goto(&format!("{server}{path}")).await.unwrap();
        shot(browser, look, selector, name).await;
    }
}

/// Registers an app by form, first one that cannot be; tells its id.
async fn register(browser: &Client, look: Look, portal: &str) -> String {
    let address = format!("{portal}/developers/register");
    browser.goto(&address).await.unwrap();
    fill(browser, "#client_name", "Garden of Numbers").await;
    fill(browser, "#redirect_uris", "http://elsewhere.example/").await;
    click(browser, "#enrol").await;
    shot(browser, look, "[role=alert]", "34-register-refused").await;
    fill(browser, "#redirect_uris", "http://127.0.0.1/callback").await;
    click(browser, "#enrol").await;
    shot(browser, look, "#client-id", "35-registered").await;
    let id = browser.find(Locator::Css("#client-id")).await.unwrap();
    id.text().await.unwrap()
}

async fn decode(browser: &Client, look: Look, portal: &str) {
    let address = format!("{portal}/developers/decode");
    browser.goto(&address).await.unwrap();
    let response = r#"{"access_token":"abcdefghijkl","patient":"p","id_token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"}"#;
    fill(browser, "#response", response).await;
    click(browser, "#decode button").await;
    shot(browser, look, "#claims", "36-decoded").await;
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
    print(browser, look, "54-receipt-printed").await;
}

/// Stops sharing, after being asked once more.
async fn revoke(browser: &Client, look: Look, portal: &str) {
    browser.goto(&format!("{portal}/apps")).await.unwrap();
    arrive(browser, ".app").await;
    while browser
        .find(Locator::Css(".app .confirm summary"))
        .await
        .is_ok()
    {
        click(browser, ".app .confirm summary").await;
        shot(browser, look, ".app .confirm[open]", "55-revoke").await;
        let before = count(browser, ".app").await;
        click(browser, ".app .confirm[open] button").await;
        // One fewer, and no page that is still the old one.
        let left = match before {
            1 => ".empty".to_owned(),
            before => format!(".apps:not(:has(> :nth-child({before})))"),
        };
        arrive(browser, &left).await;
        assert_eq!(count(browser, ".app").await + 1, before);
    }
    shot(browser, look, ".empty", "56-apps-ended").await;
}

/// Shares the settings of a launch by their link, and starts the app from it, with a visit.
async fn launch(browser: &Client, look: Look, portal: &str) {
    let app = App::listen();
    let address = format!("{portal}/launch?app=demo-app&patient={DANIEL}&intent=x");
    browser.goto(&address).await.unwrap();
    arrive(browser, "#encounter option:nth-child(3)").await;
    click(browser, "#encounter option:nth-child(3)").await;
    fill(browser, "#launch_url", &app.launch_url()).await;
    click(browser, "#share").await;
    arrive(browser, "#encounter option:nth-child(3)[selected]").await;
    shot(browser, look, ".copy", "45-launch-link").await;
    let link = browser.find(Locator::Css(".copy")).await.unwrap();
    let link = link.text().await.unwrap();
    browser.goto(&link).await.unwrap();
    arrive(browser, "#encounter option:nth-child(3)[selected]").await;
    arrive(browser, "#intent[value=x]").await;
    click(browser, "#start").await;
    arrive(browser, "p#back").await;
    let there = browser.current_url().await.unwrap();
    assert!(there.as_str().starts_with(&app.launch_url()), "{there}");
    assert!(there.query_pairs().any(|(name, _)| name == "launch"));
}

/// A practitioner finds a patient by name.
async fn search(browser: &Client, portal: &str) {
    browser.goto(&format!("{portal}/people")).await.unwrap();
    assert!(count(browser, ".choice").await > 1);
    fill(browser, "#name", "ADAMS dan").await;
    click(browser, ".search button").await;
    arrive(browser, "#name[value='ADAMS dan']").await;
    assert_eq!(count(browser, ".choice").await, 1);
    click(browser, ".choice").await;
    arrive(browser, ".person").await;
}

/// With scripts a page of the FHIR server reads on with a token; without, it says how else.
async fn read_on(browser: &Client, look: Look, fhir: &str, token: &str) {
    let address = format!("{fhir}/api/fhir/Patient/smart-1032702");
    browser.goto(&address).await.unwrap();
    if !look.script {
        arrive(browser, "#token[hidden]").await;
        return;
    }
    arrive(browser, "#token:not([hidden])").await;
    fill(browser, "#token-text", token).await;
    click(browser, "#token button").await;
    arrive(browser, ".json").await;
    let shown = browser
        .wait()
        .for_element(Locator::XPath("//h1[.='Patient/smart-1032702']"));
    shown.await.unwrap();
    shot(browser, look, ".json", "97-fhir-token-used").await;
}

/// The pages with most to reach, by keyboard alone.
async fn by_keyboard(browser: &Client, running: &Running) {
    let portal = running.authz();
    for path in [
        "/",
        "/record",
        "/record/smart-1288992/documents",
        "/apps",
        "/launch",
        "/password",
        "/developers/register",
    ] {
        let address = format!("{portal}{path}");
        browser.goto(&address).await.unwrap();
        access::in_order(browser, path).await;
        // The tab key goes on from where it was left: a page that was just loaded begins anew.
        browser.goto(&address).await.unwrap();
        access::skips(browser, path).await;
    }
    decisions::question(browser, running).await;
    access::in_order(browser, "consent").await;
    browser.goto(&format!("{portal}/record")).await.unwrap();
    access::keeps_still(browser).await;
}

async fn document(browser: &Client, look: Look, portal: &str) {
    let address = format!("{portal}/record/{DANIEL}/documents");
    browser.goto(&address).await.unwrap();
    click(browser, ".entry h3 a").await;
    shot(browser, look, ".document", "60-document").await;
}

/// The other language, and back.
async fn language(browser: &Client, look: Look, portal: &str) {
    browser.goto(&format!("{portal}/apps")).await.unwrap();
    let other = if look.language == "en" { "es" } else { "en" };
    for language in [other, look.language] {
        click(browser, &format!("button[lang={language}]")).await;
        arrive(browser, &format!("html[lang={language}] .app")).await;
    }
}

async fn sign_out(browser: &Client, portal: &str) {
    browser.goto(&format!("{portal}/privacy")).await.unwrap();
    click(browser, ".account summary").await;
    click(browser, "#sign-out").await;
    arrive(browser, "a[href='/login']").await;
}
