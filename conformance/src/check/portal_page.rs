//! AUT-18 to AUT-20, CON-05, CON-15, CON-19: what the portal's pages and redirects look like.

use serde_json::Value;

use super::authorization::good_request;
use super::consent::{consent_page, walk_to};
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::http::Answer;
use crate::login::browser::{Arrival, Browser, Shown};
use crate::login::page::{Kind, Page};
use crate::outcome::{Faults, Verdict, ensure, skip};
use crate::requirement::place::{
    ACCESSIBILITY, CLICKJACKING, CONSENT, COOKIES, INJECTION, ISSUER_PARAMETER,
};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("AUT-18", Required, "The login and the consent page cannot be framed or stored and keep their address to themselves.", CLICKJACKING, |c| Box::pin(page_headers(c))),
    Check::new("AUT-19", Required, "Markup in parameters does not become markup of a page.", INJECTION, |c| Box::pin(injection(c))),
    Check::new("AUT-20", Warning, "The redirect with the code names the issuer.", ISSUER_PARAMETER, |c| Box::pin(issuer(c))),
    Check::new("CON-05", Required, "The consent page names the client and the patient, lists what is shared until when, and can be declined.", CONSENT, |c| Box::pin(content(c))),
    Check::new("CON-15", Required, "Cookies are HttpOnly and SameSite, and Secure under https.", COOKIES, |c| Box::pin(cookies(c))),
    Check::new("CON-19", Warning, "The portal's pages name their language and label every control.", ACCESSIBILITY, |c| Box::pin(accessible(c))),
];

/// The login page and the consent page.
async fn pages(
    context: &Context,
) -> Result<[(&'static str, Box<Shown>); 2], crate::outcome::Finding> {
    let (_, login) = walk_to(context, Kind::Login).await?;
    let (_, consent) = consent_page(context).await?;
    Ok([("the login page", login), ("the consent page", consent)])
}

async fn page_headers(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (name, shown) in pages(context).await? {
        for fault in header_faults(&shown.answer) {
            faults.add(format!("{name}: {fault}"));
        }
    }
    faults.verdict()
}

fn header_faults(answer: &Answer) -> Vec<&'static str> {
    let header = |name: &str| answer.header(name).unwrap_or_default().to_ascii_lowercase();
    let policy = header("content-security-policy");
    let is_unframed =
        policy.contains("frame-ancestors 'none'") || header("x-frame-options") == "deny";
    let referrer = header("referrer-policy");
    // With same-origin nothing is sent elsewhere either.
    let is_quiet = matches!(referrer.as_str(), "no-referrer" | "same-origin");
    [
        (is_unframed, "it may be framed"),
        (!policy.is_empty(), "there is no Content-Security-Policy"),
        (
            header("cache-control").contains("no-store"),
            "it may be stored",
        ),
        (
            is_quiet,
            "Referrer-Policy is neither no-referrer nor same-origin",
        ),
    ]
    .into_iter()
    .filter(|(holds, _)| !holds)
    .map(|(_, fault)| fault)
    .collect()
}

const MARKUP: &str = "\"'><s4s-markup onload=x>";

async fn injection(context: &Context) -> Verdict {
    let good = good_request(context).await?;
    let mut faults = Faults::default();
    for name in [
        "client_id",
        "state",
        "scope",
        "redirect_uri",
        "response_type",
        "aud",
    ] {
        let mut request = good.clone();
        request.parameters = request.parameters.with(name, MARKUP);
        if let Arrival::Page(shown) = Browser::new(context).open(request.url()).await? {
            let body = String::from_utf8_lossy(&shown.answer.body).to_lowercase();
            faults.unless(!body.contains("<s4s-markup"), || {
                format!("{name} comes back as markup")
            });
        }
    }
    faults.verdict()
}

async fn issuer(context: &Context) -> Verdict {
    let session = context.session().await?;
    let Some(login) = &session.login else {
        return skip("the token was given, there was no login");
    };
    let mut pairs = login.callback.query_pairs();
    let found = pairs
        .find(|(name, _)| name == "iss")
        .map(|(_, value)| value.into_owned());
    let wanted = context.smart().await?["issuer"].as_str();
    ensure(found.is_some(), || "the redirect has no iss".into())?;
    ensure(found.as_deref() == wanted, || {
        "iss is not the issuer of the SMART configuration".into()
    })
}

async fn content(context: &Context) -> Verdict {
    let patient = context
        .patient()
        .await?
        .resource("Patient")
        .unwrap_or_default();
    let (_, shown) = consent_page(context).await?;
    let page = &shown.page;
    let mut faults = Faults::default();
    let is_registered = context.configuration.client.is_none();
    let names_client = page.text.contains("S4S conformance check");
    faults.unless(!is_registered || names_client, || {
        "the client's name is not shown".to_owned()
    });
    faults.unless(names_patient(page, &patient), || {
        "the patient's name is not shown".to_owned()
    });
    let form = page.form(Kind::Consent).cloned().unwrap_or_default();
    faults.unless(!form.ticks.is_empty(), || {
        "nothing can be unticked".to_owned()
    });
    faults.unless(!form.dates.is_empty(), || {
        "no end date can be chosen".to_owned()
    });
    let can_decline = form.buttons.iter().any(|button| button.id == "deny");
    faults.unless(can_decline, || "there is no button to decline".to_owned());
    faults.verdict()
}

/// Whether a family name of the patient is on the page; a patient without one is not looked for.
fn names_patient(page: &Page, patient: &Value) -> bool {
    let names = patient["name"].as_array().into_iter().flatten();
    let mut families = names.filter_map(|name| name["family"].as_str()).peekable();
    families.peek().is_none() || families.any(|family| page.text.contains(family))
}

async fn cookies(context: &Context) -> Verdict {
    let session = context.session().await?;
    let exchanges = context.client.log.exchanges();
    let set = session.exchanges().filter_map(|place| exchanges.get(place));
    let set: Vec<_> = set
        .flat_map(|exchange| &exchange.answer_headers)
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.to_ascii_lowercase())
        .collect();
    if set.is_empty() {
        return skip("the login set no cookie");
    }
    let is_secure = context.configuration.base.scheme() == "https";
    let mut faults = Faults::default();
    for cookie in &set {
        let name = cookie.split('=').next().unwrap_or_default();
        for flag in ["httponly", "samesite=", "secure"] {
            let is_needed = flag != "secure" || is_secure;
            faults.unless(!is_needed || cookie.contains(flag), || {
                format!("{name} lacks {flag}")
            });
        }
    }
    faults.verdict()
}

async fn accessible(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (name, shown) in pages(context).await? {
        let Page {
            language,
            unlabelled,
            ..
        } = &shown.page;
        faults.unless(!language.is_empty(), || {
            format!("{name} does not name its language")
        });
        for control in unlabelled {
            faults.add(format!("{name}: {control} has no label"));
        }
    }
    faults.verdict()
}
