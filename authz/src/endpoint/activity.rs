//! `/activity`: the audit trail as far as it concerns the person; all of it for an administrator.

use super::browser::Browser;
use super::{Answer, Here, render};
use crate::account::role::Role;
use crate::page::activity::ActivityPage;
use crate::store::audit;

/// `GET`
pub async fn get(here: Here, browser: Browser) -> Answer {
    let person = &browser.require(None)?.person;
    let everybody = person.role == Role::Admin;
    let user = (!everybody).then_some(person.id);
    let records = here
        .server
        .store
        .read(|connection| audit::newest(connection, user))?;
    let page = ActivityPage {
        chrome: browser.chrome(&here),
        everybody,
        records,
    };
    Ok(render::page(&page)?.finish())
}
