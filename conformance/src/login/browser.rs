//! The form driver: follows redirects and fills forms until the portal sends it to the redirect
//! URI. It works for portals of plain HTML; the page decides what the next step is.

use url::Url;

use super::authorization::AuthorizationRequest;
use super::cookie::CookieJar;
use super::page::{Button, Form, Page};
use super::{LoginProblem, Stage};
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{Answer, Body, Request};

const MOST_PAGES: usize = 8;
const MOST_HOPS: usize = 10;

/// Who signs in, for whom.
pub(super) struct Person<'a> {
    pub(super) username: &'a str,
    pub(super) password: &'a Secret,
    pub(super) patient: Option<&'a str>,
}

/// The end of the flow in the browser.
#[derive(Debug)]
pub(super) struct Approval {
    /// The redirect URI with the answer in its query.
    pub(super) callback: Url,
    /// Patients that were offered.
    pub(super) offered: Vec<String>,
    /// The one that was chosen.
    pub(super) chosen: Option<String>,
}

/// Where a request led.
enum Arrival {
    Page(Url, Page),
    Callback(Url),
}

struct Browser<'a> {
    context: &'a Context,
    person: &'a Person<'a>,
    jar: CookieJar,
    stage: Stage,
    offered: Vec<String>,
    chosen: Option<String>,
}

/// Goes from the authorization request to the callback, approving on the way.
pub(super) async fn approve(
    context: &Context,
    request: &AuthorizationRequest,
    person: &Person<'_>,
) -> Result<Approval, LoginProblem> {
    let mut browser = Browser {
        context,
        person,
        jar: CookieJar::default(),
        stage: Stage::Authorization,
        offered: Vec::new(),
        chosen: None,
    };
    let mut arrival = browser.go(Request::get(request.url.clone())).await?;
    for _ in 0..MOST_PAGES {
        match arrival {
            Arrival::Callback(callback) => return browser.arrive(callback),
            Arrival::Page(url, page) => {
                let form = browser.act(page)?;
                arrival = browser.go(browser.submission(&url, form)?).await?;
            }
        }
    }
    Err(browser.problem("the portal showed more pages than a login has"))
}

impl Browser<'_> {
    fn problem(&self, reason: impl Into<String>) -> LoginProblem {
        self.stage.problem(reason)
    }

    /// Sends a request and follows its redirects, to any host, with cookies but never a token.
    async fn go(&mut self, mut request: Request) -> Result<Arrival, LoginProblem> {
        for _ in 0..MOST_HOPS {
            let answer = self.send(&request).await?;
            let Some(location) = redirect(&answer).map_err(|reason| self.problem(reason))? else {
                return self.page(answer);
            };
            if self.is_callback(&location) {
                return Ok(Arrival::Callback(location));
            }
            request = match answer.status {
                307 | 308 => Request {
                    url: location,
                    ..request
                },
                _ => Request::get(location),
            };
        }
        Err(self.problem(format!("more than {MOST_HOPS} redirects in a row")))
    }

    async fn send(&mut self, request: &Request) -> Result<Answer, LoginProblem> {
        let mut request = request.clone().unfollowed();
        request.headers = vec![("accept", "text/html".to_owned())];
        if let Some(cookies) = self.jar.header(&request.url) {
            request = request.header("cookie", cookies);
        }
        let sent = self.context.client.send(&request).await;
        let answer = sent.map_err(|error| self.stage.finding(error))?;
        for header in answer.headers("set-cookie") {
            self.jar.keep(&answer.url, header);
        }
        Ok(answer)
    }

    fn page(&self, answer: Answer) -> Result<Arrival, LoginProblem> {
        let page = Page::parse(&String::from_utf8_lossy(&answer.body));
        if answer.status >= 400 && page.forms.is_empty() {
            let title = &page.title;
            return Err(self.problem(format!("the portal answered {} {title}", answer.status)));
        }
        Ok(Arrival::Page(answer.url, page))
    }

    fn is_callback(&self, url: &Url) -> bool {
        let own = &self.context.configuration.redirect_uri;
        url.origin() == own.origin() && url.path() == own.path()
    }

    fn arrive(self, callback: Url) -> Result<Approval, LoginProblem> {
        if self.stage == Stage::Authorization && !callback.query_pairs().any(|(k, _)| k == "error")
        {
            return Err(
                self.problem("the request went straight to the redirect URI, without a login")
            );
        }
        Ok(Approval {
            callback,
            offered: self.offered,
            chosen: self.chosen,
        })
    }

    /// The form to send on this page, filled in.
    fn act(&mut self, page: Page) -> Result<Form, LoginProblem> {
        let Page { title, forms } = page;
        for form in forms {
            if form.has("password") {
                return self.log_in(form);
            }
            if form.buttons.iter().any(|button| button.patient.is_some()) {
                return self.choose(form);
            }
            if let Some(button) = form
                .buttons
                .iter()
                .find(|button| button.id == "authorize")
                .cloned()
            {
                return Ok(self.consent(form, &button));
            }
        }
        Err(self.problem(format!(
            "nothing to do on the page {title:?}: no known form"
        )))
    }

    fn log_in(&mut self, mut form: Form) -> Result<Form, LoginProblem> {
        if self.stage >= Stage::Login {
            return Err(Stage::Login
                .problem("the login page came back: the portal refused the credentials"));
        }
        self.stage = Stage::Login;
        form.fill("username", self.person.username);
        form.fill("password", self.person.password.reveal());
        if let Some(button) = form
            .buttons
            .iter()
            .find(|button| button.id == "sign-in")
            .cloned()
        {
            form.press(&button);
        }
        Ok(form)
    }

    fn choose(&mut self, mut form: Form) -> Result<Form, LoginProblem> {
        self.stage = Stage::Consent;
        let id = |button: &Button| button.patient.clone();
        self.offered = form.buttons.iter().filter_map(id).collect();
        let wanted = self
            .person
            .patient
            .map(str::to_owned)
            .or_else(|| self.offered.first().cloned());
        let button = form
            .buttons
            .iter()
            .find(|button| button.patient == wanted)
            .cloned();
        let Some(button) = button else {
            return Err(self.problem("the wanted patient is not offered"));
        };
        self.chosen = wanted;
        form.press(&button);
        Ok(form)
    }

    fn consent(&mut self, mut form: Form, button: &Button) -> Form {
        self.stage = Stage::Consent;
        form.press(button);
        form
    }

    fn submission(&self, page: &Url, form: Form) -> Result<Request, LoginProblem> {
        let mut url = if form.action.is_empty() {
            page.clone()
        } else {
            let joined = page.join(&form.action);
            joined.map_err(|error| self.problem(format!("a form's action is no URL: {error}")))?
        };
        if form.is_post {
            return Ok(Request::post(url, Body::Form(form.fields)));
        }
        url.query_pairs_mut().clear().extend_pairs(form.fields);
        Ok(Request::get(url))
    }
}

fn redirect(answer: &Answer) -> Result<Option<Url>, String> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = answer
        .header("location")
        .ok_or("a redirect has no Location")?;
    let url = answer
        .url
        .join(location)
        .map_err(|error| format!("a redirect leads nowhere: {error}"))?;
    Ok(Some(url))
}
