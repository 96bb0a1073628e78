//! `/people`: whose record to open.

use super::browser::Browser;
use super::form::Query;
use super::{Answer, Here, render};
use crate::page::select_patient::{Choice, PeoplePage};

/// `GET`
pub async fn get(here: Here, browser: Browser, Query(query): Query) -> Answer {
    let person = &browser.require(None)?.person;
    let page = PeoplePage {
        chrome: browser.chrome(&here),
        professional: person.is_professional(),
        patients: Choice::of(&person.patients, query.first("name"), query.first("page")),
    };
    Ok(render::page(&page)?.finish())
}
