//! DSC-01 to DSC-05 and DSC-17: the SMART configuration document.

use serde_json::Value;
use url::Url;

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::http::Request;
use crate::outcome::{Faults, Verdict, ensure, fail, skip};
use crate::requirement::place::{BRANDS, SMART_CAPABILITIES, SMART_CONFIGURATION};
use crate::resource::lists;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("DSC-01", Required, "The SMART configuration is a JSON object that anyone may read.", SMART_CONFIGURATION, |c| Box::pin(readable(c))),
    Check::new("DSC-02", Required, "The SMART configuration has the fields its capabilities call for, with PKCE S256 and without plain.", SMART_CONFIGURATION, |c| Box::pin(fields(c))),
    Check::new("DSC-03", Required, "The capabilities of Sync for Science are claimed: standalone launch, a confidential client, patient context, offline access, patient scopes.", SMART_CAPABILITIES, |c| Box::pin(capabilities(c))),
    Check::new("DSC-04", Required, "Every URL of the SMART configuration is absolute.", SMART_CONFIGURATION, |c| Box::pin(absolute(c))),
    Check::new("DSC-05", Warning, "Introspection, revocation, management and registration endpoints are advertised.", SMART_CONFIGURATION, |c| Box::pin(management(c))),
    Check::new("DSC-17", Warning, "The brand bundle, when there is one, holds organizations and endpoints and lists this server.", BRANDS, |c| Box::pin(brands(c))),
];

async fn readable(context: &Context) -> Verdict {
    let (answer, value) = context.well_known().await?;
    value?;
    ensure(answer.claims_json(), || {
        format!(
            "the media type is {:?} instead of application/json",
            answer.media_type()
        )
    })
}

async fn fields(context: &Context) -> Verdict {
    let smart = context.smart().await?;
    let mut faults = Faults::default();
    let mut wants = |member: &str| {
        faults.unless(smart[member].is_string(), || {
            format!("{member} is missing or no text")
        });
    };
    wants("token_endpoint");
    if lists(smart, "capabilities", "launch-standalone")
        || lists(smart, "capabilities", "launch-ehr")
    {
        wants("authorization_endpoint");
    }
    if lists(smart, "capabilities", "sso-openid-connect") {
        wants("issuer");
        wants("jwks_uri");
    }
    for member in [
        "capabilities",
        "grant_types_supported",
        "code_challenge_methods_supported",
    ] {
        let is_list = smart[member]
            .as_array()
            .is_some_and(|words| words.iter().all(Value::is_string));
        faults.unless(is_list, || {
            format!("{member} is missing or no list of texts")
        });
    }
    let methods = "code_challenge_methods_supported";
    faults.unless(lists(smart, methods, "S256"), || {
        format!("{methods} lacks S256")
    });
    faults.unless(!lists(smart, methods, "plain"), || {
        format!("{methods} has plain")
    });
    faults.verdict()
}

async fn capabilities(context: &Context) -> Verdict {
    let smart = context.smart().await?;
    let mut faults = Faults::default();
    let claims = |word| lists(smart, "capabilities", word);
    for word in [
        "launch-standalone",
        "context-standalone-patient",
        "permission-offline",
        "permission-patient",
    ] {
        faults.unless(claims(word), || format!("{word} is not claimed"));
    }
    let confidential =
        claims("client-confidential-symmetric") || claims("client-confidential-asymmetric");
    faults.unless(confidential, || {
        "no kind of confidential client is claimed".to_owned()
    });
    faults.verdict()
}

async fn absolute(context: &Context) -> Verdict {
    let smart = context.smart().await?;
    let mut faults = Faults::default();
    let members = smart.as_object().into_iter().flatten();
    let is_url =
        |name: &str| name.ends_with("_endpoint") || name.ends_with("_uri") || name == "issuer";
    let urls: Vec<_> = members.filter(|(name, _)| is_url(name)).collect();
    if urls.is_empty() {
        return skip("there are no URLs");
    }
    for (name, value) in urls {
        let url = value.as_str().and_then(|text| Url::parse(text).ok());
        faults.unless(url.is_some_and(|url| url.has_host()), || {
            format!("{name} is not an absolute URL")
        });
    }
    faults.verdict()
}

async fn management(context: &Context) -> Verdict {
    let smart = context.smart().await?;
    let mut faults = Faults::default();
    for name in ["introspection", "revocation", "management", "registration"] {
        let member = format!("{name}_endpoint");
        faults.unless(smart[&member].is_string(), || {
            format!("{member} is not advertised")
        });
    }
    faults.verdict()
}

async fn brands(context: &Context) -> Verdict {
    let smart = context.smart().await?;
    let Some(link) = smart["user_access_brand_bundle"].as_str() else {
        return skip("no user_access_brand_bundle is advertised");
    };
    let Ok(url) = Url::parse(link) else {
        return fail("user_access_brand_bundle is not an absolute URL");
    };
    let request = Request::get(url).header("accept", "application/fhir+json, application/json");
    let bundle = context.client.send(&request).await?.resource("Bundle")?;
    let entries = || crate::collection::entries(&bundle).map(|entry| &entry["resource"]);
    let has = |name: &str| entries().any(|resource| resource["resourceType"] == name);
    let base = context.configuration.base.as_str();
    let is_listed = entries().any(|resource| {
        resource["address"]
            .as_str()
            .is_some_and(|address| address.trim_end_matches('/') == base)
    });
    let mut faults = Faults::default();
    faults.unless(has("Organization"), || {
        "the bundle has no Organization".to_owned()
    });
    faults.unless(has("Endpoint"), || "the bundle has no Endpoint".to_owned());
    faults.unless(is_listed, || {
        "no Endpoint of the bundle is this server".to_owned()
    });
    faults.verdict()
}
