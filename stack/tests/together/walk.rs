//! One random step after the other, each predicted by the model.

use authz::Random;
use chrono::{Days, TimeDelta};
use serde_json::{Value, json};
use smart::clock::Clock;
use smart::scope::ScopeSet;

use crate::helpers::*;
use crate::jwt::{EC, with_assertion};
use crate::promise::{Access, Agreement, Code, Family, Fate, Instant, Promise, Refresh, Service};

const APPS: [&str; 2] = ["demo-app", "demo-confidential"];
const PEOPLE: [&str; 2] = ["daniel-adams", "joseph-ross"];
const JOSEPH: &str = "smart-1081332";
/// Whose record each person may share.
const PATIENTS: [&[&str]; 2] = [&[DANIEL, AMY], &[JOSEPH]];
const SCOPES: [&str; 4] = [
    SCOPE,
    "launch/patient patient/Condition.rs patient/Observation.rs",
    "openid online_access patient/Patient.rs patient/Observation.rs",
    "launch/patient offline_access patient/*.read",
];
const SESSION: i64 = 8 * 3600;

/// The clients file with the service.
pub fn service() -> Value {
    json!({"clients": [{"client_id": "service", "client_name": "Service", "redirect_uris": [],
        "token_endpoint_auth_methods": ["private_key_jwt"], "grant_types": ["client_credentials"],
        "jwks": {"keys": [EC.jwk()]}, "scope": "system/Patient.rs"}]})
}

pub struct Walk<'a> {
    server: &'a TestServer,
    random: std::sync::Arc<Random>,
    promise: Promise,
    browsers: [Browser; 2],
    /// Cookies, assertions and references; codes and tokens are the model's.
    secrets: Vec<String>,
}

impl<'a> Walk<'a> {
    pub fn new(server: &'a TestServer, seed: u64) -> Self {
        Self {
            server,
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
            14..34 => self.redeem().await,
            34..52 => self.refresh().await,
            52..76 => self.introspect().await,
            76..80 => self.revoke().await,
            80..82 => self.end_in_portal().await,
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

    /// A person is asked, perhaps by a pushed request, and agrees to all or not to laboratory results.
    async fn agree(&mut self) {
        let (app, person) = (self.below(2), self.below(2));
        let patient = PATIENTS[person][self.below(PATIENTS[person].len())];
        let requested = SCOPES[self.below(SCOPES.len())];
        let mut pairs = request(&[("client_id", Some(APPS[app])), ("scope", Some(requested))]);
        if self.one_in(5) {
            pairs = self.push(app, &pairs).await;
        }
        let mut browser = std::mem::take(&mut self.browsers[person]);
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
                until: midnight.and_utc().timestamp(),
            },
            issued_at: self.now(),
            fate: Fate::Fresh,
        });
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
        let (status, body) = self.token(app, form).await;
        let right = !stolen && !guessed && self.promise.is_redeemable(at, now);
        assert_eq!(status == 200, right, "{:?} {body}", self.promise.codes[at]);
        match self.promise.codes[at].fate {
            Fate::Fresh if right => self.found(at, &body, now),
            Fate::Spent(family) => {
                self.promise.families[family].revoked = true;
                self.promise.codes[at].fate = Fate::Dead;
            }
            _ => self.promise.codes[at].fate = Fate::Dead,
        }
    }

    fn found(&mut self, code: usize, body: &Value, now: Instant) {
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
            agreement,
            scope,
            granted_at: now,
            used_at: now,
            online_until,
            revoked: false,
        });
        self.promise.codes[code].fate = Fate::Spent(id);
        self.receive(id, body, now);
    }

    fn receive(&mut self, family: usize, body: &Value, now: Instant) {
        let ends_at = self.promise.families[family].access_end(now);
        assert_eq!(body["expires_in"], ends_at - now);
        self.promise.accesses.push(Access {
            value: body["access_token"].as_str().unwrap().to_owned(),
            family,
            scope: body["scope"].as_str().unwrap().to_owned(),
            ends_at,
            deleted: false,
        });
        if let Some(value) = body["refresh_token"].as_str() {
            self.promise.refreshes.push(Refresh {
                value: value.to_owned(),
                family,
                spent: false,
            });
        }
    }

    /// Any refresh token, used rightly, by the other app, for less or for more.
    async fn refresh(&mut self) {
        let Some(at) = self.recent(self.promise.refreshes.len()) else {
            return;
        };
        let now = self.now();
        let token = &self.promise.refreshes[at];
        let (id, value, spent) = (token.family, token.value.clone(), token.spent);
        let family = &self.promise.families[id];
        let (stolen, alive) = (self.one_in(12), family.may_refresh(now));
        let app = if stolen {
            1 - family.agreement.app
        } else {
            family.agreement.app
        };
        let scope = match self.below(8) {
            0 => Some("patient/Patient.rs"),
            1 => Some("patient/*.cruds system/*.rs"),
            _ => None,
        };
        let fits = scope.is_none_or(|text| {
            let asked = ScopeSet::parse(text).known;
            ScopeSet::parse(&family.scope).known.covers(&asked)
        });
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", value.as_str()),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        let (status, body) = self.token(app, form).await;
        let right = !stolen && !spent && alive && fits;
        assert_eq!(
            status == 200,
            right,
            "{:?} {body}",
            self.promise.families[id]
        );
        if right {
            let expected = scope.unwrap_or(&self.promise.families[id].scope);
            assert_eq!(body["scope"], expected);
            self.promise.refreshes[at].spent = true;
            self.promise.families[id].used_at = now;
            self.receive(id, &body, now);
        } else if spent && !stolen {
            self.promise.families[id].revoked = true;
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
        assert_eq!(answer["active"], now < token.ends_at);
        assert_eq!(answer.get("patient"), None);
    }

    async fn token(&self, app: usize, mut form: Vec<(&str, &str)>) -> (u16, Value) {
        form.extend((app == 0).then_some(("client_id", APPS[0])));
        let (status, body) = self.server.token(basic(app), &form).await;
        let known = [200, 400].contains(&status.as_u16());
        assert!(known, "{status} {body}");
        (status.as_u16(), body)
    }

    /// Looks at every token once more; returns everything that was secret.
    pub async fn finish(mut self) -> Vec<String> {
        let now = self.now();
        let families = &self.promise.families;
        let revoked = families.iter().filter(|family| family.revoked).count();
        let spent = self.promise.refreshes.iter().filter(|token| token.spent);
        // A walk that does too little would prove too little.
        let done = [families.len(), revoked, spent.count()];
        assert!(done.iter().all(|count| *count > 50), "{done:?}");
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
