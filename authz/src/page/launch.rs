//! Starting an app from the portal.

use askama::Template;

use super::Chrome;
use super::record::kind;
use crate::account::demo::DemoUser;
use crate::account::person::{Patient, Person};
use crate::oauth::parameters::Parameters;
use crate::record::entry::Entry;

/// The form that starts an app.
#[derive(Template)]
#[template(path = "launch.html")]
pub struct LaunchPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// What was wrong before.
    pub error: Option<&'a str>,
    /// The apps that can be started.
    pub apps: &'a [LaunchableApp],
    /// Who starts it.
    pub person: &'a Person,
    /// Who else could; published accounts only.
    pub others: Vec<&'a DemoUser>,
    /// Whose visits are on offer.
    pub patient: Option<&'a Patient>,
    /// Visits of that patient, the newest first; `None` when they cannot be told.
    pub visits: Option<Vec<Entry>>,
    /// What the form is filled with.
    pub settings: LaunchSettings,
    /// Public base URL.
    pub issuer: &'a str,
}

/// An app that can be started from here.
#[derive(Debug)]
pub struct LaunchableApp {
    /// `client_id`
    pub client_id: String,
    /// What it calls itself.
    pub name: String,
    /// Where it is started.
    pub launch_url: String,
    /// Whether anybody checked it.
    pub verified: bool,
}

/// What the form is filled with, from the query of the page or the form that was sent. Nothing of
/// it counts before the form is sent and checked.
#[derive(Debug, Default)]
pub struct LaunchSettings {
    /// `client_id`
    pub app: String,
    /// User name of whoever is to start it.
    pub user: String,
    /// Logical id.
    pub patient: String,
    /// Logical id, [`NO_VISIT`], or empty for the visit that is going on.
    pub encounter: String,
    /// `intent`
    pub intent: String,
    /// References with spaces between.
    pub fhir_context: String,
    /// Another address at which the app is started.
    pub launch_url: String,
    /// `need_patient_banner`
    pub need_patient_banner: bool,
    filled: bool,
}

/// Longest value that is filled in, in characters.
const LONGEST: usize = 500;

/// Stands for no visit; no id of a resource has brackets.
pub const NO_VISIT: &str = "(none)";

impl LaunchSettings {
    /// Reads them; an empty form asks for the patient's banner.
    pub fn read(parameters: &Parameters) -> Self {
        let text = |name| -> String {
            let value = parameters.first(name).unwrap_or_default();
            value.chars().take(LONGEST).collect()
        };
        let filled = parameters.first("app").is_some();
        Self {
            app: text("app"),
            user: text("user"),
            patient: text("patient"),
            encounter: text("encounter"),
            intent: text("intent"),
            fhir_context: text("fhir_context"),
            launch_url: text("launch_url"),
            need_patient_banner: !filled || parameters.first("need_patient_banner") == Some("true"),
            filled,
        }
    }

    /// Whether anything rarer than app, patient and visit is set.
    fn is_detailed(&self) -> bool {
        let rare = [&self.intent, &self.fhir_context, &self.launch_url];
        rare.iter().any(|value| !value.is_empty()) || !self.need_patient_banner
    }

    /// The path that fills the form with the same settings.
    pub fn link(&self) -> Option<String> {
        self.filled.then(|| self.link_for(&self.user))
    }

    /// The path that fills the form with the same settings for somebody else.
    pub fn link_for(&self, user: &str) -> String {
        let banner = if self.need_patient_banner { "true" } else { "" };
        let pairs = [
            ("app", self.app.as_str()),
            ("user", user),
            ("patient", &self.patient),
            ("encounter", &self.encounter),
            ("intent", &self.intent),
            ("fhir_context", &self.fhir_context),
            ("launch_url", &self.launch_url),
            ("need_patient_banner", banner),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()))
            .finish();
        format!("/launch?{query}")
    }
}

impl LaunchPage<'_> {
    /// Whom the settings are meant for, when that is somebody else.
    fn meant_for(&self) -> Option<&str> {
        let user = self.settings.user.as_str();
        (!user.is_empty() && user != self.person.username).then_some(user)
    }

    fn professional(&self) -> bool {
        self.person.is_professional()
    }

    /// The visit that is going on, as far as it is known.
    fn current(&self) -> Option<&str> {
        self.patient?.encounter.as_deref()
    }

    /// A visit in one line: when, and what for.
    fn visit(&self, entry: &Entry) -> String {
        let day = entry.date.as_ref().map(|day| self.chrome.moment(day));
        let title = if entry.title.is_empty() {
            kind(&self.chrome, entry)
        } else {
            entry.title.clone()
        };
        let now = if self.current() == Some(entry.id.as_str()) {
            Some(self.chrome.say("launch.current").to_owned())
        } else {
            None
        };
        let words = [day, Some(title), now];
        words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// A visit that was asked for and is not in the list.
    fn other_visit(&self) -> Option<&str> {
        let wanted = self.settings.encounter.as_str();
        let listed = self.visits.as_ref()?.iter().any(|visit| visit.id == wanted);
        (!wanted.is_empty() && wanted != NO_VISIT && !listed).then_some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_link() {
        let given = "app=demo-app&user=anna&patient=p+1&encounter=%28none%29&intent=a%26b&need_patient_banner=true";
        let settings = LaunchSettings::read(&Parameters::parse(given).unwrap());
        let link = settings.link().unwrap();
        assert_eq!(link, format!("/launch?{given}"));
        assert!(settings.is_detailed());
        assert!(settings.link_for("eve").contains("user=eve"));
    }

    #[test]
    fn an_empty_form_has_no_link_and_asks_for_the_banner() {
        let settings = LaunchSettings::read(&Parameters::parse("").unwrap());
        assert!(settings.link().is_none() && settings.need_patient_banner);
    }
}
