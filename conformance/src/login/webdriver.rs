//! The `WebDriver` driver: a real browser goes through pages that need script (W3C `WebDriver`).

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::listener::Listener;
use super::{CookieJar, LoginProblem, Stage, Trip, Wish};
use crate::configuration::Selectors;
use crate::context::Context;
use crate::http::{Answer, Body, Method, Request};

/// The key of an element reference (W3C `WebDriver`, section 12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Between two looks at a page.
const GLANCE: Duration = Duration::from_millis(150);
const MOST_GLANCES: usize = 200;
/// Glances that a page may stay the same after something was done on it.
const MOST_ALIKE: usize = 40;

/// Goes with a browser from the authorization request to the redirect URI.
pub(super) async fn drive(
    context: &Context,
    address: &Url,
    wish: &Wish,
    url: &Url,
) -> Result<Trip, LoginProblem> {
    let listener = Listener::bind(&context.configuration.redirect_uri).await?;
    let session = Session::start(context, address).await?;
    let mut visit = Visit {
        session: &session,
        selectors: &context.configuration.selectors,
        wish,
        offered: Vec::new(),
        chosen: None,
        jar: CookieJar::default(),
        has_signed_in: false,
    };
    let limit = context.configuration.limits.timeout * 4;
    let found = tokio::select! {
        callback = listener.callback(limit) => callback,
        problem = visit.walk(url) => Err(problem),
    };
    let (offered, chosen, jar) = (visit.offered, visit.chosen, visit.jar);
    session.end().await;
    Ok(Trip {
        callback: found?,
        offered,
        chosen,
        jar,
    })
}

/// A session of the browser.
struct Session<'a> {
    context: &'a Context,
    base: String,
}

impl<'a> Session<'a> {
    async fn start(context: &'a Context, address: &Url) -> Result<Self, LoginProblem> {
        let root = address.as_str().trim_end_matches('/').to_owned();
        let mut session = Self {
            context,
            base: root.clone(),
        };
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "moz:firefoxOptions": {"args": ["-headless"]},
        }}});
        let made = if let Ok(made) = session.post("session", &wanted).await {
            made
        } else {
            // A driver refuses options of another browser.
            let plain = json!({"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": {"args": arguments}}}});
            session.post("session", &plain).await?
        };
        let id = made["sessionId"].as_str().unwrap_or_default();
        session.base = format!("{root}/session/{id}");
        Ok(session)
    }

    async fn send(&self, method: Method, path: &str, body: Body) -> Result<Value, LoginProblem> {
        let text = format!("{}/{path}", self.base);
        let problem = |reason: String| Stage::Login.problem(format!("the WebDriver: {reason}"));
        let url = Url::parse(text.trim_end_matches('/'));
        let url = url.map_err(|error| problem(error.to_string()))?;
        let sent = self
            .context
            .client
            .send(&Request::with(method, url, body))
            .await;
        let answer: Answer = sent.map_err(|error| problem(error.to_string()))?;
        let value = answer.json().unwrap_or_default()["value"].clone();
        if answer.status == 200 {
            return Ok(value);
        }
        let told = value["message"].as_str().unwrap_or_default();
        Err(problem(told.lines().next().unwrap_or_default().to_owned()))
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, LoginProblem> {
        self.send(Method::Post, path, Body::Json(body.clone()))
            .await
    }

    /// The elements that are meant and can be seen.
    async fn find(&self, selector: &str) -> Vec<String> {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = self.post("elements", &wanted).await.unwrap_or_default();
        let all = found.as_array().cloned().unwrap_or_default();
        let ids = all.iter().filter_map(|element| element[ELEMENT].as_str());
        let mut shown = Vec::new();
        for id in ids {
            let path = format!("element/{id}/displayed");
            if self.send(Method::Get, &path, Body::None).await == Ok(Value::Bool(true)) {
                shown.push(id.to_owned());
            }
        }
        shown
    }

    async fn click(&self, element: &str) -> bool {
        let path = format!("element/{element}/click");
        self.post(&path, &json!({})).await.is_ok()
    }

    async fn write(&self, element: &str, text: &str) -> bool {
        let clear = format!("element/{element}/clear");
        let _ = self.post(&clear, &json!({})).await;
        let path = format!("element/{element}/value");
        self.post(&path, &json!({"text": text})).await.is_ok()
    }

    async fn attribute(&self, element: &str, name: &str) -> Option<String> {
        let path = format!("element/{element}/attribute/{name}");
        let value = self.send(Method::Get, &path, Body::None).await.ok()?;
        value.as_str().map(str::to_owned)
    }

    /// Keeps the cookies of the page that is open.
    async fn cookies(&self, jar: &mut CookieJar) {
        let open = self.send(Method::Get, "url", Body::None).await;
        let open = open.unwrap_or_default();
        let Some(page) = open.as_str().and_then(|text| Url::parse(text).ok()) else {
            return;
        };
        let cookies = self.send(Method::Get, "cookie", Body::None).await;
        let cookies = cookies.unwrap_or_default();
        for cookie in cookies.as_array().into_iter().flatten() {
            jar.keep_of_browser(&page, cookie);
        }
    }

    async fn end(&self) {
        let _ = self.send(Method::Delete, "", Body::None).await;
    }
}

/// One way through the portal.
struct Visit<'a> {
    session: &'a Session<'a>,
    selectors: &'a Selectors,
    wish: &'a Wish,
    offered: Vec<String>,
    chosen: Option<String>,
    /// The portal's cookies, as they were when it asked for consent.
    jar: CookieJar,
    has_signed_in: bool,
}

impl Visit<'_> {
    /// Goes on until the browser has left for the redirect URI, which the listener notices; comes
    /// back only with a reason why it cannot go on.
    async fn walk(&mut self, url: &Url) -> LoginProblem {
        let opened = self
            .session
            .post("url", &json!({"url": url.as_str()}))
            .await;
        if let Err(problem) = opened {
            return problem;
        }
        let mut idle = 0;
        for _ in 0..MOST_GLANCES {
            match self.step().await {
                Ok(true) => idle = 0,
                Ok(false) => idle += 1,
                Err(problem) => return problem,
            }
            if idle > MOST_ALIKE {
                break;
            }
            if let Err(error) = self.session.context.client.wait(GLANCE).await {
                return Stage::Login.finding(error);
            }
        }
        Stage::Login.problem("the browser stands before a page that the selectors do not fit")
    }

    /// Does what the page asks for; whether there was something to do.
    async fn step(&mut self) -> Result<bool, LoginProblem> {
        let session = self.session;
        if let Some(field) = session.find(&self.selectors.password).await.first() {
            if self.has_signed_in {
                return Ok(false);
            }
            return Ok(self.sign_in(field).await);
        }
        let patients = session.find(&self.selectors.patient).await;
        if !patients.is_empty() {
            return self.choose(&patients).await;
        }
        if let Some(button) = session.find(&self.selectors.approve).await.first() {
            session.cookies(&mut self.jar).await;
            if let Some(value) = &self.wish.without {
                let tick = format!("input[type=checkbox][value={value:?}]");
                for tick in session.find(&tick).await {
                    session.click(&tick).await;
                }
            }
            return Ok(session.click(button).await);
        }
        Ok(false)
    }

    async fn sign_in(&mut self, password: &str) -> bool {
        let session = self.session;
        if let Some(name) = session.find(&self.selectors.username).await.first() {
            session.write(name, &self.wish.person.username).await;
        }
        let secret = self.wish.person.password.reveal();
        let mut is_done = session.write(password, secret).await;
        match session.find(&self.selectors.sign_in).await.first() {
            Some(button) => is_done &= session.click(button).await,
            None => is_done &= session.write(password, &format!("{secret}\u{e007}")).await,
        }
        self.has_signed_in = is_done;
        is_done
    }

    async fn choose(&mut self, patients: &[String]) -> Result<bool, LoginProblem> {
        let mut known = Vec::new();
        for element in patients {
            let id = match self.session.attribute(element, "data-patient-id").await {
                Some(id) => id,
                None => self
                    .session
                    .attribute(element, "value")
                    .await
                    .unwrap_or_default(),
            };
            known.push((id, element));
        }
        let wanted = self.wish.patient.as_ref();
        let mut places = known.iter();
        let place = places.find(|(id, _)| wanted.is_none_or(|wanted| wanted == id));
        let Some((id, element)) = place else {
            return Err(Stage::Consent.problem("the wanted patient is not offered"));
        };
        self.offered = known.iter().map(|(id, _)| id.clone()).collect();
        self.chosen = Some(id.clone());
        Ok(self.session.click(element).await)
    }
}
