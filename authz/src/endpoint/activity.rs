//! `/activity`: which apps read what and when, and the audit trail as far as it concerns the
//! person; all of it for an administrator.

use super::apps::COUNTED_DAYS;
use super::browser::Browser;
use super::{Answer, Here, render};
use crate::account::role::Role;
use crate::page::activity::ActivityPage;
use crate::store::{audit, uses};
use crate::usage::day;

/// `GET`
pub async fn get(here: Here, browser: Browser) -> Answer {
    let person = &browser.require(None)?.person;
    let everybody = person.role == Role::Admin;
    let user = (!everybody).then_some(person.id);
    here.server.write_usage().await?;
    let since = day(here.now) - COUNTED_DAYS;
    let (records, reading) = here.server.store.read(|connection| {
        let records = audit::newest(connection, user)?;
        Ok((records, uses::of_user(connection, person.id, since)?))
    })?;
    let page = ActivityPage {
        chrome: browser.chrome(&here),
        everybody,
        patients: &person.patients,
        reading,
        records,
    };
    Ok(render::page(&page)?.finish())
}
