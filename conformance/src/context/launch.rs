//! A launch from the portal (SMART App Launch 2.2, "EHR launch").

use tokio::sync::OnceCell;
use url::Url;

use super::Context;
use crate::configuration::{RegisteredClient, Secret};
use crate::login::browser::{Arrival, Browser};
use crate::login::cookie::CookieJar;
use crate::login::page::{Form, Kind, Page};
use crate::login::token::endpoint;
use crate::outcome::{Finding, skip};

/// What the app was called with.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// The app's launch URL with its query.
    pub(crate) url: Url,
    /// The patient that was chosen, when the page asks for one.
    pub(crate) patient: Option<String>,
    pub(crate) jar: CookieJar,
}

/// What was made so far.
#[derive(Default)]
pub(super) struct Launches {
    first: OnceCell<Result<Launch, Finding>>,
}

impl Launch {
    /// A parameter of the launch URL.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        let found = pairs.find(|(other, _)| other == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// The opaque launch value, kept out of every report.
    pub(crate) fn handle(&self, context: &Context) -> String {
        let handle = self.value("launch").unwrap_or_default();
        context.client.redactor.learn(&Secret::from(handle.clone()));
        handle
    }
}

impl Context {
    /// The first launch of the run.
    pub(crate) async fn launch(&self) -> Result<&Launch, Finding> {
        let made = &self.launches.first;
        let made = made.get_or_init(|| self.new_launch()).await;
        made.as_ref().map_err(Clone::clone)
    }

    /// Signs in at the page that launches apps and launches the run's client from there.
    pub(crate) async fn new_launch(&self) -> Result<Launch, Finding> {
        let client = self.public_client().await?;
        let mut browser = Browser::new(self);
        browser.catches_launch = true;
        let (url, page) = self.launch_page(&mut browser).await?;
        let Some((mut form, name)) = launching(&page, client) else {
            return skip("the page that launches apps does not offer this client");
        };
        form.fill(&name, &client.id);
        form.press_id("start");
        let patient = self.chosen(&mut form).await?;
        match browser.submit(&url, form).await? {
            Arrival::Callback(url) => Ok(Launch {
                url,
                patient,
                jar: browser.jar,
            }),
            Arrival::Page(shown) => Err(Finding::Fail(format!(
                "the app was not called: the portal shows {:?} with status {}",
                shown.page.title, shown.answer.status
            ))),
        }
    }

    /// Where apps are launched: as configured, or `launch` beside the other pages of the portal.
    async fn launch_page(&self, browser: &mut Browser<'_>) -> Result<(Url, Page), Finding> {
        let person = self.person()?;
        let place = match &self.configuration.launch_page {
            Some(url) => url.clone(),
            None => endpoint(self, "issuer")
                .await?
                .join("/launch")
                .or_else(|_| skip("give --launch-page"))?,
        };
        let arrival = browser.open(place.clone()).await?;
        let Arrival::Page(mut shown) = arrival else {
            return skip("the page that launches apps leads away");
        };
        if let Some(form) = shown.page.form(Kind::Login).cloned() {
            let form = person.fill(form);
            browser.submit(&shown.answer.url, form).await?;
            // A login may lead elsewhere than where it was asked for.
            let Arrival::Page(again) = browser.open(place).await? else {
                return skip("the page that launches apps leads away");
            };
            shown = again;
        }
        if shown.answer.status != 200 {
            return skip("no page that launches apps is known; give --launch-page");
        }
        Ok((shown.answer.url.clone(), shown.page))
    }

    /// Chooses the session's patient where a patient is asked for.
    async fn chosen(&self, form: &mut Form) -> Result<Option<String>, Finding> {
        let patient = self.session().await?.patient.clone();
        let offered = form.options.iter().find(|(_, value)| *value == patient);
        let Some((name, value)) = offered.cloned() else {
            return Ok(None);
        };
        form.fill(&name, &value);
        Ok(Some(patient))
    }
}

/// The form that offers this client, and the name of its choice.
fn launching(page: &Page, client: &RegisteredClient) -> Option<(Form, String)> {
    page.forms.iter().find_map(|form| {
        let mut options = form.options.iter();
        let (name, _) = options.find(|(_, value)| *value == client.id)?;
        Some((form.clone(), name.clone()))
    })
}
