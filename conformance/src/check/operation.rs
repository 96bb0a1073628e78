//! OPS: robustness, headers and privacy of the running server.

use url::Url;

use super::authorization::good_request;
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::http::{Answer, Body, Method, Parameters, Request};
use crate::login::browser::{Arrival, Browser};
use crate::login::token::{ClientProof, endpoint, request};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{
    CACHING, CONSENT, GUESSING, INPUT_VALIDATION, METHODS, SECURITY_HEADERS,
};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("OPS-01", Required, "Over-long, binary, repeated and nested parameters lead to no server error.", INPUT_VALIDATION, |c| Box::pin(robust(c))),
    Check::new("OPS-02", Warning, "A burst on the token endpoint is slowed down.", GUESSING, |c| Box::pin(burst(c))),
    Check::new("OPS-03", Warning, "Headers tell neither product nor version.", SECURITY_HEADERS, |c| Box::pin(banners(c))),
    Check::new("OPS-04", Warning, "Answers carry X-Content-Type-Options: nosniff.", SECURITY_HEADERS, |c| Box::pin(sniffing(c))),
    Check::new("OPS-06", Warning, "The login page leads to the privacy policy or the terms.", CONSENT, |c| Box::pin(policies(c))),
    Check::new("OPS-07", Required, "Health records are sent with Cache-Control no-store or private.", CACHING, |c| Box::pin(caching(c))),
    Check::new("OPS-09", Required, "TRACE is refused.", METHODS, |c| Box::pin(trace(c))),
];

/// The endpoints of the authorization server that take parameters.
const ENDPOINTS: &[&str] = &[
    "authorization_endpoint",
    "token_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "registration_endpoint",
];

fn odd_parameters() -> Vec<(&'static str, Parameters)> {
    let many: Vec<_> = (0..300)
        .map(|number| (format!("p{number}"), "x".to_owned()))
        .collect();
    vec![
        (
            "over-long",
            Parameters::of(&[
                ("client_id", &"x".repeat(6000)),
                ("token", &"y".repeat(6000)),
            ]),
        ),
        (
            "binary",
            Parameters::of(&[
                ("client_id", "\u{0}\u{1}\u{fffd}"),
                ("token", "\u{0}"),
                ("state", "\u{202e}"),
            ]),
        ),
        (
            "repeated",
            Parameters::of(&[
                ("grant_type", "a"),
                ("grant_type", "b"),
                ("client_id", "a"),
                ("client_id", "b"),
            ]),
        ),
        (
            "nested",
            Parameters::of(&[("client_id[a][b]", "x"), ("scope[]", "x"), ("token.a", "x")]),
        ),
        ("many", Parameters(many)),
    ]
}

async fn robust(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for member in ENDPOINTS {
        let Ok(url) = endpoint(context, member).await else {
            continue;
        };
        for (name, parameters) in odd_parameters() {
            let mut asked = url.clone();
            asked.query_pairs_mut().extend_pairs(&parameters.0);
            for request in [
                Request::get(asked).unfollowed(),
                request(url.clone(), parameters, ClientProof::Nothing),
            ] {
                let answer = context.client.send(&request).await?;
                faults.unless(answer.status < 500, || {
                    format!("{member}, {name}: status {}", answer.status)
                });
            }
        }
    }
    robust_search(context, &mut faults).await?;
    faults.verdict()
}

async fn robust_search(context: &Context, faults: &mut Faults) -> Verdict {
    let Ok(session) = context.session().await else {
        return Ok(());
    };
    let long = "x".repeat(6000);
    for query in [
        format!("code={long}"),
        "code=%00%01%ff".to_owned(),
        "_count=1&_count=2&_count=x".to_owned(),
        "patient:Patient.subject:Patient.name=x".to_owned(),
        "_has:a:b:_has:c:d:_has:e:f:g=x".to_owned(),
        ",,,|||=$$$".to_owned(),
    ] {
        let url = context.url(&format!("Observation?{query}"))?;
        let answer = context.with_token(url, &session.token).await?;
        let shown: String = query.chars().take(40).collect();
        faults.unless(answer.status < 500, || {
            format!("{shown}: status {}", answer.status)
        });
    }
    Ok(())
}

const BURST: usize = 150;

async fn burst(context: &Context) -> Verdict {
    if !context.configuration.bursts {
        return skip("give --bursts to check this");
    }
    let url = endpoint(context, "token_endpoint").await?;
    for _ in 0..BURST {
        let code = context.random_text();
        let fields = Parameters::of(&[("grant_type", "refresh_token"), ("refresh_token", &code)]);
        let request = request(url.clone(), fields, ClientProof::Name("no-such-client"));
        if context.client.send(&request).await?.status == 429 {
            return Ok(());
        }
    }
    fail(format!("{BURST} wrong token requests were all answered"))
}

/// One answer of each server: the FHIR server's and, when there is one, the portal's page.
async fn answers(context: &Context) -> Result<Vec<(&'static str, Answer)>, Finding> {
    let mut answers = vec![(
        "the FHIR server",
        context.open(context.url("metadata")?).await?,
    )];
    if let Ok(request) = good_request(context).await
        && let Arrival::Page(shown) = Browser::new(context).open(request.url()).await?
    {
        answers.push(("the portal", shown.answer));
    }
    Ok(answers)
}

async fn banners(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (name, answer) in answers(context).await? {
        for header in ["server", "x-powered-by", "x-aspnet-version", "x-generator"] {
            let value = answer.header(header).unwrap_or_default();
            let is_telling = value.chars().any(|c| c.is_ascii_digit())
                || (header != "server" && !value.is_empty());
            faults.unless(!is_telling, || format!("{name}: {header}: {value}"));
        }
    }
    faults.verdict()
}

async fn sniffing(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (name, answer) in answers(context).await? {
        let value = answer.header("x-content-type-options").unwrap_or_default();
        faults.unless(value.eq_ignore_ascii_case("nosniff"), || {
            format!("{name} does not")
        });
    }
    faults.verdict()
}

async fn policies(context: &Context) -> Verdict {
    let request = good_request(context).await?;
    let Arrival::Page(shown) = Browser::new(context).open(request.url()).await? else {
        return skip("there is no login page (AUT-01)");
    };
    let text = shown.page.text.to_lowercase();
    ensure(text.contains("privacy") || text.contains("terms"), || {
        "it leads to neither".into()
    })
}

async fn caching(context: &Context) -> Verdict {
    let answer = context.patient().await?;
    answer.expect_status(200)?;
    let cache = answer
        .header("cache-control")
        .unwrap_or_default()
        .to_ascii_lowercase();
    ensure(
        cache.contains("no-store") || cache.contains("private"),
        || format!("Cache-Control is {cache:?}"),
    )
}

async fn trace(context: &Context) -> Verdict {
    let mut urls = vec![context.url("metadata")?];
    if let Ok(url) = endpoint(context, "token_endpoint").await {
        urls.push(url);
    }
    let mut faults = Faults::default();
    for url in urls {
        let shown: Url = url.clone();
        let answer = context
            .client
            .send(&Request::with(Method::Trace, url, Body::None))
            .await?;
        faults.part(
            shown.path(),
            answer.expect_one_of(&[400, 401, 403, 404, 405, 501]),
        )?;
    }
    faults.verdict()
}
