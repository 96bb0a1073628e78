//! The bulk export of a run: one small export that most checks of it look at.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use super::Context;
use crate::collection::entries;
use crate::configuration::Secret;
use crate::http::{Answer, Parameters, Request};
use crate::login::key::{asserted, claims};
use crate::login::token::{ClientProof, endpoint, send};
use crate::outcome::{Finding, skip};
use crate::resource::id_of;

/// The types that are exported: few, so that a run stays polite.
pub(crate) const TYPES: &[&str] = &["Patient", "Condition"];
/// Between two questions when the server names no time.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const MOST_QUESTIONS: usize = 40;

/// An export as it went.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub(crate) kick_off: Answer,
    /// The answers of its status, in order; the last one is the manifest when all went well.
    pub(crate) statuses: Vec<Answer>,
}

/// What was made so far.
#[derive(Default)]
pub(super) struct Exports {
    token: OnceCell<Result<(Answer, Secret), Finding>>,
    place: OnceCell<Result<String, Finding>>,
    first: OnceCell<Result<Export, Finding>>,
}

impl Export {
    /// Where its status is told.
    pub(crate) fn status_url(kick_off: &Answer) -> Option<Url> {
        let text = kick_off.header("content-location")?;
        kick_off.url.join(text).ok()
    }

    /// The manifest, when it came to its end.
    pub(crate) fn manifest(&self) -> Option<Value> {
        self.statuses.last()?.object().ok()
    }
}

impl Context {
    /// The answer to the backend client's token request.
    pub(crate) async fn system_answer(&self) -> Result<&Answer, Finding> {
        self.system().await.map(|(answer, _)| answer)
    }

    /// The backend client's access token.
    pub(crate) async fn system_token(&self) -> Result<&Secret, Finding> {
        match self.system().await {
            Ok((_, token)) => Ok(token),
            Err(Finding::Fail(reason)) => skip(format!("no token of a backend client: {reason}")),
            Err(finding) => Err(finding),
        }
    }

    async fn system(&self) -> Result<&(Answer, Secret), Finding> {
        let made = &self.exports.token;
        let made = made.get_or_init(|| self.ask_for_system_token()).await;
        made.as_ref().map_err(Clone::clone)
    }

    async fn ask_for_system_token(&self) -> Result<(Answer, Secret), Finding> {
        let Some(backend) = &self.configuration.backend else {
            return skip("give --backend-client-id and --backend-key-file to check this");
        };
        let Some(client) = self.backend_client().await else {
            return skip("there is no backend client");
        };
        let client = client?;
        let url = endpoint(self, "token_endpoint").await?;
        let assertion = client.key.sign(&claims(self, &client.id, url.as_str()))?;
        let fields = Parameters::of(&[
            ("grant_type", "client_credentials"),
            ("scope", backend.scope.as_str()),
        ]);
        let fields = asserted(fields, &assertion);
        let answer = send(self, "token_endpoint", fields, ClientProof::Nothing).await?;
        let response = answer.object()?;
        let token = response["access_token"].as_str().unwrap_or_default();
        let token = Secret::from(token.to_owned());
        Ok((answer, token))
    }

    /// The URL that starts an export of [`TYPES`], with more parameters.
    pub(crate) async fn export_url(&self, more: &[(&str, &str)]) -> Result<Url, Finding> {
        let place = self.exports.place.get_or_init(|| self.exported()).await;
        let mut url = self.url(&place.clone()?)?;
        url.query_pairs_mut()
            .append_pair("_type", &TYPES.join(","))
            .extend_pairs(more);
        Ok(url)
    }

    /// The group that is configured or found, or else all patients.
    async fn exported(&self) -> Result<String, Finding> {
        let token = self.system_token().await?;
        let backend = self.configuration.backend.as_ref();
        if let Some(group) = backend.and_then(|backend| backend.group.as_ref()) {
            return Ok(format!("Group/{group}/$export"));
        }
        let answer = self.with_token(self.url("Group?_count=1")?, token).await?;
        let bundle = answer.json().unwrap_or_default();
        let group = entries(&bundle).find_map(|entry| id_of(&entry["resource"]).map(str::to_owned));
        Ok(group.map_or_else(
            || "Patient/$export".to_owned(),
            |group| format!("Group/{group}/$export"),
        ))
    }

    /// Asks for an export.
    pub(crate) async fn kick_off(&self, more: &[(&str, &str)]) -> Result<Answer, Finding> {
        let url = self.export_url(more).await?;
        let token = self.system_token().await?;
        let request = Request::get(url).fhir().header("prefer", "respond-async");
        Ok(self.client.send(&request.bearer(token)).await?)
    }

    /// Asks for an export and for its status until it is done.
    pub(crate) async fn start_export(&self, more: &[(&str, &str)]) -> Result<Export, Finding> {
        let kick_off = self.kick_off(more).await?;
        let mut statuses = Vec::new();
        if let Some(url) = Export::status_url(&kick_off).filter(|_| kick_off.status == 202) {
            let mut wait = FIRST_WAIT;
            for _ in 0..MOST_QUESTIONS {
                let token = self.system_token().await?;
                let answer = self.with_token(url.clone(), token).await?;
                let is_done = answer.status != 202;
                let told = answer
                    .header("retry-after")
                    .and_then(|text| text.parse().ok());
                statuses.push(answer);
                if is_done {
                    break;
                }
                let time = told.map_or(wait, Duration::from_secs).min(LONGEST_WAIT);
                self.client.wait(time).await?;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
        Ok(Export { kick_off, statuses })
    }

    /// The export of the run.
    pub(crate) async fn export(&self) -> Result<&Export, Finding> {
        let made = &self.exports.first;
        let made = made.get_or_init(|| self.start_export(&[])).await;
        let export = made.as_ref().map_err(Clone::clone)?;
        self.client.log.cite(export.kick_off.exchange);
        for answer in &export.statuses {
            self.client.log.cite(answer.exchange);
        }
        Ok(export)
    }
}
