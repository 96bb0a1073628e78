//! `/`: what this is.

use super::browser::Browser;
use super::{Answer, Here, render};
use crate::configuration::Profile;
use crate::page::landing::LandingPage;

/// `GET`
pub async fn get(here: Here, browser: Browser) -> Answer {
    let server = &here.server;
    let page = LandingPage {
        chrome: browser.chrome(&here),
        demo: server.profile == Profile::Demo,
        issuer: server.issuer(),
        fhir_base: &server.policy.fhir_base,
        accounts: &server.demo,
    };
    Ok(browser.remember(server, render::page(&page)?.finish()))
}
