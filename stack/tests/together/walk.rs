//! One random step after the other, each predicted by the model.

use authz::Random;
use chrono::{Days, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};
use smart::clock::Clock;
use smart::scope::ScopeSet;

use crate::helpers::*;
use crate::holder::Holder;
use crate::jwt::{EC, with_assertion};
use crate::promise::{Access, Agreement, Code, Family, Fate, Instant, Promise, Refresh, Service};
use crate::reading::Held;
use crate::record::{JOSEPH, PATIENTS as EVERYBODY, Record, told};

const APPS: [&str; 2] = ["demo-app", "demo-confidential"];
const PEOPLE: [&str; 2] = ["daniel-adams", "joseph-ross"];
/// Whose record each person may share.
const PATIENTS: [&[&str]; 2] = [&[DANIEL, AMY], &[JOSEPH]];
const SCOPES: [&str; 4] = [
    SCOPE,
    "launch/patient patient/Condition.rs patient/Observation.rs",
    "openid online_access patient/Patient.rs patient/Observation.rs",
    "launch/patient offline_access patient/*.read",
];
/// What a launched app asks for.
const EHR_SCOPE: &str = "launch offline_access patient/*.rs";
const SESSION: i64 = 8 * 3600;

/// The clients file with the service.
pub fn service() -> Value {
    json!({"clients": [{"client_id": "service", "client_name": "Service", "redirect_uris": [],
        "token_endpoint_auth_methods": ["private_key_jwt"], "grant_types": ["client_credentials"],
        "jwks": {"keys": [EC.jwk()]}, "scope": "system/Patient.rs"}]})
}

pub struct Walk<'a> {
    server: &'a TestServer,
    record: &'a Record,
    /// Keys that tokens may be bound to.
    holders: [Holder; 2],
    random: std::sync::Arc<Random>,
    promise: Promise,
    browsers: [Browser; 2],
    /// Cookies, assertions and references; codes and tokens are the model's.
    secrets: Vec<String>,
}

impl<'a> Walk<'a> {
    pub fn new(server: &'a TestServer, record: &'a Record, seed: u64) -> Self {
        Self {
            server,
            record,
            holders: [Holder::new(), Holder::new()],
            random: Random::seeded(seed),
            promise: Promise::default(),
            browsers: Default::default(),
            secrets: vec![],
        }
    }

    fn below(&self, end: usize) -> usize {
        let number = u64::from_le_bytes(self.random.bytes::<8>());
        usize::try_from(number % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_in(&self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    /// Rather one of the newest, sometimes any.
    fn recent(&self, count: usize) -> Option<usize> {
        let span = if self.one_in(4) { count } else { count.min(12) };
        (count > 0).then(|| count - 1 - self.below(span))
    }

    fn now(&self) -> Instant {
        self.server.clock.now().timestamp()
    }

    pub async fn step(&mut self) {
        match self.below(100) {
            0..14 => self.agree().await,
            14..32 => self.redeem().await,
            32..48 => self.refresh().await,
            48..58 => self.introspect().await,
            58..76 => self.read().await,
            76..79 => self.revoke().await,
            79 => self.end_in_portal().await,
            80..82 => self.change().await,
            82 => self.sign_out().await,
            83..86 => self.serve().await,
            86..88 => self.guess().await,
            _ => self.wait(),
        }
    }

    fn wait(&self) {
        let seconds = match self.below(40) {
            0 => 20 * 3600,
            1..4 => 3000,
            4..10 => 50,
            _ => 1 + self.below(8),
        };
        let seconds = i64::try_from(seconds).unwrap();
        self.server.advance(TimeDelta::seconds(seconds));
    }

    /// A person is asked, perhaps by a pushed request or by an app they started in the portal, and
    /// agrees to all or not to laboratory results.
    async fn agree(&mut self) {
        let (app, person) = (self.below(2), self.below(2));
        let patient = PATIENTS[person][self.below(PATIENTS[person].len())];
        let mut browser = std::mem::take(&mut self.browsers[person]);
        let launched = self.one_in(5);
        let requested = if launched {
            EHR_SCOPE
        } else {
            SCOPES[self.below(SCOPES.len())]
        };
        let mut pairs = request(&[("client_id", Some(APPS[app])), ("scope", Some(requested))]);
        if launched {
            let handle = self.start(person, &mut browser, app, patient).await;
            pairs.push(("launch", handle));
        }
        if self.one_in(5) {
            pairs = self.push(app, &pairs).await;
        }
        let path = browser
            .reach_consent_as(self.server, PEOPLE[person], &pairs, patient)
            .await;
        let page = browser.get(self.server, &path).await;
        let day = self.server.clock.now().date_naive()
            + Days::new(u64::try_from(2 + self.below(3)).unwrap());
        let less = self.one_in(4);
        let mut fields = page.fields("#consent");
        fields.retain(|(name, value)| {
            name != "share_until" && !(less && name == "category" && value == "laboratory")
        });
        fields.push(("share_until".into(), day.to_string()));
        fields.push(("decision".into(), "approve".into()));
        let answer = browser.post(self.server, &path, &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        self.secrets
            .extend(path.split_once('=').map(|(_, handle)| handle.to_owned()));
        self.keep(person, browser);
        let midnight = (day + Days::new(1)).and_hms_opt(0, 0, 0).unwrap();
        self.promise.codes.push(Code {
            value: query_of(answer.location()).remove("code").unwrap(),
            agreement: Agreement {
                app,
                person,
                patient,
                requested,
                laboratory: !less,
                until: midnight.and_utc().timestamp(),
            },
            issued_at: self.now(),
            fate: Fate::Fresh,
        });
    }

    /// A person starts an app in the portal, about a patient; returns the handle the app is given.
    async fn start(
        &mut self,
        person: usize,
        browser: &mut Browser,
        app: usize,
        patient: &str,
    ) -> String {
        self.portal(person, browser).await;
        let page = browser.get(self.server, "/launch").await;
        let pairs = [
            ("csrf_token", page.csrf()),
            ("app", APPS[app].to_owned()),
            ("patient", patient.to_owned()),
        ];
        let page = browser.post(self.server, "/launch", &pairs).await;
        let handle = query_of(page.location()).remove("launch").unwrap();
        self.secrets.push(handle.clone());
        handle
    }

    async fn push(&mut self, app: usize, pairs: &Pairs<'static>) -> Pairs<'static> {
        let form: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let response = self.server.form("/oauth/par", basic(app), &form).await;
        let body: Value = response.json().await.unwrap();
        let uri = body["request_uri"].as_str().unwrap().to_owned();
        self.secrets
            .push(uri.rsplit(':').next().unwrap().to_owned());
        vec![("client_id", APPS[app].to_owned()), ("request_uri", uri)]
    }

    fn keep(&mut self, person: usize, browser: Browser) {
        let value = |cookie: &String| cookie.split_once('=').unwrap().1.to_owned();
        self.secrets.extend(browser.cookie.as_ref().map(value));
        self.browsers[person] = browser;
    }

    /// Any code, presented rightly, by the other app or with another verifier.
    async fn redeem(&mut self) {
        let Some(at) = self.recent(self.promise.codes.len()) else {
            return;
        };
        let now = self.now();
        let code = &self.promise.codes[at];
        let (stolen, guessed) = (self.one_in(12), self.one_in(12));
        let app = if stolen {
            1 - code.agreement.app
        } else {
            code.agreement.app
        };
        let verifier = if guessed {
            "a-guess-of-sufficient-length-0123456789-0123"
        } else {
            VERIFIER
        };
        let value = code.value.clone();
        let mut form = exchange(&value);
        form.retain(|(name, _)| !["client_id", "code_verifier"].contains(name));
        form.push(("code_verifier", verifier));
        let key = self.some_key();
        let (status, body) = self.token(app, key, form).await;
        let right = !stolen && !guessed && self.promise.is_redeemable(at, now);
        assert_eq!(status == 200, right, "{:?} {body}", self.promise.codes[at]);
        match self.promise.codes[at].fate {
            Fate::Fresh if right => self.found(at, key, &body, now),
            Fate::Spent(family) => {
                self.promise.families[family].revoked = true;
                self.promise.codes[at].fate = Fate::Dead;
            }
            _ => self.promise.codes[at].fate = Fate::Dead,
        }
    }

    /// One of the keys, or none.
    fn some_key(&self) -> Option<usize> {
        self.one_in(3).then(|| self.below(self.holders.len()))
    }

    fn found(&mut self, code: usize, key: Option<usize>, body: &Value, now: Instant) {
        let agreement = self.promise.codes[code].agreement.clone();
        let scope = body["scope"].as_str().unwrap().to_owned();
        let granted = ScopeSet::parse(&scope);
        assert!(granted.unknown.is_empty());
        let requested = ScopeSet::parse(agreement.requested).known;
        assert!(requested.covers(&granted.known), "{scope}");
        assert_eq!(body["patient"], agreement.patient);
        let tied = scope.contains("online_access") && body["refresh_token"].is_string();
        let online_until = tied.then(|| {
            let claims = claims_of(body["id_token"].as_str().unwrap());
            claims["auth_time"].as_i64().unwrap() + SESSION
        });
        let id = self.promise.families.len();
        self.promise.families.push(Family {
            // Only a client without a secret needs its refresh tokens bound.
            key: key.filter(|_| agreement.app == 0),
            agreement,
            scope: Some(scope),
            granted_at: now,
            used_at: now,
            online_until,
            revoked: false,
        });
        self.promise.codes[code].fate = Fate::Spent(id);
        self.receive(id, key, None, body, now);
    }

    fn receive(
        &mut self,
        family: usize,
        key: Option<usize>,
        replaces: Option<usize>,
        body: &Value,
        now: Instant,
    ) {
        let kind = if key.is_some() { "DPoP" } else { "Bearer" };
        assert_eq!(body["token_type"], kind);
        let access = self.promise.accesses.len();
        let ends_at = self.promise.families[family].access_end(now);
        assert_eq!(body["expires_in"], ends_at - now);
        self.promise.accesses.push(Access {
            value: body["access_token"].as_str().unwrap().to_owned(),
            family,
            scope: body["scope"].as_str().unwrap().to_owned(),
            narrowed: false,
            laboratory: self.promise.families[family].agreement.laboratory,
            key,
            issued_at: now,
            ends_at,
            deleted: false,
            used: false,
        });
        if let Some(value) = body["refresh_token"].as_str() {
            self.promise.refreshes.push(Refresh {
                value: value.to_owned(),
                family,
                spent_at: None,
                replaces,
                access,
            });
        }
    }

    /// Any refresh token, used rightly, by the other app, with another key, for less or for more.
    async fn refresh(&mut self) {
        let Some(at) = self.recent(self.promise.refreshes.len()) else {
            return;
        };
        let now = self.now();
        let token = &self.promise.refreshes[at];
        let (id, value, spent) = (token.family, token.value.clone(), token.spent_at.is_some());
        let lost = self.promise.lost(at, now);
        let family = &self.promise.families[id];
        let (stolen, alive) = (self.one_in(12), family.may_refresh(now));
        let app = if stolen {
            1 - family.agreement.app
        } else {
            family.agreement.app
        };
        let key = match family.key {
            Some(key) if !self.one_in(8) => Some(key),
            _ => self.some_key(),
        };
        let holds = family.key.is_none() || family.key == key;
        let known = family.scope.as_deref();
        let scope = match self.below(8) {
            0 if known.is_some() => Some("patient/Patient.rs"),
            1 => Some("patient/*.cruds system/*.rs"),
            _ => None,
        };
        let fits = scope.is_none_or(|text| {
            let asked = ScopeSet::parse(text).known;
            known.is_some_and(|known| ScopeSet::parse(known).known.covers(&asked))
        });
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", value.as_str()),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        let (status, body) = self.token(app, key, form).await;
        let owned = !stolen && holds;
        let right = owned && (!spent || lost.is_some()) && alive && fits;
        assert_eq!(
            status == 200,
            right,
            "{:?} {body}",
            self.promise.families[id]
        );
        if right {
            self.renewed((id, at), lost, scope, &body, now);
            self.receive(id, key, lost.is_none().then_some(at), &body, now);
        } else if spent && lost.is_none() && owned {
            self.promise.families[id].revoked = true;
        }
    }

    /// What a refresh changes besides what it gives.
    fn renewed(
        &mut self,
        (id, at): (usize, usize),
        lost: Option<usize>,
        asked: Option<&str>,
        body: &Value,
        now: Instant,
    ) {
        let family = &mut self.promise.families[id];
        let scope = body["scope"].as_str().unwrap();
        match (asked, &family.scope) {
            (Some(asked), _) => assert_eq!(scope, asked),
            (None, Some(known)) => assert_eq!(scope, known),
            (None, None) => {
                let requested = ScopeSet::parse(family.agreement.requested).known;
                assert!(requested.covers(&ScopeSet::parse(scope).known), "{scope}");
                family.scope = Some(scope.to_owned());
            }
        }
        family.used_at = now;
        self.promise.refreshes[lost.unwrap_or(at)].spent_at = Some(now);
        if let Some(lost) = lost {
            let access = self.promise.refreshes[lost].access;
            self.promise.accesses[access].deleted = true;
            self.promise.repeats += 1;
        }
    }

    /// Any access token reads a patient or their observations, perhaps without the proof it needs.
    async fn read(&mut self) {
        let Some(at) = self.recent(self.promise.accesses.len()) else {
            return;
        };
        if self.promise.accesses[at].narrowed {
            let answer = self.ask(&self.promise.accesses[at].value).await;
            self.promise.check(at, &answer, self.now(), &APPS);
        }
        let (now, patient) = (self.now(), EVERYBODY[self.below(EVERYBODY.len())]);
        let whole = self.one_in(2);
        let path = if whole {
            format!("/Patient/{patient}")
        } else {
            format!("/Observation?patient={patient}&_count=30")
        };
        let proves = !self.one_in(6);
        let (status, body) = told(self.presenting(at, &path, proves)).await;
        let active = self.promise.is_active(at, now);
        self.promise.used(at, now);
        let token = &self.promise.accesses[at];
        if !active || (token.key.is_some() && !proves) {
            assert_eq!(status, 401, "{body}");
            return;
        }
        let held = Held {
            scope: &token.scope,
            patient: Some(self.promise.families[token.family].agreement.patient),
            laboratory: token.laboratory,
        };
        if whole {
            let expected = held.patient_status(patient);
            assert_eq!(status, expected, "{} {body}", token.scope);
        } else {
            held.check_observations(patient, status, &body);
        }
    }

    /// A request to the FHIR server with an access token, and the proof if it is bound.
    fn presenting(&self, access: usize, path: &str, proves: bool) -> reqwest::RequestBuilder {
        let token = &self.promise.accesses[access];
        let request = self.record.request(Method::GET, path);
        match token.key.filter(|_| proves) {
            None => request.bearer_auth(&token.value),
            Some(key) => {
                let url = format!("{FHIR_BASE}{}", path.split('?').next().unwrap());
                let value = Some(token.value.as_str());
                let proof = self.holders[key].proof_at(self.server, "GET", &url, value);
                request
                    .header("authorization", format!("DPoP {}", token.value))
                    .header("dpop", proof)
            }
        }
    }

    async fn introspect(&mut self) {
        let Some(at) = self.recent(self.promise.accesses.len()) else {
            return;
        };
        let answer = self.ask(&self.promise.accesses[at].value).await;
        self.promise.check(at, &answer, self.now(), &APPS);
    }

    async fn ask(&self, token: &str) -> Value {
        let answer = self.server.in_process.introspect(token).await.unwrap();
        if self.one_in(10) {
            assert_eq!(
                serde_json::to_value(&answer).unwrap(),
                self.server.introspect(token).await
            );
        }
        serde_json::to_value(answer).unwrap()
    }

    /// What is no access token is never active.
    async fn guess(&mut self) {
        let codes = self.recent(self.promise.codes.len());
        let refreshes = self.recent(self.promise.refreshes.len());
        let mut guesses = vec!["a-guess".to_owned()];
        guesses.extend(codes.map(|at| self.promise.codes[at].value.clone()));
        guesses.extend(refreshes.map(|at| self.promise.refreshes[at].value.clone()));
        for guess in guesses {
            assert_eq!(self.ask(&guess).await, json!({"active": false}));
        }
    }

    /// An app revokes a token, its own or another's.
    async fn revoke(&mut self) {
        let whole = self.one_in(2);
        let count = if whole {
            self.promise.refreshes.len()
        } else {
            self.promise.accesses.len()
        };
        let Some(at) = self.recent(count) else {
            return;
        };
        let (family, value) = if whole {
            let token = &self.promise.refreshes[at];
            (token.family, token.value.clone())
        } else {
            let token = &self.promise.accesses[at];
            (token.family, token.value.clone())
        };
        let own = self.promise.families[family].agreement.app;
        let app = if self.one_in(3) { 1 - own } else { own };
        let mut form = vec![("token", value.as_str())];
        form.extend((app == 0).then_some(("client_id", APPS[0])));
        let response = self.server.form("/oauth/revoke", basic(app), &form).await;
        let deleted = !whole && self.promise.accesses[at].deleted;
        let expected = if app != own && app == 1 && !deleted {
            400
        } else {
            200
        };
        assert_eq!(response.status(), expected);
        if app == own && whole {
            self.promise.families[family].revoked = true;
        } else if app == own {
            self.promise.accesses[at].deleted = true;
        }
    }

    /// A person who is signed in, and their page of apps.
    async fn portal(&self, person: usize, browser: &mut Browser) -> Page {
        let page = browser.get(self.server, "/login").await;
        if page.location.is_none() {
            let page = browser
                .sign_in(self.server, "/login", PEOPLE[person], "demo-password")
                .await;
            assert_eq!(page.status, 303);
        }
        browser.get(self.server, "/apps").await
    }

    /// A person ends one of their consents; the other person cannot.
    async fn end_in_portal(&mut self) {
        let person = self.below(2);
        let mut browser = std::mem::take(&mut self.browsers[person]);
        let page = self.portal(person, &mut browser).await;
        let shared = self.promise.shared(person, self.now());
        let buttons = page.select("button[name=app]");
        assert_eq!(buttons.len(), shared.len());
        if let Some(at) = self.recent(shared.len()) {
            let app = buttons[at]["value"].clone();
            self.try_for_other(person, &app).await;
            let pairs = [("csrf_token", page.csrf()), ("app", app)];
            let ended = browser.post(self.server, "/apps/revoke", &pairs).await;
            assert_eq!(ended.location(), "/apps");
            self.end_family(shared[at]);
        }
        self.keep(person, browser);
    }

    /// A person takes laboratory results away from an app or gives them back, and sets another end.
    async fn change(&mut self) {
        let person = self.below(2);
        let mut browser = std::mem::take(&mut self.browsers[person]);
        let page = self.portal(person, &mut browser).await;
        let shared = self.promise.shared(person, self.now());
        if let Some(at) = self.recent(shared.len()) {
            let app = page.select("button[name=app]")[at]["value"].clone();
            let page = browser.get(self.server, &format!("/apps/{app}")).await;
            let mut fields = page.fields("#change");
            let laboratory = ("category".to_owned(), "laboratory".to_owned());
            let gives = !fields.contains(&laboratory);
            fields.retain(|field| *field != laboratory && field.0 != "share_until");
            fields.extend(gives.then_some(laboratory));
            let day = self.server.clock.now().date_naive()
                + Days::new(u64::try_from(2 + self.below(3)).unwrap());
            fields.push(("share_until".into(), day.to_string()));
            let changed = browser.post(self.server, "/apps/change", &fields).await;
            assert_eq!(changed.location(), format!("/apps/{app}"));
            let midnight = (day + Days::new(1)).and_hms_opt(0, 0, 0).unwrap();
            self.changed(shared[at], gives, midnight.and_utc().timestamp());
        }
        self.keep(person, browser);
    }

    fn changed(&mut self, id: usize, gives: bool, until: Instant) {
        let family = &mut self.promise.families[id];
        assert_eq!(family.agreement.laboratory, !gives);
        family.agreement.laboratory = gives;
        family.agreement.until = until;
        family.scope = None;
        let tokens = self.promise.accesses.iter_mut();
        for token in tokens.filter(|token| token.family == id) {
            token.narrowed = true;
            token.laboratory &= gives;
        }
    }

    async fn try_for_other(&mut self, person: usize, app: &str) {
        let mut browser = std::mem::take(&mut self.browsers[1 - person]);
        let page = self.portal(1 - person, &mut browser).await;
        let csrf = page.select("input[name=csrf_token]")[0]["value"].clone();
        let pairs = [("csrf_token", csrf.as_str()), ("app", app)];
        let refused = browser.post(self.server, "/apps/revoke", &pairs).await;
        assert_eq!(refused.status, 404);
        self.keep(1 - person, browser);
    }

    /// A consent that its person ended, with the codes under way between the same two.
    fn end_family(&mut self, id: usize) {
        self.promise.families[id].revoked = true;
        let agreement = self.promise.families[id].agreement.clone();
        for code in &mut self.promise.codes {
            let same =
                (code.agreement.app, code.agreement.person) == (agreement.app, agreement.person);
            if same && code.fate == Fate::Fresh {
                code.fate = Fate::Dead;
            }
        }
    }

    /// What is tied to the session ends with it.
    async fn sign_out(&mut self) {
        let person = self.below(2);
        let mut browser = std::mem::take(&mut self.browsers[person]);
        let page = self.portal(person, &mut browser).await;
        let csrf = page.select("input[name=csrf_token]")[0]["value"].clone();
        browser
            .post(self.server, "/logout", &[("csrf_token", csrf)])
            .await;
        for family in &mut self.promise.families {
            if family.agreement.person == person && family.online_until.is_some() {
                family.revoked = true;
            }
        }
    }

    /// The service gets a token, or an old one is looked at.
    async fn serve(&mut self) {
        let now = self.now();
        let assertion = EC.assertion(self.server, "service");
        let pairs = [
            ("grant_type", "client_credentials"),
            ("scope", "system/*.rs patient/*.rs"),
        ];
        let (status, body) = self
            .server
            .token(None, &with_assertion(&pairs, &assertion))
            .await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["scope"], "system/Patient.rs");
        self.secrets.push(assertion);
        self.promise.services.push(Service {
            value: body["access_token"].as_str().unwrap().to_owned(),
            ends_at: now + 300,
        });
        let at = self.recent(self.promise.services.len()).unwrap();
        let token = &self.promise.services[at];
        let answer = self.ask(&token.value).await;
        let active = now < token.ends_at;
        assert_eq!(answer["active"], active);
        assert_eq!(answer.get("patient"), None);
        for (path, expected) in [
            (format!("/Patient/{}", EVERYBODY[self.below(3)]), 200),
            ("/Observation?_count=1".to_owned(), 403),
        ] {
            let (status, _) = self.record.read(&token.value, &path).await;
            assert_eq!(status, if active { expected } else { 401 });
        }
    }

    /// A form to the token endpoint, with a proof of holding a key if there is one.
    async fn token(
        &self,
        app: usize,
        key: Option<usize>,
        mut form: Vec<(&str, &str)>,
    ) -> (u16, Value) {
        form.extend((app == 0).then_some(("client_id", APPS[0])));
        let mut request = self
            .server
            .request(Method::POST, "/oauth/token")
            .form(&form);
        if let Some(text) = basic(app) {
            request = request.header("authorization", basic_header(text));
        }
        if let Some(key) = key {
            let proof = self.holders[key].proof(self.server, "POST", "/oauth/token", None);
            request = request.header("dpop", proof);
        }
        let (status, body) = told(request).await;
        assert!([200, 400].contains(&status), "{status} {body}");
        (status, body)
    }

    /// Looks at every token once more; returns everything that was secret.
    pub async fn finish(mut self) -> Vec<String> {
        let now = self.now();
        let families = &self.promise.families;
        let revoked = families.iter().filter(|family| family.revoked).count();
        let spent = self
            .promise
            .refreshes
            .iter()
            .filter(|token| token.spent_at.is_some());
        let bound = self
            .promise
            .accesses
            .iter()
            .filter(|token| token.key.is_some());
        let narrowed = self
            .promise
            .accesses
            .iter()
            .filter(|token| !token.laboratory);
        let launched = families
            .iter()
            .filter(|family| family.agreement.requested == EHR_SCOPE);
        // A walk that does too little would prove too little.
        let done = [
            families.len(),
            revoked,
            spent.count(),
            self.promise.repeats,
            bound.count(),
            narrowed.count(),
            launched.count(),
        ];
        assert!(done.iter().all(|count| *count > 10), "{done:?}");
        for at in 0..self.promise.accesses.len() {
            let answer = self.ask(&self.promise.accesses[at].value).await;
            self.promise.check(at, &answer, now, &APPS);
        }
        let codes = self.promise.codes.into_iter().map(|code| code.value);
        let accesses = self.promise.accesses.into_iter().map(|token| token.value);
        let refreshes = self.promise.refreshes.into_iter().map(|token| token.value);
        let services = self.promise.services.into_iter().map(|token| token.value);
        let fixed = [
            VERIFIER,
            "demo-password",
            "demo-confidential-secret",
            "rs-secret",
        ];
        self.secrets
            .into_iter()
            .chain(codes)
            .chain(accesses)
            .chain(refreshes)
            .chain(services)
            .chain(fixed.map(str::to_owned))
            .collect()
    }
}

fn basic(app: usize) -> Option<&'static str> {
    (app == 1).then_some(BASIC)
}
