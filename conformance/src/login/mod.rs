//! Getting an access token as an app gets it: discovery, registration when there is no client,
//! the portal's forms, the redirect, the token endpoint (SMART App Launch 2.2, "Standalone launch").

mod authorization;
mod browser;
mod cookie;
mod page;
mod registration;
mod token;

use serde_json::Value;

use crate::configuration::{Credentials, RegisteredClient, Secret};
use crate::context::Context;
use crate::http::Answer;
use crate::outcome::Finding;

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
}

impl Stage {
    /// A problem at this stage.
    pub(crate) fn problem(self, reason: impl Into<String>) -> LoginProblem {
        LoginProblem {
            stage: self,
            reason: reason.into(),
        }
    }

    /// Turns a finding into a problem at this stage.
    pub(crate) fn finding(self, finding: impl Into<Finding>) -> LoginProblem {
        let (Finding::Fail(reason)
        | Finding::Warn(reason)
        | Finding::Skip(reason)
        | Finding::Error(reason)) = finding.into();
        self.problem(reason)
    }
}

/// A token and whose it is.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) token: Secret,
    pub(crate) patient: String,
    /// The flow that led to it; absent when the token was given.
    pub(crate) login: Option<Login>,
}

/// A finished flow.
#[derive(Debug)]
pub(crate) struct Login {
    /// The registration response, when the client was registered in this run.
    pub(crate) registration: Option<Answer>,
    /// The token endpoint's answer.
    pub(crate) answer: Answer,
    /// Its body.
    pub(crate) response: Value,
    /// Other patients the user could have chosen.
    pub(crate) others: Vec<String>,
    /// The exchanges of the flow.
    pub(crate) exchanges: std::ops::Range<usize>,
}

impl Session {
    /// The exchanges it took.
    pub(crate) fn exchanges(&self) -> std::ops::Range<usize> {
        self.login
            .as_ref()
            .map_or(0..0, |login| login.exchanges.clone())
    }

    /// Other patients the user could have chosen.
    pub(crate) fn others(&self) -> &[String] {
        self.login.as_ref().map_or(&[], |login| &login.others)
    }

    /// The refresh token, when one was issued.
    pub(crate) fn refresh_token(&self) -> Option<Secret> {
        let text = self.login.as_ref()?.response["refresh_token"].as_str()?;
        Some(Secret::from(text.to_owned()))
    }
}

/// A client ready for the flow.
pub(crate) struct ReadyClient {
    pub(crate) client: RegisteredClient,
    pub(crate) registration: Option<Answer>,
}

/// Signs in for `patient`, or for the first patient offered.
pub(crate) async fn sign_in(
    context: &Context,
    patient: Option<&str>,
) -> Result<Session, LoginProblem> {
    match &context.configuration.credentials {
        Credentials::None => Err(Stage::Preparation
            .problem("give --token with --patient, or --username with --password")),
        Credentials::Token(token) => Ok(Session {
            token: token.clone(),
            patient: patient.unwrap_or_default().to_owned(),
            login: None,
        }),
        Credentials::Form { username, password } => {
            launch(
                context,
                &browser::Person {
                    username,
                    password,
                    patient,
                },
            )
            .await
        }
    }
}

async fn launch(context: &Context, person: &browser::Person<'_>) -> Result<Session, LoginProblem> {
    let first = context.client.log.exchanges().len();
    let smart = context
        .smart()
        .await
        .map_err(|finding| Stage::Preparation.finding(finding))?;
    let ready = registration::ready_client(context, smart).await?;
    let request = authorization::request(context, smart, &ready.client)?;
    let approval = browser::approve(context, &request, person).await?;
    let code = authorization::code(&request, &approval.callback)?;
    context.client.redactor.learn(&code);
    let exchange = token::Exchange {
        code: &code,
        verifier: &request.verifier,
        client: &ready.client,
    };
    let (answer, response) = token::exchange(context, smart, &exchange).await?;
    let (token, patient) = token::grant(context, &response, approval.chosen)?;
    let others = approval
        .offered
        .into_iter()
        .filter(|other| *other != patient)
        .collect();
    Ok(Session {
        token,
        patient,
        login: Some(Login {
            registration: ready.registration,
            answer,
            response,
            others,
            exchanges: first..context.client.log.exchanges().len(),
        }),
    })
}
