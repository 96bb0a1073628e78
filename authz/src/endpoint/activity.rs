//! `/activity`: who read what and when, apps and people, and the audit trail as far as it concerns the
//! person; all of it for an administrator.

use super::apps::COUNTED_DAYS;
use super::browser::Browser;
use super::{Answer, Here, render};
use crate::account::person::{Person, Relationship};
use crate::account::role::Role;
use crate::page::activity::ActivityPage;
use crate::store::audit;
use crate::store::uses::{self, Concern};
use crate::usage::day;

/// `GET`
pub async fn get(here: Here, browser: Browser) -> Answer {
    let person = &browser.require(None)?.person;
    let everybody = person.role == Role::Admin;
    let user = (!everybody).then_some(person.id);
    here.server.write_usage().await?;
    let patients = spoken_for(person);
    let concern = Concern {
        user,
        patients: &patients,
        since: day(here.now) - COUNTED_DAYS,
    };
    let (records, readings) = here.server.store.read(|connection| {
        let records = audit::newest(connection, user)?;
        Ok((records, uses::readings(connection, &concern)?))
    })?;
    let page = ActivityPage {
        chrome: browser.chrome(&here),
        everybody,
        me: person.id,
        patients: &person.patients,
        readings,
        records,
    };
    Ok(render::page(&page)?.finish())
}

/// Those whose record it is, or who represent them, see everybody who read it. Those who treat them
/// see what they did themselves.
fn spoken_for(person: &Person) -> Vec<&str> {
    let patients = person.patients.iter();
    patients
        .filter(|patient| patient.relationship != Relationship::Treated)
        .map(|patient| patient.id.as_str())
        .collect()
}
