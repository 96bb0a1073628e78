//! Getting an access token as an app gets it: discovery, registration when there is no client,
//! the portal's forms, the redirect, the token endpoint (SMART App Launch 2.2, "Standalone launch").

pub(crate) mod authorization;
pub(crate) mod browser;
pub(crate) mod cookie;
pub(crate) mod key;
mod listener;
mod manual;
pub mod page;
pub(crate) mod registration;
mod session;
pub(crate) mod token;
pub(crate) mod walk;
mod webdriver;

use url::Url;

pub(crate) use authorization::AuthorizationRequest;
pub(crate) use session::{Login, Session};

use crate::configuration::{Driver, Person, RegisteredClient, Secret};
use crate::context::Context;
use crate::http::{Answer, Parameters};
use crate::outcome::Finding;
use browser::{Arrival, Browser};
use cookie::CookieJar;
use page::Form;
use token::ClientProof;
use walk::Walk;

/// How far a login came. The order is that of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Nothing was tried: something is missing in the configuration or in discovery.
    Preparation,
    /// Registering a client.
    Registration,
    /// The authorization request.
    Authorization,
    /// User name and password.
    Login,
    /// Choice of patient, consent, redirect.
    Consent,
    /// Exchange of the code.
    Token,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoginProblem {
    pub(crate) stage: Stage,
    pub(crate) reason: String,
    /// Whether the reason says nothing about the server.
    is_undecided: bool,
}

impl LoginProblem {
    /// What a check says that is about this stage.
    pub(crate) fn finding(&self) -> Finding {
        if self.is_undecided {
            Finding::Skip(self.reason.clone())
        } else {
            Finding::Fail(self.reason.clone())
        }
    }
}

impl Stage {
    /// A problem at this stage.
    pub(crate) fn problem(self, reason: impl Into<String>) -> LoginProblem {
        LoginProblem {
            stage: self,
            reason: reason.into(),
            is_undecided: false,
        }
    }

    /// Turns a finding into a problem at this stage.
    pub(crate) fn finding(self, finding: impl Into<Finding>) -> LoginProblem {
        let finding = finding.into();
        let is_undecided = matches!(finding, Finding::Skip(_) | Finding::Error(_));
        let (Finding::Fail(reason)
        | Finding::Warn(reason)
        | Finding::Skip(reason)
        | Finding::Error(reason)) = finding;
        LoginProblem {
            is_undecided,
            ..self.problem(reason)
        }
    }
}

/// A client ready for the flow.
#[derive(Debug, Clone)]
pub(crate) struct ReadyClient {
    pub(crate) client: RegisteredClient,
    pub(crate) registration: Option<Answer>,
}

/// What a login is for.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) client: RegisteredClient,
    pub(crate) scope: String,
    pub(crate) person: Person,
    /// The first one offered when absent.
    pub(crate) patient: Option<String>,
    /// The value of a check box of the consent page to leave unticked.
    pub(crate) without: Option<String>,
    /// Random when absent.
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
}

impl Wish {
    /// This person's login to this client with these scopes.
    pub(crate) fn new(client: &RegisteredClient, scope: &str, person: &Person) -> Self {
        Self {
            client: client.clone(),
            scope: scope.to_owned(),
            person: person.clone(),
            patient: None,
            without: None,
            state: None,
            nonce: None,
        }
    }
}

impl Person {
    /// The login form with name and password.
    pub fn fill(&self, mut form: Form) -> Form {
        for (role, text) in [
            (form.username.clone(), self.username.as_str()),
            (form.password.clone(), self.password.reveal()),
        ] {
            if let Some(name) = role {
                form.fill(&name, text);
            }
        }
        form.press_id("sign-in");
        form
    }
}

/// A code that has not been exchanged.
#[derive(Debug)]
pub(crate) struct Approval {
    pub(crate) request: AuthorizationRequest,
    pub(crate) client: RegisteredClient,
    pub(crate) callback: Url,
    pub(crate) code: Secret,
    /// Patients that were offered.
    pub(crate) offered: Vec<String>,
    /// The one that was chosen.
    pub(crate) chosen: Option<String>,
    /// The cookies at the end.
    pub(crate) jar: CookieJar,
}

impl Approval {
    /// The fields of a right token request.
    pub(crate) fn fields(&self) -> Parameters {
        self.request.exchange_fields(&self.code)
    }

    /// Exchanges it as it should be.
    pub(crate) async fn exchange(&self, context: &Context) -> Result<Answer, Finding> {
        let proof = ClientProof::of(&self.client);
        token::send(context, "token_endpoint", self.fields(), proof).await
    }
}

/// Goes through the portal to the code.
pub(crate) async fn authorize(context: &Context, wish: &Wish) -> Result<Approval, LoginProblem> {
    let smart = context.smart().await;
    let smart = smart.map_err(|finding| Stage::Preparation.finding(finding))?;
    let request = AuthorizationRequest::new(context, smart, wish)?;
    let trip = match &context.configuration.driver {
        Driver::Form => walked(context, wish, request.url()).await?,
        Driver::Manual => manual::ask(context, &request.url()).await?,
        Driver::WebDriver(address) => {
            webdriver::drive(context, address, wish, &request.url()).await?
        }
    };
    let code = request.code(&trip.callback)?;
    context.client.redactor.learn(&code);
    Ok(Approval {
        request,
        client: wish.client.clone(),
        callback: trip.callback,
        code,
        offered: trip.offered,
        chosen: trip.chosen,
        jar: trip.jar,
    })
}

/// The way from an authorization request to the redirect URI.
struct Trip {
    callback: Url,
    offered: Vec<String>,
    chosen: Option<String>,
    jar: CookieJar,
}

/// The form driver's way.
async fn walked(context: &Context, wish: &Wish, url: Url) -> Result<Trip, LoginProblem> {
    let mut walk = Walk::new(Browser::new(context), wish);
    let arrival = walk.start(url).await?;
    let Arrival::Callback(callback) = walk.until(arrival, None).await? else {
        return Err(Stage::Consent.problem("the portal did not come to its end"));
    };
    Ok(Trip {
        callback,
        offered: walk.offered,
        chosen: walk.chosen,
        jar: walk.browser.jar,
    })
}
