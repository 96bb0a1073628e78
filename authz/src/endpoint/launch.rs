//! `/launch`: a person starts an app from the portal (SMART App Launch 2.2, EHR launch). The app is
//! sent a handle that means something here only, once, for this app and this person.

use actix_web::http::StatusCode;

use super::browser::{Browser, Posted, SignedIn};
use super::form::Query;
use super::problem::Problem;
use super::{Answer, Here, render};
use crate::account::person::{Patient, Person};
use crate::oauth::client::Client;
use crate::oauth::launch::{Launch, Senseless, Setting};
use crate::oauth::parameters::Parameters;
use crate::oauth::redirect::{self, RedirectTarget};
use crate::page::launch::{LaunchPage, LaunchSettings, LaunchableApp, NO_VISIT};
use crate::portal::Unreadable;
use crate::record::entry::Entry as Visit;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, clients, launches};

/// Where apps under development run; their ports vary.
const THIS_MACHINE: &str = "http://127.0.0.1:* http://localhost:*";

/// Visits on offer, the newest.
const MOST_VISITS: usize = 50;

/// `GET`: the form.
pub async fn get(here: Here, browser: Browser, Query(query): Query) -> Answer {
    let signed_in = browser.require(None)?;
    let settings = LaunchSettings::read(&query);
    show(&here, &browser, signed_in, settings, None).await
}

async fn show(
    here: &Here,
    browser: &Browser,
    signed_in: &SignedIn,
    settings: LaunchSettings,
    error: Option<Senseless>,
) -> Answer {
    let apps: Vec<LaunchableApp> = here
        .server
        .store
        .read(clients::launchable)?
        .into_iter()
        .filter_map(launchable)
        .collect();
    let person = &signed_in.person;
    let patient = about(person, &settings);
    let visits = match patient {
        Some(patient) => visits(here, person, patient).await,
        None => None,
    };
    let others = here.server.demo.users.iter();
    let page = LaunchPage {
        chrome: browser.chrome(here),
        error: error.map(|error| error.0),
        apps: &apps,
        person,
        others: others
            .filter(|user| user.username != person.username)
            .collect(),
        patient,
        visits,
        settings,
        issuer: here.server.issuer(),
    };
    let status = error.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    Ok(render::page(&page)?
        .status(status)
        .leading_to(form_targets(&apps)))
}

/// The patient whose visits are on offer: the one of the settings, else the first, unless somebody
/// who treats patients chose none.
fn about<'p>(person: &'p Person, settings: &LaunchSettings) -> Option<&'p Patient> {
    let chosen = person.patient(&settings.patient);
    let first = person.patients.first();
    chosen.or(first.filter(|_| !person.is_professional()))
}

/// The visits of a patient, read like everything else of a record; `None` when they cannot be read.
async fn visits(here: &Here, person: &Person, patient: &Patient) -> Option<Vec<Visit>> {
    let server = &here.server;
    let token = server
        .portal_tokens
        .mint(person, patient, &server.random, here.now);
    let query = format!("Encounter?_sort=-date&_count={MOST_VISITS}");
    let found = server.fhir_api.search(&token, &query, MOST_VISITS).await;
    let found = found.inspect_err(|why| tracing::warn!(%why, "visits cannot be read"));
    Some(found.ok()?.iter().filter_map(Visit::read).collect())
}

fn launchable(client: Client) -> Option<LaunchableApp> {
    Some(LaunchableApp {
        verified: client.is_verified(),
        launch_url: client.launch_url?,
        client_id: client.id,
        name: client.name,
    })
}

/// Everywhere the form may lead.
fn form_targets(apps: &[LaunchableApp]) -> String {
    apps.iter().fold(THIS_MACHINE.to_owned(), |all, app| {
        let target = RedirectTarget::from_stored(app.launch_url.clone());
        format!("{all} {}", target.csp_source())
    })
}

/// `POST`: keeps the launch and sends the browser to the app.
pub async fn post(posted: Posted) -> Answer {
    let here = &posted.here;
    let signed_in = posted.browser.require(None)?;
    if let Some(again) = posted.form.first("do") {
        let mut settings = LaunchSettings::read(&posted.form);
        if again == "visits" {
            settings.encounter.clear();
        }
        let user = &signed_in.person.username;
        return Ok(render::see_other(&settings.link_for(user)));
    }
    let client = find_app(here, &posted.form)?;
    let (target, launch) = match read(&client, &signed_in.person, &posted.form) {
        Ok(read) => read,
        Err(Refused::Senseless(why)) => {
            let settings = LaunchSettings::read(&posted.form);
            return show(here, &posted.browser, signed_in, settings, Some(why)).await;
        }
        Err(Refused::NotTheirs) => return Err(not_theirs()),
    };
    if is_of_another(here, &signed_in.person, &launch).await {
        let settings = LaunchSettings::read(&posted.form);
        let why = Senseless("This visit is not in the record of this patient.");
        return show(here, &posted.browser, signed_in, settings, Some(why)).await;
    }
    let handle = Secret::generate(&here.server.random);
    keep(here, &client, launch, &handle).await?;
    let location = target.with(&[
        ("iss", &here.server.policy.fhir_base),
        ("launch", handle.expose()),
    ]);
    Ok(render::see_other(&location))
}

/// Whether the record lacks the visit. When it cannot be asked the launch goes on: naming a visit
/// opens nothing.
async fn is_of_another(here: &Here, person: &Person, launch: &Launch) -> bool {
    let patient = launch.patient.as_deref().and_then(|id| person.patient(id));
    let (Some(visit), Some(patient)) = (&launch.setting.encounter, patient) else {
        return false;
    };
    let server = &here.server;
    let token = server
        .portal_tokens
        .mint(person, patient, &server.random, here.now);
    let read = server.fhir_api.read(&token, "Encounter", visit).await;
    matches!(read, Err(Unreadable::Missing))
}

fn find_app(here: &Here, form: &Parameters) -> Result<Client, Problem> {
    let id = form.first("app").unwrap_or_default();
    here.server
        .store
        .read(|connection| clients::find(connection, id))?
        .filter(|client| !client.disabled)
        .ok_or(Problem::not_found())
}

async fn keep(
    here: &Here,
    client: &Client,
    launch: Launch,
    handle: &Secret,
) -> Result<(), StoreError> {
    let (digest, id, now) = (handle.digest(), client.id.clone(), here.now);
    here.server
        .store
        .write::<_, StoreError>(move |tx| {
            launches::insert(tx, digest, &id, &launch, now)?;
            Ok(Entry::new(Event::Launch, "success", now)
                .by_user(launch.user)
                .client(&id)
                .patient(launch.patient.as_deref())
                .append(tx)?)
        })
        .await
}

enum Refused {
    Senseless(Senseless),
    NotTheirs,
}

impl From<Senseless> for Refused {
    fn from(why: Senseless) -> Self {
        Self::Senseless(why)
    }
}

fn not_theirs() -> Problem {
    Problem::page(
        StatusCode::FORBIDDEN,
        "You may not open this record",
        "Nothing was started.",
    )
}

/// Where to go and what about.
fn read(
    client: &Client,
    person: &Person,
    form: &Parameters,
) -> Result<(RedirectTarget, Launch), Refused> {
    let registered = client.launch_url.as_deref();
    let wanted = form.first("launch_url").or(registered);
    let target = registered
        .zip(wanted)
        .and_then(|(registered, wanted)| redirect::admit_launch(registered, wanted))
        .ok_or(Senseless(
            "The app did not register this launch address; only its port on this machine may differ.",
        ))?;
    let patient = match form.first("patient") {
        Some(id) => Some(person.patient(id).ok_or(Refused::NotTheirs)?),
        None if person.is_professional() => None,
        None => return Err(Senseless("Please choose a patient.").into()),
    };
    let owned = |name| form.first(name).map(str::to_owned);
    let typed = owned("encounter").filter(|visit| visit != NO_VISIT);
    let current = patient.and_then(|patient| patient.encounter.clone());
    let none = form.first("encounter") == Some(NO_VISIT);
    if typed.is_some() && patient.is_none() {
        return Err(Senseless("A visit is a patient's; please choose the patient too.").into());
    }
    let words = form.first("fhir_context").unwrap_or_default();
    let setting = Setting {
        encounter: typed.or(current.filter(|_| !none)),
        intent: owned("intent"),
        need_patient_banner: form.first("need_patient_banner") == Some("true"),
        fhir_context: words.split_whitespace().map(str::to_owned).collect(),
    };
    let launch = Launch {
        user: person.id,
        patient: patient.map(|patient| patient.id.clone()),
        setting: setting.check()?,
    };
    Ok((target, launch))
}
