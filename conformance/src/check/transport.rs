//! TLS: how the servers are reached. A server at plain http is asked nothing of this.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::authorization::good_request;
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{COMMON, Greeting, OUTDATED, Request, RequestError, TLS_1_2, WEAK};
use crate::login::browser::{Arrival, Browser};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{HSTS, SMART_TLS, TLS_CIPHERS, TLS_VERSIONS};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("TLS-01", Required, "Every advertised URL is one of https.", SMART_TLS, |c| Box::pin(everywhere(c))),
    Check::new("TLS-02", Required, "Every origin speaks TLS 1.2 or newer.", TLS_VERSIONS, |c| Box::pin(recent(c))),
    Check::new("TLS-03", Required, "No origin speaks SSL 3.0, TLS 1.0 or TLS 1.1.", TLS_VERSIONS, |c| Box::pin(outdated(c))),
    Check::new("TLS-04", Warning, "No origin accepts suites without encryption, of export grade, or with RC4 or DES.", TLS_CIPHERS, |c| Box::pin(weak(c))),
    Check::new("TLS-05", Required, "The certificate of every origin is valid: chain, name and dates.", SMART_TLS, |c| Box::pin(certified(c))),
    Check::new("TLS-06", Warning, "The login page tells browsers to come back by https only.", HSTS, |c| Box::pin(strict(c))),
    Check::new("TLS-07", Required, "The API is not served at plain http.", SMART_TLS, |c| Box::pin(closed(c))),
];

fn secure(context: &Context) -> Verdict {
    if context.configuration.base.scheme() == "https" {
        return Ok(());
    }
    skip("the base URL is one of plain http")
}

/// Every URL of the SMART configuration, with its name, and the base.
async fn advertised(context: &Context) -> Vec<(String, Url)> {
    let mut found = vec![("the base".to_owned(), context.configuration.base.clone())];
    if let Ok(smart) = context.smart().await {
        let members = smart.as_object().into_iter().flatten();
        let url = |value: &Value| Url::parse(value.as_str()?).ok();
        found.extend(members.filter_map(|(name, value)| {
            let is_address = name.ends_with("_endpoint") || name.ends_with("_uri");
            Some((
                name.clone(),
                url(value).filter(|_| is_address || name == "issuer")?,
            ))
        }));
    }
    found
}

async fn everywhere(context: &Context) -> Verdict {
    secure(context)?;
    let mut faults = Faults::default();
    for (name, url) in advertised(context).await {
        faults.unless(url.scheme() == "https", || format!("{name} is {url}"));
    }
    faults.verdict()
}

/// Host and port of every origin of https.
async fn origins(context: &Context) -> Result<BTreeSet<(String, u16)>, Finding> {
    secure(context)?;
    let urls = advertised(context).await.into_iter();
    let urls = urls.filter(|(_, url)| url.scheme() == "https");
    Ok(urls
        .filter_map(|(_, url)| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)))
        .collect())
}

/// A connection of a library of today: TLS 1.2 or 1.3, the certificate verified.
async fn connect(context: &Context, host: &str, port: u16) -> Result<(), RequestError> {
    let text = format!("https://{host}:{port}/");
    let url = Url::parse(&text).map_err(|_| RequestError::Invalid(text))?;
    match context.client.send(&Request::get(url).unfollowed()).await {
        Err(RequestError::Unreachable(reason)) => Err(RequestError::Unreachable(reason)),
        Err(error @ (RequestError::BudgetSpent(_) | RequestError::TimeSpent(_))) => Err(error),
        _ => Ok(()),
    }
}

fn is_about_certificate(reason: &str) -> bool {
    reason.to_lowercase().contains("certificate")
}

async fn recent(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (host, port) in origins(context).await? {
        let name = format!("{host}:{port}");
        let verdict = match connect(context, &host, port).await {
            Err(RequestError::Unreachable(reason)) if !is_about_certificate(&reason) => {
                fail(reason)
            }
            Err(RequestError::Unreachable(_)) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        };
        faults.part(&name, verdict)?;
    }
    faults.verdict()
}

async fn certified(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (host, port) in origins(context).await? {
        let name = format!("{host}:{port}");
        let verdict = match connect(context, &host, port).await {
            Err(RequestError::Unreachable(reason)) if is_about_certificate(&reason) => fail(reason),
            Err(RequestError::Unreachable(_)) => skip("there is no connection (TLS-02)"),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(()),
        };
        faults.part(&name, verdict)?;
    }
    faults.verdict()
}

async fn outdated(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (host, port) in origins(context).await? {
        for (name, version) in OUTDATED {
            let greeting = context
                .client
                .greet(&host, port, (*version, COMMON))
                .await?;
            let is_spoken = matches!(greeting, Greeting::Accepted(spoken, _) if spoken == *version);
            faults.unless(!is_spoken, || format!("{host}:{port} speaks {name}"));
        }
    }
    faults.verdict()
}

async fn weak(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (host, port) in origins(context).await? {
        let greeting = context.client.greet(&host, port, (TLS_1_2, WEAK)).await?;
        if let Greeting::Accepted(_, suite) = greeting {
            faults.add(format!("{host}:{port} accepts suite {suite:#06x}"));
        }
    }
    faults.verdict()
}

async fn strict(context: &Context) -> Verdict {
    secure(context)?;
    let request = good_request(context).await?;
    let Arrival::Page(shown) = Browser::new(context).open(request.url()).await? else {
        return skip("there is no login page (AUT-01)");
    };
    let header = shown.answer.header("strict-transport-security");
    ensure(header.is_some(), || {
        "there is no Strict-Transport-Security".into()
    })
}

/// With a token that nobody issued: a real one must not be sent in the open.
async fn closed(context: &Context) -> Verdict {
    secure(context)?;
    let mut url = context.url("Patient?_count=1")?;
    if url.set_scheme("http").is_err() {
        return skip("the base has no address of plain http");
    }
    let token = Secret::from(context.random_text());
    match context
        .client
        .send(&Request::get(url).fhir().bearer(&token).unfollowed())
        .await
    {
        Ok(answer) => ensure(
            !answer.claims_json() || !(200..500).contains(&answer.status) || answer.status == 400,
            || format!("it answers {} at plain http", answer.status),
        ),
        Err(error @ (RequestError::BudgetSpent(_) | RequestError::TimeSpent(_))) => {
            Err(error.into())
        }
        Err(_) => Ok(()),
    }
}
