//! `/privacy`: what happens to a person's data here.

use super::browser::Browser;
use super::{Answer, Here, render};
use crate::page::privacy::PrivacyPage;

/// `GET`
pub async fn get(here: Here, browser: Browser) -> Answer {
    let page = PrivacyPage {
        chrome: browser.chrome(&here),
    };
    Ok(browser.remember(&here.server, render::page(&page)?.finish()))
}
