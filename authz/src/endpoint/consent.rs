//! `/consent`: a person decides what an app may read, and until when.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use smart::category::{self, Category};
use smart::scope::ScopeSet;

use super::browser::{Browser, Posted, SignedIn, grant_url};
use super::form::Query;
use super::problem::Problem;
use super::select_patient::end;
use super::{Answer, Here, grant, record, render, review};
use crate::account::person::Person;
use crate::oauth::client::Client;
use crate::oauth::grant::{Context, Stage, Unfit};
use crate::oauth::negotiate::{self, Choices};
use crate::oauth::parameters::Parameters;
use crate::page::consent::{Chosen, ConsentPage, Dates};
use crate::page::logo_path;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::grants::{self, StoredGrant};

/// How long the question waits for counts from the FHIR server.
const PATIENCE: Duration = Duration::from_millis(1500);

/// `GET`: the question.
pub async fn get(here: Here, browser: Browser, Query(query): Query) -> Answer {
    let handle = query.first("grant");
    let signed_in = browser.require(handle)?;
    let stored = grant::find_for_person(&here, &browser, &signed_in.person, handle)?;
    let handle = handle.unwrap_or_default();
    if matches!(stored.grant.stage, Stage::Identified(_)) {
        return Ok(render::see_other(&grant::next_page(&stored.grant, handle)?));
    }
    let question = Question::of(&here, &stored, signed_in)?;
    question.show(&here, &browser, handle, (None, None)).await
}

/// `POST`: the answer. The form carries only choices; everything else is the stored grant's.
pub async fn post(posted: Posted) -> Answer {
    let (here, handle) = (&posted.here, posted.handle.as_deref());
    let signed_in = posted.browser.require(handle)?;
    let stored = grant::find_for_person(here, &posted.browser, &signed_in.person, handle)?;
    let question = Question::of(here, &stored, signed_in)?;
    if question.names_another_patient(&posted.form) {
        return end(here, stored).await;
    }
    let settled = match question.settle(here, &posted) {
        Ok(settled) => settled,
        Err(Unsettled::Refused) => return decline(here, &question).await,
        Err(Unsettled::Again(why)) => {
            let asked = (Some(&posted.form), why);
            let handle = handle.unwrap_or_default();
            return question.show(here, &posted.browser, handle, asked).await;
        }
    };
    if posted.form.first("decision") == Some("review") {
        let (browser, handle) = (&posted.browser, handle.unwrap_or_default());
        let chosen = (&settled.choices, last_day(settled.share_until));
        return review::show(here, browser, handle, &question, chosen);
    }
    approve(here, &stored, settled).await
}

/// Grants what was settled, with a code for the app.
async fn approve(here: &Here, stored: &StoredGrant, settled: Settled) -> Answer {
    let code = Secret::generate(&here.server.random);
    let (digest, code_digest, now) = (stored.handle, code.digest(), here.now);
    here.server
        .store
        .write::<_, Problem>(move |tx| {
            let mut stored = grant::find(tx, digest)?;
            let entry = approval_entry(&stored, now);
            if !grant::complete(tx, &stored)? {
                return Err(Unfit::Stage.into());
            }
            let (scopes, until) = (settled.scopes, settled.share_until);
            stored.grant = stored.grant.approve(scopes, until, code_digest, now)?;
            grants::save(tx, &stored)?;
            Ok(entry.append(tx)?)
        })
        .await?;
    Ok(hand_over(here, stored, &code))
}

fn approval_entry(stored: &StoredGrant, now: DateTime<Utc>) -> Entry {
    let mut entry =
        Entry::new(Event::Consent, "success", now).client(&stored.grant.terms.client_id);
    if let Stage::ContextChosen(context) = &stored.grant.stage {
        entry = entry
            .by_user(context.who.user)
            .patient(context.patient.as_deref());
    }
    entry
}

/// Sends the person back to the app with the code (RFC 6749 §4.1.2, RFC 9207).
fn hand_over(here: &Here, stored: &StoredGrant, code: &Secret) -> HttpResponse {
    let terms = &stored.grant.terms;
    let mut parameters = vec![("code", code.expose()), ("iss", here.server.issuer())];
    parameters.extend(terms.state.as_ref().map(|state| ("state", state.expose())));
    render::see_other(&terms.target.with(&parameters))
}

async fn decline(here: &Here, question: &Question<'_>) -> Answer {
    let (digest, now) = (question.stored.handle, here.now);
    here.server
        .store
        .write::<_, Problem>(move |tx| grant::deny(tx, grant::find(tx, digest)?, now))
        .await?;
    Err(grant::back(
        &question.client,
        &question.stored.grant,
        grant::denied(),
    ))
}

/// What the form ticks; anything unknown in it is nothing.
pub fn choices(form: &Parameters) -> Choices {
    Choices {
        categories: form.all("category").filter_map(Category::find).collect(),
        scopes: negotiate::OPTIONAL_SCOPES
            .iter()
            .map(|optional| optional.scope)
            .filter(|scope| form.all("scope").any(|word| word == scope.as_str()))
            .collect(),
        changes: form.first("changes") == Some("yes"),
    }
}

/// The end of the chosen day, if policy allows it; of the proposed day when none was chosen.
pub fn share_until(here: &Here, form: &Parameters) -> Option<DateTime<Utc>> {
    let dates = dates(here);
    let day = match form.first("share_until") {
        Some(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?,
        None => dates.proposed,
    };
    let end = day.checked_add_days(Days::new(1))?.and_hms_opt(0, 0, 0)?;
    (dates.earliest..=dates.latest)
        .contains(&day)
        .then(|| end.and_utc())
}

/// Between which days the end may be.
pub fn dates(here: &Here) -> Dates {
    let day = |span: TimeDelta| (here.now + span).date_naive();
    Dates {
        earliest: day(here.server.sharing.shortest),
        proposed: day(here.server.sharing.proposed),
        latest: day(here.server.sharing.longest),
    }
}

/// The last day of sharing that ends at this midnight.
fn last_day(share_until: DateTime<Utc>) -> NaiveDate {
    (share_until - TimeDelta::seconds(1)).date_naive()
}

/// An answer that can be granted.
struct Settled {
    choices: Choices,
    scopes: ScopeSet,
    share_until: DateTime<Utc>,
}

/// An answer that grants nothing.
enum Unsettled {
    Refused,
    /// The person is asked once more, and told why if something was wrong.
    Again(Option<&'static str>),
}

/// What a person is asked.
pub struct Question<'a> {
    pub client: Client,
    pub stored: &'a StoredGrant,
    pub context: &'a Context,
    pub person: &'a Person,
}

impl<'a> Question<'a> {
    fn of(here: &Here, stored: &'a StoredGrant, signed_in: &'a SignedIn) -> Result<Self, Problem> {
        let Stage::ContextChosen(context) = &stored.grant.stage else {
            return Err(Unfit::Stage.into());
        };
        Ok(Self {
            client: grant::client(here, stored)?,
            stored,
            context,
            person: &signed_in.person,
        })
    }

    /// The form never names the patient; one that names another was made by hand.
    fn names_another_patient(&self, form: &Parameters) -> bool {
        form.all("patient")
            .any(|named| self.context.patient.as_deref() != Some(named))
    }

    /// What the answer grants. To agree to nothing is to refuse.
    fn settle(&self, here: &Here, posted: &Posted) -> Result<Settled, Unsettled> {
        let choices = choices(&posted.form);
        let settled = negotiate::settle(&self.stored.grant.terms.offered, &choices);
        let nothing =
            "Nothing is ticked. Tick what the app may have, or refuse with the button below.";
        let scopes = match (posted.form.first("decision"), settled) {
            (Some("change"), _) => return Err(Unsettled::Again(None)),
            (Some("review"), None) => return Err(Unsettled::Again(Some(nothing))),
            (Some("approve" | "review"), Some(scopes)) => scopes,
            _ => return Err(Unsettled::Refused),
        };
        let why = "Please choose an end date between the earliest and the latest one.";
        Ok(Settled {
            choices,
            scopes,
            share_until: share_until(here, &posted.form).ok_or(Unsettled::Again(Some(why)))?,
        })
    }

    /// How much of each kind there is in the record; `None` when it cannot be told in time, because
    /// nobody should wait for it.
    async fn counts(
        &self,
        here: &Here,
        categories: &[&'static Category],
    ) -> Option<Vec<(&'static Category, u64)>> {
        let patient = self.person.patient(self.context.patient.as_deref()?)?;
        let server = &here.server;
        let now = server.clock.now();
        let token = server
            .portal_tokens
            .mint(self.person, patient, &server.random, now);
        let counts = record::counts(&server.fhir_api, &token, categories.iter().copied());
        let counted = tokio::time::timeout(PATIENCE, counts).await.ok()?;
        counted
            .inspect_err(|why| tracing::warn!(%why, "a record cannot be counted"))
            .ok()
    }

    async fn show(
        &self,
        here: &Here,
        browser: &Browser,
        handle: &str,
        (sent, error): (Option<&Parameters>, Option<&str>),
    ) -> Answer {
        let terms = &self.stored.grant.terms;
        let patient = self.context.patient.as_deref();
        let categories = category::offered(&terms.offered);
        let counts = self.counts(here, &categories).await;
        let page = ConsentPage {
            chrome: browser.chrome(here),
            action: grant_url("/consent", handle),
            error,
            client_name: &self.client.name,
            client_host: terms.target.host(),
            presentation: &self.client.presentation,
            logo: logo_path(&self.client),
            verified: self.client.is_verified(),
            person_name: &self.person.name,
            professional: self.person.is_professional(),
            patient: patient.and_then(|id| self.person.patient(id)),
            categories: ConsentPage::categories(&terms.offered, &categories, counts.as_deref()),
            optional: negotiate::optional(&terms.offered).collect(),
            changes: negotiate::changes(&terms.offered),
            identity: ConsentPage::identity(&terms.offered),
            dates: dates(here),
            chosen: sent.map(|form| Chosen {
                choices: choices(form),
                until: form.first("share_until").and_then(|day| day.parse().ok()),
            }),
        };
        let status = if error.is_some() {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        };
        Ok(render::page(&page)?
            .status(status)
            .leading_to(terms.target.csp_source()))
    }
}
