//! What the checks of one run share: the client, documents, sessions and search results. Each is
//! fetched once, when first needed, and cited by every check that rests on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;
use smart::clock::SharedClock;
use tokio::sync::OnceCell;
use url::Url;

mod export;
mod key_client;
mod launch;
mod logins;
mod records;

use export::Exports;
pub(crate) use export::{Export, TYPES};
use key_client::KeyClients;
pub(crate) use launch::Launch;
use launch::Launches;
use logins::Logins;
use records::Records;

use crate::category::Category;
use crate::collection::{Collection, gather};
use crate::configuration::{Configuration, Secret};
use crate::http::{Answer, Client, Request, RequestError};
use crate::outcome::{Finding, skip};

/// A document that is fetched once.
type Document = Result<(Answer, Result<Value, Finding>), RequestError>;
type Gathered = Result<Arc<Collection>, Finding>;

/// The state of one run.
pub(crate) struct Context {
    pub(crate) configuration: Configuration,
    pub(crate) client: Client,
    pub(crate) clock: SharedClock,
    random: Mutex<StdRng>,
    metadata: OnceCell<Document>,
    smart_configuration: OnceCell<Document>,
    patient: OnceCell<Result<Answer, Finding>>,
    logins: Logins,
    collections: tokio::sync::Mutex<HashMap<&'static str, Gathered>>,
    records: Records,
    key_clients: KeyClients,
    exports: Exports,
    launches: Launches,
}

impl Context {
    pub(crate) fn new(
        configuration: Configuration,
        client: Client,
        clock: SharedClock,
        random: StdRng,
    ) -> Self {
        Self {
            configuration,
            client,
            clock,
            random: Mutex::new(random),
            metadata: OnceCell::new(),
            smart_configuration: OnceCell::new(),
            patient: OnceCell::new(),
            logins: Logins::default(),
            collections: tokio::sync::Mutex::default(),
            records: Records::default(),
            key_clients: KeyClients::default(),
            exports: Exports::default(),
            launches: Launches::default(),
        }
    }

    /// A URL below the base.
    pub(crate) fn url(&self, path: &str) -> Result<Url, Finding> {
        let text = format!(
            "{}/{path}",
            self.configuration.base.as_str().trim_end_matches('/')
        );
        Url::parse(&text).map_err(|error| Finding::Error(format!("{text}: {error}")))
    }

    /// A search URL below the base.
    pub(crate) fn search_url<N: AsRef<str>, V: AsRef<str>>(
        &self,
        resource_type: &str,
        query: &[(N, V)],
    ) -> Result<Url, Finding> {
        let mut url = self.url(resource_type)?;
        url.query_pairs_mut().extend_pairs(query);
        Ok(url)
    }

    /// Whether a URL lies on the origin of the base, so that the token may be sent there.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.configuration.base.origin()
    }

    /// Random text: 256 bits in the URL-safe alphabet.
    pub(crate) fn random_text(&self) -> String {
        let mut bytes = [0_u8; 32];
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.fill_bytes(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Keeps the secrets of a response out of the record from now on.
    pub(crate) fn learn(&self, response: &Value, members: &[&str]) {
        for secret in members.iter().filter_map(|name| response[*name].as_str()) {
            self.client.redactor.learn(&Secret::from(secret.to_owned()));
        }
    }

    /// GET without a token.
    pub(crate) async fn open(&self, url: Url) -> Result<Answer, Finding> {
        Ok(self.client.send(&Request::get(url).fhir()).await?)
    }

    /// GET with the session's token.
    pub(crate) async fn authorized(&self, url: Url) -> Result<Answer, Finding> {
        self.with_token(url, &self.session().await?.token).await
    }

    /// GET with any token, on the base's own origin only.
    pub(crate) async fn with_token(&self, url: Url, token: &Secret) -> Result<Answer, Finding> {
        if !self.is_own(&url) {
            return Err(Finding::Fail(format!(
                "{url} leaves the server; no token is sent there"
            )));
        }
        Ok(self
            .client
            .send(&Request::get(url).fhir().bearer(token))
            .await?)
    }

    /// The answer of `metadata` and the CapabilityStatement in it.
    pub(crate) async fn metadata(&self) -> Result<(&Answer, Result<&Value, Finding>), Finding> {
        let document = self
            .metadata
            .get_or_init(|| self.fetch("metadata", "CapabilityStatement"))
            .await;
        self.cited(document)
    }

    /// Whether the server answers at all: any HTTP status in time counts, even of an answer that
    /// is too long or redirects in circles.
    pub(crate) async fn reach(&self) -> Result<(), Finding> {
        if let Ok((answer, _)) = self.metadata().await {
            self.client.log.cite(answer.exchange);
        }
        match self.metadata.get() {
            Some(Err(RequestError::TooLarge(_) | RequestError::TooManyRedirects(_))) => Ok(()),
            Some(Err(error)) => Err(error.clone().into()),
            _ => Ok(()),
        }
    }

    /// The answer of `.well-known/smart-configuration` and the object in it.
    pub(crate) async fn well_known(&self) -> Result<(&Answer, Result<&Value, Finding>), Finding> {
        let document = self
            .smart_configuration
            .get_or_init(|| self.fetch(".well-known/smart-configuration", ""))
            .await;
        self.cited(document)
    }

    async fn fetch(&self, path: &str, resource_type: &str) -> Document {
        let invalid = |_| RequestError::Invalid(path.to_owned());
        let request = Request::get(self.url(path).map_err(invalid)?);
        let is_resource = !resource_type.is_empty();
        let accept = if is_resource {
            "application/fhir+json"
        } else {
            "application/json"
        };
        let answer = self.client.send(&request.header("accept", accept)).await?;
        let value = if is_resource {
            answer.resource(resource_type)
        } else {
            answer.object()
        };
        Ok((answer, value))
    }

    fn cited<'a>(
        &self,
        document: &'a Document,
    ) -> Result<(&'a Answer, Result<&'a Value, Finding>), Finding> {
        let (answer, value) = document
            .as_ref()
            .map_err(|error| Finding::from(error.clone()))?;
        self.client.log.cite(answer.exchange);
        Ok((answer, value.as_ref().map_err(Clone::clone)))
    }

    /// The CapabilityStatement, for checks that build on it.
    pub(crate) async fn capabilities(&self) -> Result<&Value, Finding> {
        match self.metadata().await {
            Ok((_, Ok(value))) => Ok(value),
            _ => skip("there is no usable CapabilityStatement (DSC-06)"),
        }
    }

    /// The SMART configuration, for checks that build on it.
    pub(crate) async fn smart(&self) -> Result<&Value, Finding> {
        match self.well_known().await {
            Ok((_, Ok(value))) => Ok(value),
            _ => skip("there is no usable SMART configuration (DSC-01)"),
        }
    }

    /// The row of a resource type in the CapabilityStatement; a skip when the type is not claimed.
    pub(crate) async fn claimed(&self, resource_type: &str) -> Result<&Value, Finding> {
        find_claim(self.capabilities().await?, resource_type)
            .map_or_else(|| skip(format!("{resource_type} is not claimed")), Ok)
    }

    /// The records of a category, as the first connection gets them.
    pub(crate) async fn gather(&self, category: &'static Category) -> Gathered {
        let mut collections = self.collections.lock().await;
        let gathered = if let Some(gathered) = collections.get(category.code) {
            gathered.clone()
        } else {
            let gathered = self.gather_anew(category).await.map(Arc::new);
            collections.insert(category.code, gathered.clone());
            gathered
        };
        for exchange in gathered.iter().flat_map(|collection| &collection.exchanges) {
            self.client.log.cite(*exchange);
        }
        gathered
    }

    /// The records of a category, when a check has asked for them; nothing is sent.
    pub(crate) async fn gathered(&self, category: &'static Category) -> Option<Gathered> {
        self.collections.lock().await.get(category.code).cloned()
    }

    /// The read of the session's patient.
    pub(crate) async fn patient(&self) -> Result<&Answer, Finding> {
        let read = || async {
            let patient = &self.session().await?.patient;
            self.authorized(self.url(&format!("Patient/{patient}"))?)
                .await
        };
        let answer = self.patient.get_or_init(read).await;
        let answer = answer.as_ref().map_err(Clone::clone)?;
        self.client.log.cite(answer.exchange);
        Ok(answer)
    }

    /// The same, when a check has asked for it; nothing is sent.
    pub(crate) fn patient_read(&self) -> Option<&Answer> {
        self.patient.get()?.as_ref().ok()
    }

    /// A document that was fetched: the CapabilityStatement and the SMART configuration.
    pub(crate) fn documents(&self) -> [Option<&Value>; 2] {
        [&self.metadata, &self.smart_configuration]
            .map(|cell| cell.get()?.as_ref().ok()?.1.as_ref().ok())
    }

    async fn gather_anew(&self, category: &'static Category) -> Result<Collection, Finding> {
        let patient = &self.session().await?.patient;
        let url = self.search_url(category.searched, &category.query_for(patient))?;
        gather(self, url, category.resource_type).await
    }

    /// The same, for checks that build on a successful first connection.
    pub(crate) async fn collection(&self, category: &'static Category) -> Gathered {
        self.claimed(category.resource_type).await?;
        self.gather(category)
            .await
            .map_err(|finding| match finding {
                Finding::Fail(_) => {
                    Finding::Skip(format!("the first query failed ({}-02)", category.code))
                }
                other => other,
            })
    }
}

/// The row of a resource type in a CapabilityStatement.
pub(crate) fn find_claim<'a>(statement: &'a Value, resource_type: &str) -> Option<&'a Value> {
    statement["rest"]
        .as_array()?
        .iter()
        .filter(|rest| rest["mode"] == "server")
        .filter_map(|rest| rest["resource"].as_array())
        .flatten()
        .find(|resource| resource["type"] == resource_type)
}
