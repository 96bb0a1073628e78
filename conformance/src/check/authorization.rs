//! AUT-02 to AUT-17: authorization requests that are wrong in one point, each from a browser that
//! nobody has signed in to and from one with a live session.

use url::Url;

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::http::{Body, Parameters, Request};
use crate::login::AuthorizationRequest;
use crate::login::Wish;
use crate::login::browser::{Arrival, Browser};
use crate::login::page::Kind;
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{
    AUTHORIZATION_ERROR, PKCE, REDIRECT_URI, SMART_AUTHORIZATION, SMART_SCOPES,
};
use crate::resource::lists;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("AUT-02", Required, "A request without response_type is sent back with invalid_request.", AUTHORIZATION_ERROR, |c| Box::pin(sent_back(c, |p| p.without("response_type"), &["invalid_request"]))),
    Check::new("AUT-03", Required, "A request for another response_type is sent back with unsupported_response_type.", AUTHORIZATION_ERROR, |c| Box::pin(sent_back(c, |p| p.with("response_type", "token"), &["unsupported_response_type"]))),
    Check::new("AUT-04", Required, "A request without client_id is refused on the spot, without a redirect.", AUTHORIZATION_ERROR, |c| Box::pin(refused_here(c, |p| p.without("client_id")))),
    Check::new("AUT-05", Required, "A request of an unknown client is refused on the spot, without a redirect.", AUTHORIZATION_ERROR, |c| Box::pin(refused_here(c, |p| p.with("client_id", "no-such-client")))),
    Check::new("AUT-06", Required, "A request without redirect_uri is refused on the spot.", REDIRECT_URI, |c| Box::pin(refused_here(c, |p| p.without("redirect_uri")))),
    Check::new("AUT-07", Required, "A redirect URI that is not the client's is never redirected to.", REDIRECT_URI, |c| Box::pin(refused_here(c, |p| p.with("redirect_uri", "https://attacker.example/callback")))),
    Check::new("AUT-08", Required, "A redirect URI that only resembles the registered one is never redirected to.", REDIRECT_URI, |c| Box::pin(near_misses(c))),
    Check::new("AUT-09", Required, "A request without scope is sent back with invalid_scope or invalid_request.", SMART_AUTHORIZATION, |c| Box::pin(sent_back(c, |p| p.without("scope"), &["invalid_scope", "invalid_request"]))),
    Check::new("AUT-10", Warning, "An unknown scope is refused or left out of what is granted.", SMART_SCOPES, |c| Box::pin(unknown_scope(c))),
    Check::new("AUT-11", Required, "A request without state is sent back with invalid_request.", SMART_AUTHORIZATION, |c| Box::pin(sent_back(c, |p| p.without("state"), &["invalid_request"]))),
    Check::new("AUT-12", Required, "A request without aud is sent back with invalid_request.", SMART_AUTHORIZATION, |c| Box::pin(sent_back(c, |p| p.without("aud"), &["invalid_request"]))),
    Check::new("AUT-13", Required, "A request with the aud of another server is sent back with an error.", SMART_AUTHORIZATION, |c| Box::pin(sent_back(c, |p| p.with("aud", "https://other.example/fhir"), &[]))),
    Check::new("AUT-14", Required, "A public client's request without code_challenge is sent back with invalid_request.", PKCE, |c| Box::pin(sent_back(c, |p| p.without("code_challenge").without("code_challenge_method"), &["invalid_request"]))),
    Check::new("AUT-15", Required, "A code_challenge of method plain, named or by default, is sent back with invalid_request.", PKCE, |c| Box::pin(plain_challenge(c))),
    Check::new("AUT-16", Required, "A request that repeats a parameter is refused.", AUTHORIZATION_ERROR, |c| Box::pin(repeated(c))),
    Check::new("AUT-17", Warning, "The authorization request may be sent by POST, when authorize-post is claimed.", SMART_AUTHORIZATION, |c| Box::pin(by_post(c))),
];

/// A right request of a public client, as it stands before it is spoiled.
pub(super) async fn good_request(context: &Context) -> Result<AuthorizationRequest, Finding> {
    let client = context.public_client().await?;
    let nobody = crate::configuration::Person {
        username: String::new(),
        password: crate::configuration::Secret::from(String::new()),
    };
    let wish = Wish::new(client, &context.configuration.scope, &nobody);
    let smart = context.smart().await?;
    AuthorizationRequest::new(context, smart, &wish).or_else(|problem| skip(problem.reason))
}

/// Sends a request from both kinds of browser and judges where it led.
async fn each_browser(
    context: &Context,
    parameters: Parameters,
    judge: impl Fn(&Arrival) -> Verdict,
) -> Verdict {
    let mut request = good_request(context).await?;
    request.parameters = parameters;
    let mut browsers = vec![("without a session", Browser::new(context))];
    if let Ok(session) = context.session().await
        && let Some(login) = &session.login
    {
        let browser = Browser::with(context, login.jar.clone());
        browsers.push(("with a live session", browser));
    }
    let given = request.parameters.value("redirect_uri").map(Url::parse);
    let mut faults = Faults::default();
    for (name, mut browser) in browsers {
        browser.callbacks.extend(given.iter().flatten().cloned());
        let arrival = browser.open(request.url()).await;
        faults.part(name, arrival.and_then(|arrival| judge(&arrival)))?;
    }
    faults.verdict()
}

async fn sent_back(
    context: &Context,
    spoil: fn(Parameters) -> Parameters,
    errors: &[&str],
) -> Verdict {
    let parameters = spoil(good_request(context).await?.parameters);
    let state = parameters.value("state").map(str::to_owned);
    each_browser(context, parameters, |arrival| {
        redirect_error(context, arrival, state.as_deref(), errors)
    })
    .await
}

async fn refused_here(context: &Context, spoil: fn(Parameters) -> Parameters) -> Verdict {
    let parameters = spoil(good_request(context).await?.parameters);
    each_browser(context, parameters, local_error).await
}

/// What [`told_back`] says of a request of the run's own client.
pub(super) fn redirect_error(
    context: &Context,
    arrival: &Arrival,
    state: Option<&str>,
    errors: &[&str],
) -> Verdict {
    let is_vouched = context.configuration.client.is_some();
    told_back(context, (arrival, is_vouched), state, errors)
}

/// The redirect URI with an error of these (any when empty), the same state and no code.
///
/// Towards a client that registered itself a server may show a page instead, with or without a
/// link back (RFC 9700, section 4.11.2).
pub(super) fn told_back(
    context: &Context,
    (arrival, is_vouched): (&Arrival, bool),
    state: Option<&str>,
    errors: &[&str],
) -> Verdict {
    match arrival {
        Arrival::Callback(url) => error_answer(url, state, errors),
        Arrival::Page(shown) => {
            let status = shown.answer.status;
            let links = shown
                .page
                .links
                .iter()
                .filter_map(|link| Url::parse(link).ok());
            let own = &context.configuration.redirect_uri;
            let is_back = |url: &Url| url.origin() == own.origin() && url.path() == own.path();
            let back = links.into_iter().find(is_back);
            match back {
                _ if is_vouched => fail(format!(
                    "a page of status {status} instead of a redirect with an error"
                )),
                Some(url) => error_answer(&url, state, errors),
                None => ensure((400..500).contains(&status), || {
                    format!("status {status} instead of a redirect with an error")
                }),
            }
        }
    }
}

fn error_answer(url: &Url, state: Option<&str>, errors: &[&str]) -> Verdict {
    let value = |wanted: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    ensure(value("code").is_none(), || "there is a code".into())?;
    let error = value("error").unwrap_or_default();
    let is_expected = errors.contains(&error.as_str());
    ensure(
        is_expected || (errors.is_empty() && !error.is_empty()),
        || format!("the error is {error:?}"),
    )?;
    ensure(value("state").as_deref() == state, || {
        "the state is not the one that was sent".into()
    })
}

/// A page of status 4xx; nothing is sent to the redirect URI.
pub(super) fn local_error(arrival: &Arrival) -> Verdict {
    match arrival {
        Arrival::Callback(_) => fail("the browser was sent to the redirect URI"),
        Arrival::Page(shown) => ensure((400..500).contains(&shown.answer.status), || {
            format!("status {} instead of an error page", shown.answer.status)
        }),
    }
}

/// Redirect URIs that are almost `registered`. Another port of a loopback address is no near miss:
/// native apps may choose it (RFC 8252, section 7.3).
fn resembling(registered: &Url) -> Vec<(&'static str, String)> {
    let whole = registered.as_str();
    let path = registered.path();
    let changed = |change: &dyn Fn(&mut Url)| {
        let mut url = registered.clone();
        change(&mut url);
        url.to_string()
    };
    let host = registered.host_str().unwrap_or_default();
    let mut all = vec![
        (
            "another path",
            changed(&|url| url.set_path(&format!("{path}/other"))),
        ),
        (
            "a parent path",
            changed(&|url| url.set_path(&format!("{path}/../other"))),
        ),
        (
            "another case",
            changed(&|url| url.set_path(&path.to_uppercase())),
        ),
        (
            "a slash at the end",
            changed(&|url| url.set_path(&format!("{path}/"))),
        ),
        ("a query", changed(&|url| url.set_query(Some("next=other")))),
        ("a fragment", format!("{whole}#fragment")),
        (
            "another host",
            whole.replacen(host, &format!("{host}.attacker.example"), 1),
        ),
        (
            "user information",
            whole.replacen("://", "://attacker.example@", 1),
        ),
    ];
    let is_loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if !is_loopback {
        all.push((
            "another port",
            changed(&|url| {
                let _ = url.set_port(Some(4443));
            }),
        ));
    }
    all
}

async fn near_misses(context: &Context) -> Verdict {
    let parameters = good_request(context).await?.parameters;
    let mut faults = Faults::default();
    for (name, uri) in resembling(&context.configuration.redirect_uri) {
        let spoilt = parameters.clone().with("redirect_uri", &uri);
        faults.part(name, each_browser(context, spoilt, local_error).await)?;
    }
    faults.verdict()
}

async fn unknown_scope(context: &Context) -> Verdict {
    let client = context.public_client().await?;
    let mut wish = context.wish(client).await?;
    let unknown = ["no-such-scope", "patient/NoSuchType.rs"];
    wish.scope = format!("{} {}", wish.scope, unknown.join(" "));
    let Ok(session) = crate::login::Session::of(context, &wish).await else {
        return Ok(());
    };
    let mut granted = session.scope().split_whitespace();
    ensure(!granted.any(|scope| unknown.contains(&scope)), || {
        "an unknown scope was granted".into()
    })
}

async fn plain_challenge(context: &Context) -> Verdict {
    let good = good_request(context).await?.parameters;
    let state = good.value("state").map(str::to_owned);
    let judge = |arrival: &Arrival| {
        redirect_error(context, arrival, state.as_deref(), &["invalid_request"])
    };
    let named = good.clone().with("code_challenge_method", "plain");
    let silent = good.clone().without("code_challenge_method");
    let mut faults = Faults::default();
    faults.part("plain", each_browser(context, named, judge).await)?;
    faults.part("no method", each_browser(context, silent, judge).await)?;
    faults.verdict()
}

async fn repeated(context: &Context) -> Verdict {
    let good = good_request(context).await?.parameters;
    let mut faults = Faults::default();
    for name in [
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "response_type",
    ] {
        let value = good.value(name).unwrap_or_default().to_owned();
        let twice = good.clone().and(name, &value);
        let verdict = each_browser(context, twice, |arrival| match arrival {
            Arrival::Callback(_) => redirect_error(context, arrival, None, &[])
                .or_else(|_| redirect_error(context, arrival, good.value("state"), &[])),
            Arrival::Page(_) => local_error(arrival),
        });
        faults.part(name, verdict.await)?;
    }
    faults.verdict()
}

async fn by_post(context: &Context) -> Verdict {
    if !lists(context.smart().await?, "capabilities", "authorize-post") {
        return skip("authorize-post is not claimed");
    }
    let request = good_request(context).await?;
    let fields = request.parameters.0.clone();
    let post = Request::post(request.endpoint.clone(), Body::Form(fields));
    match Browser::new(context).go(post).await? {
        Arrival::Callback(_) => fail("the request went straight to the redirect URI"),
        Arrival::Page(shown) => ensure(shown.page.kind() == Some(Kind::Login), || {
            format!("status {} and no login page", shown.answer.status)
        }),
    }
}
