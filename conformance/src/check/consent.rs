//! CON: choice of patient and consent, with right and with tampered forms.

use url::Url;

use super::authorization::redirect_error;
use super::login::granted_life;
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::context::Context;
use crate::login::authorization::count;
use crate::login::browser::{Arrival, Browser, Shown};
use crate::login::page::{Form, Kind};
use crate::login::token::endpoint;
use crate::login::walk::Walk;
use crate::login::{AuthorizationRequest, Wish};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{CONSENT, CROSS_SITE_REQUEST, SMART_AUTHORIZATION};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("CON-03", Required, "A person with several patients chooses one of them.", CONSENT, |c| Box::pin(choice(c))),
    Check::new("CON-04", Required, "A patient of somebody else cannot be chosen.", CONSENT, |c| Box::pin(foreign_choice(c))),
    Check::new("CON-06", Required, "Declining sends access_denied and the state to the redirect URI, and no code.", SMART_AUTHORIZATION, |c| Box::pin(declined(c))),
    Check::new("CON-08", Required, "A state of 400 and one of 2000 characters come back whole.", SMART_AUTHORIZATION, |c| Box::pin(long_state(c))),
    Check::new("CON-09", Required, "A state of special characters comes back unchanged.", SMART_AUTHORIZATION, |c| Box::pin(special_state(c))),
    Check::new("CON-10", Required, "Fields added to the consent form change neither patient nor scope nor redirect URI.", CONSENT, |c| Box::pin(tampered(c))),
    Check::new("CON-11", Required, "A consent without the form's own anti-forgery token is refused.", CROSS_SITE_REQUEST, |c| Box::pin(forged(c))),
    Check::new("CON-13", Required, "An end date in the past grants nothing, and one beyond the maximum is refused or shortened.", CONSENT, |c| Box::pin(end_dates(c))),
    Check::new("CON-14", Required, "The same approval sent twice yields one code.", CONSENT, |c| Box::pin(twice(c))),
];

/// Goes from a new browser to a page of this kind.
pub(super) async fn walk_to(
    context: &Context,
    kind: Kind,
) -> Result<(AuthorizationRequest, Box<Shown>), Finding> {
    let wish = plain_wish(context).await?;
    let (request, _, shown) = walk(context, &wish, kind).await?;
    Ok((request, shown))
}

/// The consent page of a new login.
pub(super) async fn consent_page(
    context: &Context,
) -> Result<(AuthorizationRequest, Box<Shown>), Finding> {
    walk_to(context, Kind::Consent).await
}

pub(super) async fn plain_wish(context: &Context) -> Result<Wish, Finding> {
    let client = context.public_client().await;
    let client = match client {
        Ok(client) => client,
        Err(_) => context.confidential_client().await?,
    };
    context.wish(client).await
}

/// A walk that stands before a page of this kind; a skip when it never comes.
pub(super) async fn walk<'a>(
    context: &'a Context,
    wish: &'a Wish,
    kind: Kind,
) -> Result<(AuthorizationRequest, Walk<'a>, Box<Shown>), Finding> {
    let smart = context.smart().await?;
    let stuck = |problem: crate::login::LoginProblem| Finding::Skip(problem.reason);
    let request = AuthorizationRequest::new(context, smart, wish).map_err(stuck)?;
    let mut walk = Walk::new(Browser::new(context), wish);
    let arrival = walk.start(request.url()).await.map_err(stuck)?;
    match walk.until(arrival, Some(kind)).await.map_err(stuck)? {
        Arrival::Page(shown) => Ok((request, walk, shown)),
        Arrival::Callback(_) => skip(format!("the login has no page for {kind:?}")),
    }
}

pub(super) fn form(shown: &Shown, kind: Kind) -> Form {
    shown.page.form(kind).cloned().unwrap_or_default()
}

/// Whether a redirect with a code was reached.
fn has_code(arrival: &Arrival) -> bool {
    matches!(arrival, Arrival::Callback(url) if count(url, "code") > 0)
}

async fn choice(context: &Context) -> Verdict {
    let wish = plain_wish(context).await?;
    let (_, _, shown) = walk(context, &wish, Kind::Choice).await?;
    let form = form(&shown, Kind::Choice);
    let offered: std::collections::BTreeSet<_> = form
        .buttons
        .iter()
        .filter_map(|button| button.patient.as_ref())
        .collect();
    ensure(offered.len() > 1, || "only one patient is offered".into())
}

/// A patient the first user may not choose.
async fn foreign_patient(context: &Context) -> Result<String, Finding> {
    let offered = context.session().await?.others();
    if let Ok(second) = context.second_session().await
        && !offered.contains(&second.patient)
        && second.patient != context.session().await?.patient
    {
        return Ok(second.patient.clone());
    }
    let other = context.configuration.other_patient.clone();
    let made_up = || "s4s-check-nobody".to_owned();
    Ok(other
        .filter(|other| !offered.contains(other))
        .unwrap_or_else(made_up))
}

async fn foreign_choice(context: &Context) -> Verdict {
    let wish = plain_wish(context).await?;
    let foreign = foreign_patient(context).await?;
    let (_, mut walk, shown) = walk(context, &wish, Kind::Choice).await?;
    let mut form = form(&shown, Kind::Choice);
    let name = form.buttons.iter().find(|button| button.patient.is_some());
    let name = name.map(|button| button.name.clone()).unwrap_or_default();
    form.fill(&name, &foreign);
    match walk.browser.submit(&shown.answer.url, form).await? {
        Arrival::Callback(_) => fail("the choice led to the redirect URI"),
        Arrival::Page(shown) => ensure((400..500).contains(&shown.answer.status), || {
            format!("status {} instead of a refusal", shown.answer.status)
        }),
    }
}

async fn declined(context: &Context) -> Verdict {
    let wish = plain_wish(context).await?;
    let (request, mut walk, shown) = walk(context, &wish, Kind::Consent).await?;
    let mut form = form(&shown, Kind::Consent);
    form.press_id("deny");
    let arrival = walk.browser.submit(&shown.answer.url, form).await?;
    redirect_error(
        context,
        &arrival,
        request.parameters.value("state"),
        &["access_denied"],
    )
}

async fn states(context: &Context, states: &[String]) -> Verdict {
    let mut faults = Faults::default();
    for state in states {
        let mut wish = plain_wish(context).await?;
        wish.state = Some(state.clone());
        let verdict = crate::login::authorize(context, &wish).await;
        let verdict = verdict.map(|_| ()).map_err(|problem| problem.finding());
        faults.part(&format!("{} characters", state.chars().count()), verdict)?;
    }
    faults.verdict()
}

async fn long_state(context: &Context) -> Verdict {
    states(context, &["s".repeat(400), "t".repeat(2000)]).await
}

async fn special_state(context: &Context) -> Verdict {
    states(context, &["a b+c%20&=?#/\\\"'<>;:é\u{20ac}~".to_owned()]).await
}

async fn tampered(context: &Context) -> Verdict {
    let wish = plain_wish(context).await?;
    let foreign = foreign_patient(context).await?;
    let (request, mut walk, shown) = walk(context, &wish, Kind::Consent).await?;
    let mut form = form(&shown, Kind::Consent);
    for (name, value) in [
        ("patient", foreign.as_str()),
        ("client_id", "no-such-client"),
        ("requested_scope", "user/*.cruds"),
        ("redirect_uri", "https://attacker.example/callback"),
    ] {
        form.fields.push((name.to_owned(), value.to_owned()));
    }
    form.press_id("authorize");
    walk.browser
        .callbacks
        .extend(Url::parse("https://attacker.example/callback"));
    let arrival = walk.browser.submit(&shown.answer.url, form).await?;
    let Arrival::Callback(url) = arrival else {
        return Ok(());
    };
    ensure(url.host_str() != Some("attacker.example"), || {
        "the redirect URI was changed".into()
    })?;
    let Ok(code) = request.code(&url) else {
        return Ok(());
    };
    let fields = request.exchange_fields(&code);
    let response = super::code::exchange(context, &wish.client, fields)
        .await?
        .json()?;
    let patient = &context.session().await?.patient;
    ensure(response["patient"] == patient.as_str(), || {
        "the patient was changed".into()
    })?;
    let scope = response["scope"].as_str().unwrap_or_default();
    ensure(!scope.contains("user/"), || "the scope was widened".into())
}

async fn forged(context: &Context) -> Verdict {
    let wish = plain_wish(context).await?;
    let (_, mut walk, shown) = walk(context, &wish, Kind::Consent).await?;
    let mut form = form(&shown, Kind::Consent);
    let before = form.fields.len();
    form.fields.retain(|(name, _)| {
        let name = name.to_ascii_lowercase();
        !["csrf", "xsrf", "token", "nonce"]
            .iter()
            .any(|word| name.contains(word))
    });
    ensure(form.fields.len() < before, || {
        "the form has no anti-forgery token".into()
    })?;
    form.press_id("authorize");
    let arrival = walk.browser.submit(&shown.answer.url, form).await?;
    ensure(!has_code(&arrival), || {
        "a code was issued without the token".into()
    })
}

async fn end_dates(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (name, date) in [("the past", "2001-01-01"), ("the far future", "2999-12-31")] {
        let wish = plain_wish(context).await?;
        let (request, mut walk, shown) = walk(context, &wish, Kind::Consent).await?;
        let mut form = form(&shown, Kind::Consent);
        let Some(field) = form.dates.first().cloned() else {
            return skip("the consent page has no date");
        };
        form.fill(&field, date);
        form.press_id("authorize");
        let arrival = walk.browser.submit(&shown.answer.url, form).await?;
        let Arrival::Callback(url) = arrival else {
            continue;
        };
        let Ok(code) = request.code(&url) else {
            continue;
        };
        let answer =
            super::code::exchange(context, &wish.client, request.exchange_fields(&code)).await?;
        let life = granted_life(&answer);
        if name == "the past" {
            faults.unless(life.is_none(), || {
                "a consent that ended in the past was granted".to_owned()
            });
        } else {
            let shared = shared_until(context, &mut walk.browser).await?;
            faults.unless(!shared.contains("2999"), || {
                "a consent until 2999 was granted".to_owned()
            });
        }
    }
    faults.verdict()
}

/// The text of the page of shared apps; empty when there is none.
async fn shared_until(context: &Context, browser: &mut Browser<'_>) -> Result<String, Finding> {
    let Ok(url) = endpoint(context, "management_endpoint").await else {
        return Ok(String::new());
    };
    match browser.open(url).await? {
        Arrival::Page(shown) => Ok(shown.page.text),
        Arrival::Callback(_) => Ok(String::new()),
    }
}

async fn twice(context: &Context) -> Verdict {
    let wish = plain_wish(context).await?;
    let (_, mut walk, shown) = walk(context, &wish, Kind::Consent).await?;
    let mut form = form(&shown, Kind::Consent);
    form.press_id("authorize");
    let first = walk.browser.submit(&shown.answer.url, form.clone()).await?;
    if !has_code(&first) {
        return skip("the approval led to no code (CON-07)");
    }
    let second = walk.browser.submit(&shown.answer.url, form).await?;
    ensure(!has_code(&second), || "there is a second code".into())
}
