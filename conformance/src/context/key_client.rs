//! The client of a run that authenticates with a key.

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::Context;
use crate::configuration::Backend;
use crate::login::key::SigningKey;
use crate::login::{LoginProblem, Stage, registration};
use crate::outcome::{Finding, skip};

/// A client with a key.
pub(crate) struct KeyClient {
    pub(crate) id: String,
    pub(crate) key: SigningKey,
    /// The registration response; null when the client was configured.
    pub(crate) response: Value,
}

/// What was made so far.
#[derive(Default)]
pub(super) struct KeyClients {
    registered: OnceCell<Result<KeyClient, LoginProblem>>,
    configured: OnceCell<Result<KeyClient, Finding>>,
}

impl Context {
    /// The configured client with a key, or else a registered one.
    pub(crate) async fn key_client(&self) -> Result<&KeyClient, Finding> {
        match self.backend_client().await {
            Some(configured) => configured,
            None => self.registered_key_client().await,
        }
    }

    /// The configured client; nothing when there is none.
    pub(crate) async fn backend_client(&self) -> Option<Result<&KeyClient, Finding>> {
        let backend = self.configuration.backend.as_ref()?;
        let made = &self.key_clients.configured;
        let made = made.get_or_init(async || configured(backend)).await;
        Some(made.as_ref().map_err(Clone::clone))
    }

    /// A client of the authorization code flow that was registered with a key.
    pub(crate) async fn registered_key_client(&self) -> Result<&KeyClient, Finding> {
        let made = &self.key_clients.registered;
        let made = made.get_or_init(|| self.register_key()).await;
        match made {
            Ok(client) => Ok(client),
            Err(problem) if problem.stage == Stage::Registration => Err(problem.finding()),
            Err(problem) => skip(problem.reason.clone()),
        }
    }

    async fn register_key(&self) -> Result<KeyClient, LoginProblem> {
        let prepared = |finding: Finding| Stage::Preparation.finding(finding);
        let smart = self.smart().await.map_err(prepared)?;
        if self.public_client().await.is_ok() {
            let _ = self.confidential_client().await;
        }
        let key = SigningKey::generate("check").map_err(prepared)?;
        let mut metadata = registration::metadata(self, "private_key_jwt");
        metadata["jwks"] = json!({"keys": [key.public]});
        let ready = registration::register(self, smart, &metadata).await?;
        let response = ready.registration.and_then(|answer| answer.json().ok());
        Ok(KeyClient {
            id: ready.client.id,
            key,
            response: response.unwrap_or_default(),
        })
    }
}

fn configured(backend: &Backend) -> Result<KeyClient, Finding> {
    let key = SigningKey::read(backend.key.reveal());
    Ok(KeyClient {
        id: backend.id.clone(),
        key: key.map_err(|reason| Finding::Error(format!("the backend key: {reason}")))?,
        response: Value::Null,
    })
}
