//! The form driver: goes from page to page as a person would. It works for portals of plain HTML;
//! the page decides what the next step is.

use super::browser::{Arrival, Browser, Shown};
use super::page::{Button, Form, Kind, Page};
use super::{LoginProblem, Stage, Wish};
use crate::outcome::Finding;

const MOST_PAGES: usize = 8;

/// What is said of a page that offers nothing known: what there is, so that it can be named.
fn unknown(page: &Page) -> String {
    let fields: Vec<_> = page.forms.iter().flat_map(|form| &form.fields).collect();
    let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
    let what = if names.is_empty() {
        "it has no form; a portal that needs script is gone through with --webdriver".to_owned()
    } else {
        format!(
            "none of its fields ({}) or buttons is known; [selectors] in a file names them",
            names.join(", ")
        )
    };
    format!("the page {:?} cannot be gone through: {what}", page.title)
}

/// A person on the way through the portal.
pub(crate) struct Walk<'a> {
    pub(crate) browser: Browser<'a>,
    wish: &'a Wish,
    stage: Stage,
    /// Patients that were offered.
    pub(crate) offered: Vec<String>,
    /// The one that was chosen.
    pub(crate) chosen: Option<String>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(browser: Browser<'a>, wish: &'a Wish) -> Self {
        Self {
            browser,
            wish,
            stage: Stage::Authorization,
            offered: Vec::new(),
            chosen: None,
        }
    }

    /// Sends the authorization request.
    pub(crate) async fn start(&mut self, url: url::Url) -> Result<Arrival, LoginProblem> {
        let arrival = self.browser.open(url).await;
        self.arrived(arrival)
    }

    /// Goes on until a page of this kind is shown, or else until the callback.
    pub(crate) async fn until(
        &mut self,
        mut arrival: Arrival,
        goal: Option<Kind>,
    ) -> Result<Arrival, LoginProblem> {
        for _ in 0..MOST_PAGES {
            let Arrival::Page(shown) = arrival else {
                return Ok(arrival);
            };
            if goal.is_some() && shown.page.kind() == goal {
                return Ok(Arrival::Page(shown));
            }
            let form = self.act(&shown)?;
            let next = self.browser.submit(&shown.answer.url, form).await;
            arrival = self.arrived(next)?;
        }
        Err(self.problem("the portal showed more pages than a login has"))
    }

    fn arrived(&self, arrival: Result<Arrival, Finding>) -> Result<Arrival, LoginProblem> {
        let arrival = arrival.map_err(|finding| self.stage.finding(finding))?;
        match &arrival {
            Arrival::Page(shown) if shown.answer.status >= 400 && shown.page.forms.is_empty() => {
                let (status, title) = (shown.answer.status, &shown.page.title);
                Err(self.problem(format!("the portal answered {status} {title}")))
            }
            Arrival::Callback(url)
                if self.stage == Stage::Authorization
                    && !url.query_pairs().any(|(name, _)| name == "error") =>
            {
                Err(self.problem("the request went straight to the redirect URI, without a login"))
            }
            _ => Ok(arrival),
        }
    }

    fn problem(&self, reason: impl Into<String>) -> LoginProblem {
        self.stage.problem(reason)
    }

    /// The form to send on this page, filled in.
    fn act(&mut self, shown: &Shown) -> Result<Form, LoginProblem> {
        let kind = shown.page.kind();
        match kind.and_then(|kind| shown.page.form(kind)).cloned() {
            Some(form) if kind == Some(Kind::Login) => self.log_in(form),
            Some(form) if kind == Some(Kind::Choice) => self.choose(form),
            Some(form) => Ok(self.consent(form)),
            None => Err(self.problem(unknown(&shown.page))),
        }
    }

    fn log_in(&mut self, form: Form) -> Result<Form, LoginProblem> {
        if self.stage >= Stage::Login {
            return Err(Stage::Login
                .problem("the login page came back: the portal refused the credentials"));
        }
        self.stage = Stage::Login;
        Ok(self.wish.person.fill(form))
    }

    fn choose(&mut self, mut form: Form) -> Result<Form, LoginProblem> {
        self.stage = Stage::Consent;
        let id = |button: &Button| button.patient.clone();
        self.offered = form.buttons.iter().filter_map(id).collect();
        let wanted = self.wish.patient.clone();
        let wanted = wanted.or_else(|| self.offered.first().cloned());
        let mut buttons = form.buttons.iter();
        let button = buttons.find(|button| button.patient == wanted).cloned();
        let Some(button) = button else {
            return Err(self.problem("the wanted patient is not offered"));
        };
        self.chosen = wanted;
        form.press(&button);
        Ok(form)
    }

    fn consent(&mut self, mut form: Form) -> Form {
        self.stage = Stage::Consent;
        if let Some(category) = &self.wish.without {
            form.untick(category);
        }
        form.press_id("authorize");
        form
    }
}
