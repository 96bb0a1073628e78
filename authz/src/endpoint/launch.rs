//! `/launch`: a person starts an app from the portal (SMART App Launch 2.2, EHR launch). The app is
//! sent a handle that means something here only, once, for this app and this person.

use actix_web::http::StatusCode;

use super::browser::{Browser, Posted, SignedIn};
use super::form::Query;
use super::problem::Problem;
use super::{Answer, Here, render};
use crate::account::person::Person;
use crate::oauth::client::Client;
use crate::oauth::launch::{Launch, Senseless, Setting};
use crate::oauth::parameters::Parameters;
use crate::oauth::redirect::{self, RedirectTarget};
use crate::page::launch::{LaunchPage, LaunchSettings, LaunchableApp};
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, clients, launches};

/// Where apps under development run; their ports vary.
const THIS_MACHINE: &str = "http://127.0.0.1:* http://localhost:*";

/// `GET`: the form.
pub async fn get(here: Here, browser: Browser, Query(query): Query) -> Answer {
    let signed_in = browser.require(None)?;
    show(
        &here,
        &browser,
        signed_in,
        LaunchSettings::read(&query),
        None,
    )
}

fn show(
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
    let page = LaunchPage {
        chrome: browser.chrome(here),
        error: error.map(|error| error.0),
        apps: &apps,
        patients: &signed_in.person.patients,
        professional: signed_in.person.is_professional(),
        settings,
        issuer: here.server.issuer(),
    };
    let status = error.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    Ok(render::page(&page)?
        .status(status)
        .leading_to(form_targets(&apps)))
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
    if posted.form.first("do") == Some("link") {
        let settings = LaunchSettings::read(&posted.form);
        return Ok(render::see_other(&settings.link().unwrap_or_default()));
    }
    let client = find_app(here, &posted.form)?;
    let (target, launch) = match read(&client, &signed_in.person, &posted.form) {
        Ok(read) => read,
        Err(Refused::Senseless(why)) => {
            let settings = LaunchSettings::read(&posted.form);
            return show(here, &posted.browser, signed_in, settings, Some(why));
        }
        Err(Refused::NotTheirs) => return Err(not_theirs()),
    };
    let handle = Secret::generate(&here.server.random);
    keep(here, &client, launch, &handle).await?;
    let location = target.with(&[
        ("iss", &here.server.policy.fhir_base),
        ("launch", handle.expose()),
    ]);
    Ok(render::see_other(&location))
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
    let typed = owned("encounter");
    if typed.is_some() && patient.is_none() {
        return Err(Senseless("A visit is a patient's; please choose the patient too.").into());
    }
    let words = form.first("fhir_context").unwrap_or_default();
    let setting = Setting {
        encounter: typed.or(patient.and_then(|patient| patient.encounter.clone())),
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
