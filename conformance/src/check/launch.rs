//! EHL: launches from the portal, when `launch-ehr` is claimed.

use super::authorization;
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::configuration::RegisteredClient;
use crate::context::{Context, Launch};
use crate::login::browser::{Arrival, Browser};
use crate::login::token::{self, ClientProof};
use crate::login::walk::Walk;
use crate::login::{AuthorizationRequest, Wish};
use crate::outcome::{Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{EHR_LAUNCH, LAUNCH_CONTEXT};
use crate::resource::lists;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("EHL-01", Required, "A launch from the portal calls the app with iss and launch.", EHR_LAUNCH, |c| Box::pin(arrives(c))),
    Check::new("EHL-02", Required, "The iss of a launch is the base of the FHIR server.", EHR_LAUNCH, |c| Box::pin(issuer(c))),
    Check::new("EHL-03", Required, "A launch works for the client that was launched, and for no other.", EHR_LAUNCH, |c| Box::pin(bound(c))),
    Check::new("EHL-04", Required, "A launch that is unknown or was used is sent back with invalid_request.", EHR_LAUNCH, |c| Box::pin(unknown_or_used(c))),
    Check::new("EHL-05", Required, "The token response names the patient of the launch.", LAUNCH_CONTEXT, |c| Box::pin(patient(c))),
];

const SCOPE: &str = "launch openid fhirUser patient/*.rs";

async fn claimed(context: &Context) -> Verdict {
    if lists(context.smart().await?, "capabilities", "launch-ehr") {
        return Ok(());
    }
    skip("launch-ehr is not claimed")
}

async fn arrives(context: &Context) -> Verdict {
    claimed(context).await?;
    let launch = context.launch().await?;
    for name in ["iss", "launch"] {
        let value = launch.value(name).unwrap_or_default();
        ensure(!value.is_empty(), || format!("{name} is missing"))?;
    }
    Ok(())
}

async fn issuer(context: &Context) -> Verdict {
    claimed(context).await?;
    let iss = context.launch().await?.value("iss").unwrap_or_default();
    let base = context.configuration.base.as_str();
    ensure(iss.trim_end_matches('/') == base, || {
        format!("iss is {iss}")
    })
}

/// The request of this client with this launch.
async fn request(
    context: &Context,
    wish: &Wish,
    handle: &str,
) -> Result<AuthorizationRequest, Finding> {
    let smart = context.smart().await?;
    let request = AuthorizationRequest::new(context, smart, wish);
    let mut request = request.or_else(|problem| skip(problem.reason))?;
    request.parameters = request.parameters.with("launch", handle);
    Ok(request)
}

async fn wish(context: &Context, client: &RegisteredClient) -> Result<Wish, Finding> {
    let mut wish = context.wish(client).await?;
    SCOPE.clone_into(&mut wish.scope);
    Ok(wish)
}

/// Goes with a launch to its end.
async fn complete(
    context: &Context,
    launch: &Launch,
    handle: &str,
) -> Result<serde_json::Value, Finding> {
    let client = context.public_client().await?;
    let wish = wish(context, client).await?;
    let request = request(context, &wish, handle).await?;
    let browser = Browser::with(context, launch.jar.clone());
    let mut walk = Walk::new(browser, &wish);
    let stuck = |problem: crate::login::LoginProblem| Finding::Fail(problem.reason);
    let arrival = walk.start(request.url()).await.map_err(stuck)?;
    let Arrival::Callback(url) = walk.until(arrival, None).await.map_err(stuck)? else {
        return fail("the portal did not come to its end");
    };
    let code = request.code(&url).map_err(stuck)?;
    context.client.redactor.learn(&code);
    let fields = request.exchange_fields(&code);
    token::send(context, "token_endpoint", fields, ClientProof::of(client))
        .await?
        .object()
}

/// Opens a request in the browser of a launch and expects it to be sent back.
async fn sent_back(
    context: &Context,
    launch: &Launch,
    client: &RegisteredClient,
    handle: &str,
) -> Verdict {
    let wish = wish(context, client).await?;
    let request = request(context, &wish, handle).await?;
    let mut browser = Browser::with(context, launch.jar.clone());
    let arrival = browser.open(request.url()).await?;
    let state = request.parameters.value("state");
    let configuration = &context.configuration;
    let given = [&configuration.client, &configuration.confidential_client];
    let is_vouched = given
        .into_iter()
        .flatten()
        .any(|given| given.id == client.id);
    let errors = ["invalid_request", "access_denied"];
    authorization::told_back(context, (&arrival, is_vouched), state, &errors)
}

async fn bound(context: &Context) -> Verdict {
    claimed(context).await?;
    let other = context.confidential_client().await?;
    let launch = context.new_launch().await?;
    let handle = launch.handle(context);
    if context.public_client().await?.id == other.id {
        return skip("there is no second client");
    }
    sent_back(context, &launch, other, &handle).await
}

async fn unknown_or_used(context: &Context) -> Verdict {
    claimed(context).await?;
    let client = context.public_client().await?;
    let launch = context.new_launch().await?;
    let unknown = context.random_text();
    sent_back(context, &launch, client, &unknown).await?;
    let handle = launch.handle(context);
    complete(context, &launch, &handle)
        .await
        .or_else(|_| skip("the launch did not come to its end (EHL-05)"))?;
    sent_back(context, &launch, client, &handle).await
}

async fn patient(context: &Context) -> Verdict {
    claimed(context).await?;
    let launch = context.new_launch().await?;
    let handle = launch.handle(context);
    let response = complete(context, &launch, &handle).await?;
    let Some(wanted) = &launch.patient else {
        return ensure(response["patient"].is_string(), || {
            "patient is missing".into()
        });
    };
    ensure(response["patient"] == wanted.as_str(), || {
        format!("patient is {}", response["patient"])
    })
}
