//! The step between ticking and agreeing: what would be shared, word for word. It changes nothing; the
//! form that leads on from it carries the same choices as the question's own.

use chrono::NaiveDate;
use smart::category;

use super::browser::{Browser, grant_url};
use super::consent::Question;
use super::{Answer, Here, render};
use crate::oauth::negotiate::{self, Choices};
use crate::page::review::ReviewPage;

/// The page that shows `choices` and the last day.
pub fn show(
    here: &Here,
    browser: &Browser,
    handle: &str,
    question: &Question<'_>,
    (choices, until): (&Choices, NaiveDate),
) -> Answer {
    let terms = &question.stored.grant.terms;
    let patient = question.context.patient.as_deref();
    let (shared, withheld) = category::offered(&terms.offered)
        .into_iter()
        .partition(|category| choices.categories.contains(category));
    let page = ReviewPage {
        chrome: browser.chrome(here),
        action: grant_url("/consent", handle),
        client_name: &question.client.name,
        client_host: terms.target.host(),
        person_name: &question.person.name,
        professional: question.person.is_professional(),
        patient: patient.and_then(|id| question.person.patient(id)),
        shared,
        withheld,
        optional: negotiate::optional(&terms.offered)
            .map(|optional| (optional, choices.scopes.contains(&optional.scope)))
            .collect(),
        changes: negotiate::changes(&terms.offered).then_some(choices.changes),
        today: here.now.date_naive(),
        until,
    };
    Ok(render::page(&page)?.leading_to(terms.target.csp_source()))
}
