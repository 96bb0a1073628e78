//! Every field of every form, changed by hand: nobody gets more than they may grant. Forms and fields
//! are read off the pages, so that a new one cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{ElementRef, Html, Selector};
use url::Url;

use crate::fhir::*;
use crate::helpers::*;

const ROSS: &str = "smart-1081332";

/// What a form asks of those who send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To be signed in as Daniel, on this page; `APP` is that of his connected app.
    Daniel(&'static str),
    /// To be nobody yet.
    Nobody,
    /// To be asked by an app, and to have come so far.
    Asked(&'static str),
}

const APP: &str = "/apps/";

/// Every form: where it goes, how one comes to it, and its fields. `csrf_token` is in all of them.
const FORMS: &[(&str, Way, &[&str])] = &[
    ("/login", Way::Nobody, &["username", "password"]),
    (
        "/select-patient",
        Way::Asked("/select-patient"),
        &["patient"],
    ),
    (
        "/consent",
        Way::Asked("/consent"),
        &["category", "scope", "changes", "share_until", "decision"],
    ),
    (
        "/logout",
        Way::Daniel("/launch?user=joseph-ross"),
        &["next"],
    ),
    ("/language", Way::Daniel("/"), &["language"]),
    (
        "/apps/change",
        Way::Daniel(APP),
        &["app", "category", "scope", "changes", "share_until"],
    ),
    ("/apps/revoke", Way::Daniel("/apps"), &["app"]),
    ("/password", Way::Daniel("/password"), &["current", "new"]),
    (
        "/launch",
        Way::Daniel("/launch"),
        &[
            "app",
            "do",
            "encounter",
            "fhir_context",
            "intent",
            "launch_url",
            "need_patient_banner",
            "patient",
            "user",
        ],
    ),
    (
        "/developers/register",
        Way::Daniel("/developers/register"),
        &[
            "client_name",
            "launch_url",
            "method",
            "redirect_uris",
            "scope",
        ],
    ),
    (
        "/developers/decode",
        Way::Daniel("/developers/decode"),
        &["response"],
    ),
];

/// What is put into a field: `None` leaves it out.
const VALUES: &[Option<&str>] = &[
    None,
    Some(""),
    Some("\"><b>x</b>\r\n\u{202e}"),
    Some(ROSS),
    Some("joseph-ross"),
    Some("patient/*.cruds"),
    Some("system/*.cruds"),
    Some("9999-12-31"),
    Some("https://evil.example/cb"),
    Some("//evil.example/"),
];

/// Fields that forms have elsewhere, or had once.
const STRANGE: &[(&str, &str)] = &[
    ("patient", ROSS),
    ("client_id", "demo-confidential"),
    ("redirect_uri", "https://evil.example/cb"),
    ("scope", "system/*.cruds"),
    ("user_id", "2"),
];

/// Forms that end something which the next attempt needs.
const ENDING: &[&str] = &["/logout", "/password", "/apps/revoke", "/apps/change"];

/// What apps ask Daniel for: everything that he may refuse.
fn scope() -> String {
    format!("{SCOPE} patient/*.cruds")
}

/// A form as it stands on a page: what a browser would send, and every name in it.
struct Form {
    action: String,
    sent: Vec<(String, String)>,
    names: BTreeSet<String>,
}

fn forms(page: &Page) -> Vec<Form> {
    let html = Html::parse_document(&page.text);
    let all = Selector::parse("form[method=post]").unwrap();
    html.select(&all).map(read).collect()
}

fn read(form: ElementRef<'_>) -> Form {
    let field = Selector::parse("input, select, textarea, button").unwrap();
    let mut found = Form {
        action: form.attr("action").unwrap().to_owned(),
        sent: Vec::new(),
        names: BTreeSet::new(),
    };
    for one in form.select(&field) {
        let Some(name) = one.attr("name") else {
            continue;
        };
        found.names.insert(name.to_owned());
        let kind = one.attr("type").unwrap_or_default();
        let is_sent = kind != "submit" && (kind != "checkbox" || one.attr("checked").is_some());
        if is_sent {
            let chosen = Selector::parse("option[selected], option").unwrap();
            let option = one.select(&chosen).next();
            let value = one
                .attr("value")
                .or(option.and_then(|one| one.attr("value")));
            let text = one.text().collect::<String>();
            found
                .sent
                .push((name.to_owned(), value.map_or(text, str::to_owned)));
        }
    }
    found
}

fn path_of(action: &str) -> &str {
    action.split('?').next().unwrap()
}

/// A server with everything on its pages, and Daniel there.
struct World {
    server: TestServer,
    daniel: Browser,
    /// A token of Joseph's, which must outlive everything that Daniel sends.
    of_joseph: String,
    /// What his pages have against forgery.
    foreign: String,
}

impl World {
    async fn new() -> Self {
        let (server, ehr) = spawn_with_ehr().await;
        fill(&ehr);
        let mut joseph = Browser::default();
        let asked = request(&[]);
        let path = joseph
            .reach_consent_as(&server, "joseph-ross", &asked, ROSS)
            .await;
        let back = joseph.agree(&server, &path).await;
        let code = query_of(&back).remove("code").unwrap();
        let (_, tokens) = server.token(None, &exchange(&code)).await;
        let foreign = joseph.get(&server, "/password").await.csrf();
        let mut daniel = Browser::default();
        server.tokens_in(&mut daniel, &scope()).await;
        Self {
            foreign,
            server,
            daniel,
            of_joseph: tokens["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// The path of Daniel's one connected app.
    async fn app(&mut self) -> Option<String> {
        let apps = self.daniel.get(&self.server, "/apps").await;
        let handle = apps.select("button[name=app]").into_iter().next()?;
        Some(format!("/apps/{}", handle["value"]))
    }

    /// Daniel, signed in and with a connected app, whatever was done before.
    async fn restore(&mut self) {
        let landing = self.daniel.get(&self.server, "/apps").await;
        if landing.location.is_some() || self.app().await.is_none() {
            self.server.tokens_in(&mut self.daniel, &scope()).await;
        }
    }

    /// Every page on which forms of Daniel's stand.
    async fn pages(&mut self) -> Vec<String> {
        let mut pages: Vec<String> = [
            "/",
            "/apps",
            "/activity",
            "/launch",
            "/launch?user=joseph-ross",
            "/password",
            "/people",
            "/developers",
            "/developers/register",
            "/developers/decode",
            "/developers/app/demo-app",
            "/privacy",
            "/nothing",
        ]
        .map(str::to_owned)
        .into();
        pages.push(format!("/record/{DANIEL}"));
        pages.extend(self.app().await);
        pages
    }

    /// The page with the form, and the browser that has it open.
    async fn open(&mut self, action: &str, way: Way) -> (Browser, Form) {
        match way {
            Way::Nobody => {
                let mut browser = Browser::default();
                let page = browser.get(&self.server, action).await;
                let form = forms(&page).into_iter().find(|form| form.action == action);
                (browser, form.unwrap())
            }
            Way::Asked(stage) => {
                let scope = scope();
                let asked = request(&[("scope", Some(scope.as_str()))]);
                let mut browser = self.daniel.clone();
                let login = browser.authorize(&self.server, &asked).await;
                let next = browser.get(&self.server, login.location()).await;
                let mut path = next.location().to_owned();
                if stage == "/consent" {
                    let pairs = [
                        ("csrf_token", self.csrf(&mut browser, &path).await),
                        ("patient", DANIEL.into()),
                    ];
                    let chosen = browser.post(&self.server, &path, &pairs).await;
                    chosen.location().clone_into(&mut path);
                }
                let page = browser.get(&self.server, &path).await;
                let form = forms(&page)
                    .into_iter()
                    .find(|form| path_of(&form.action) == action);
                (browser, form.unwrap())
            }
            Way::Daniel(page) => {
                let mut browser = self.daniel.clone();
                let path = match page {
                    APP => self.app().await.unwrap(),
                    page => page.to_owned(),
                };
                let page = browser.get(&self.server, &path).await;
                let mut forms = forms(&page).into_iter();
                (browser, forms.find(|form| form.action == action).unwrap())
            }
        }
    }

    async fn csrf(&self, browser: &mut Browser, path: &str) -> String {
        browser.get(&self.server, path).await.csrf()
    }

    /// What must be true after whatever was sent.
    async fn judge(&self, what: &str, answer: &Page, browser: &mut Browser) {
        assert!(answer.status.as_u16() < 500, "{what}: {}", answer.status);
        assert!(
            !answer.text.contains("<b>x</b>"),
            "{what} is written into the page"
        );
        if let Some(location) = &answer.location {
            self.judge_way(what, location).await;
        }
        assert!(
            self.server.is_active(&self.of_joseph).await,
            "{what} ends what is Joseph's"
        );
        let me = browser.get(&self.server, "/").await;
        assert!(
            !me.text.contains("Joseph Ross</span>"),
            "{what} makes somebody else of Daniel"
        );
    }

    /// The newest connected app is Daniel's, and no longer than policy allows.
    async fn judge_app(&self, what: &str, browser: &mut Browser) {
        // The others were judged when they came.
        let apps = browser.get(&self.server, "/apps").await;
        if let Some(handle) = apps.select("button[name=app]").first() {
            let page = browser
                .get(&self.server, &format!("/apps/{}", handle["value"]))
                .await;
            assert!(
                !page.text.contains("Joseph Ross"),
                "{what} shows what is Joseph's"
            );
            let last = page.select("#share_until");
            assert!(
                last[0]["value"] <= last[0]["max"],
                "{what} shares longer than one may"
            );
        }
    }

    /// Where the browser is sent: here, or to the app where it registered to be; with a code only for
    /// what was asked for, about somebody for whom Daniel decides.
    async fn judge_way(&self, what: &str, location: &str) {
        if location.starts_with('/') {
            assert!(!location.starts_with("//"), "{what} leads to {location}");
            return;
        }
        let url = Url::parse(location).unwrap();
        assert_eq!(
            url.host_str(),
            Some("127.0.0.1"),
            "{what} leads to {location}"
        );
        let mut query = query_of(location);
        if let Some(code) = query.remove("code") {
            let (status, tokens) = self.server.token(None, &exchange(&code)).await;
            assert_eq!(status, 200, "{what}: {tokens}");
            let patient = tokens["patient"].as_str().unwrap();
            assert!([DANIEL, AMY].contains(&patient), "{what} opens {patient}");
            for scope in tokens["scope"].as_str().unwrap().split(' ') {
                let foreign = ["system/", "user/"]
                    .iter()
                    .any(|other| scope.starts_with(other));
                assert!(!foreign, "{what} gives {scope}");
            }
        }
    }
}

#[tokio::test]
async fn every_form_and_every_field_of_it_is_in_the_table() {
    let mut world = World::new().await;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |form: Form| {
        let names = found.entry(path_of(&form.action).to_owned()).or_default();
        names.extend(form.names);
    };
    for page in world.pages().await {
        let page = world.daniel.get(&world.server, &page).await;
        forms(&page).into_iter().for_each(&mut note);
    }
    for (action, way, _) in FORMS
        .iter()
        .filter(|(_, way, _)| !matches!(way, Way::Daniel(_)))
    {
        note(world.open(action, *way).await.1);
    }
    let table: BTreeMap<String, BTreeSet<String>> = FORMS
        .iter()
        .map(|(action, _, fields)| {
            let names = fields.iter().chain(&["csrf_token"]);
            (
                (*action).to_owned(),
                names.map(|name| (*name).to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(found, table);
}

/// Everything that is tried with the fields of one form.
fn attempts(action: &str, fields: &[&'static str]) -> Vec<(&'static str, Option<&'static str>)> {
    let own = fields.iter().chain(&["csrf_token"]);
    let own = own.flat_map(|field| VALUES.iter().map(|value| (*field, *value)));
    // Passwords are slow to check, on purpose.
    let is_slow = action == "/login" || action == "/password";
    let own = own.filter(|(field, value)| {
        !is_slow || *field == "csrf_token" || matches!(value, None | Some("" | "joseph-ross"))
    });
    let strange = STRANGE.iter().map(|(field, value)| (*field, Some(*value)));
    own.chain(strange.filter(|_| !is_slow)).collect()
}

impl World {
    /// Sends a form with one field changed; `None` leaves it out.
    async fn attempt(&mut self, action: &str, way: Way, field: &str, value: Option<&str>) {
        if ENDING.contains(&action) {
            self.restore().await;
        }
        let (mut browser, form) = self.open(action, way).await;
        let mut sent = form.sent;
        if action == "/consent" && field != "decision" {
            sent.push(("decision".into(), "approve".into()));
        }
        if form.names.contains(field) {
            sent.retain(|(name, _)| name != field);
        }
        sent.extend(value.map(|value| (field.to_owned(), value.to_owned())));
        let what = format!("{field}={value:?} at {action}");
        let answer = browser.post(&self.server, &form.action, &sent).await;
        if field == "csrf_token" {
            assert_eq!(answer.status, 403, "{what}");
        }
        self.judge(&what, &answer, &mut browser).await;
        if action == "/consent" || action.starts_with("/apps") {
            self.judge_app(&what, &mut browser).await;
        }
    }
}

#[tokio::test]
async fn no_field_that_is_changed_by_hand_gives_more_than_one_may_grant() {
    let mut tried = 0;
    for (action, way, fields) in FORMS {
        let mut world = World::new().await;
        let foreign = world.foreign.clone();
        for (field, value) in attempts(action, fields) {
            world.attempt(action, *way, field, value).await;
            tried += 1;
        }
        let forged = Some(foreign.as_str());
        world.attempt(action, *way, "csrf_token", forged).await;
    }
    assert!(tried > 350, "{tried}");
}

#[test]
fn every_route_that_takes_a_form_is_in_the_table() {
    let source = include_str!("../../src/endpoint/mod.rs");
    let routes = source.split("fn portal_routes").nth(1).unwrap();
    let routes = routes.split("fn discovery_routes").next().unwrap();
    let services = routes.split(".service(").skip(1);
    let posted = services.filter(|service| service.contains("web::post()"));
    let paths: BTreeSet<&str> = posted
        .filter_map(|service| service.split('"').nth(1))
        .collect();
    let table: BTreeSet<&str> = FORMS.iter().map(|(action, ..)| *action).collect();
    assert_eq!(paths, table);
}
