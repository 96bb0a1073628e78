//! What every handler shares, and the server seen from a resource server in the same process.

use std::future::ready;
use std::sync::Arc;

use smart::clock::SharedClock;
use smart::configuration::SmartConfiguration;
use smart::dpop::Replays;
use smart::introspection::{
    Answer, AuthorizationServer, Confirmation, Disclosure, Introspection, Unavailable,
};

use crate::account::demo::DemoAccounts;
use crate::account::password::PasswordChecker;
use crate::account::throttle::{Limit, Throttle};
use crate::attempts::Attempts;
use crate::configuration::{Profile, SharingPolicy};
use crate::first_uses::FirstUses;
use crate::key_ring::SharedKeyRing;
use crate::labels::KnownLabels;
use crate::oauth::authorization_request::Policy;
use crate::oauth::discovery::Features;
use crate::oauth::id_token_hint::{self, Hint};
use crate::oauth::reach::Reach;
use crate::portal::{FhirApi, PortalTokens};
use crate::random::SharedRandom;
use crate::remote_keys::RemoteKeys;
use crate::secret::Digest;
use crate::store::{Store, StoreError, tokens, uses};
use crate::usage::{self, Usage};

/// Counts of disclosures that wait at most to be written down.
const MOST_WAITING: usize = 4096;

/// The running server.
pub struct Server {
    /// The database.
    pub store: Store,
    /// Time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
    /// The keys that sign ID tokens.
    pub keys: SharedKeyRing,
    /// Keys that clients publish.
    pub remote_keys: RemoteKeys,
    /// Passwords.
    pub passwords: PasswordChecker,
    /// Limits on trying.
    pub throttle: Throttle,
    /// Proofs of possession that were accepted.
    pub proofs: Replays,
    /// What authorization requests must satisfy.
    pub policy: Policy,
    /// What is on.
    pub features: Features,
    /// What apps tried lately.
    pub attempts: Attempts,
    /// How often tokens are used.
    pub usage: Usage,
    /// Which young tokens were used at all.
    pub first_uses: Arc<FirstUses>,
    /// The kinds of data that scopes reach into.
    pub labels: KnownLabels,
    /// Tokens with which the portal reads records.
    pub portal_tokens: PortalTokens,
    /// Where it reads them.
    pub fhir_api: FhirApi,
    /// Demo or production.
    pub profile: Profile,
    /// Published accounts of the demo profile.
    pub demo: DemoAccounts,
    /// The name of this tenant, for launched apps.
    pub tenant: Option<String>,
    /// How long consent may last.
    pub sharing: SharingPolicy,
    /// Registrations per address.
    pub registrations: Limit,
    /// What opens the debug endpoints.
    pub debug_token: Option<Digest>,
    /// What opens registration outside the demo profile.
    pub initial_access_token: Option<Digest>,
}

impl Server {
    /// The issuer, which is also the public base URL.
    pub fn issuer(&self) -> &str {
        &self.features.issuer
    }

    /// Whether browsers reach the server by https.
    pub fn is_secure(&self) -> bool {
        self.issuer().starts_with("https://")
    }

    /// How far clients may make this server reach.
    pub fn reach(&self) -> Reach {
        self.profile.reach()
    }

    /// Whom an ID token of ours names, expired or not.
    pub fn read_hint(&self, text: &str) -> Option<Hint> {
        let keys = self.keys.present();
        id_token_hint::read(text, self.issuer(), |kid, alg, signed, signature| {
            keys.verifies(kid, alg, signed, signature)
        })
    }

    /// Writes down what was counted, so that it can be read.
    pub async fn write_usage(&self) -> Result<(), StoreError> {
        let (counted, disclosed) = (self.usage.take(), self.usage.take_disclosed());
        if counted.is_empty() && disclosed.is_empty() {
            return Ok(());
        }
        self.store
            .write::<_, StoreError>(move |tx| {
                uses::add(tx, &counted)?;
                Ok(uses::add_disclosed(tx, &disclosed)?)
            })
            .await
    }

    /// Counts that data of these patients were read with a token, alive or not. Whoever may tell of
    /// that is a resource server.
    pub async fn disclose(
        &self,
        token: &str,
        purpose: Option<&str>,
        patients: impl Iterator<Item = &str>,
    ) -> Result<(), StoreError> {
        let digest = Digest::of(token);
        let family = self
            .store
            .read(|connection| tokens::family_of_access(connection, digest))?;
        let Some(family) = family else {
            return Ok(());
        };
        let (now, kind) = (self.clock.now(), usage::kind(purpose));
        let waiting = self.usage.disclose(family, patients, now, kind);
        if waiting < MOST_WAITING {
            return Ok(());
        }
        self.write_usage().await
    }

    /// What an access token is good for now. Refresh tokens are never active here: a resource
    /// server that asks must not mistake one for an access token.
    ///
    /// `purpose` says what the token is used for, when the resource server tells.
    pub fn introspect(
        &self,
        token: &str,
        purpose: Option<&str>,
    ) -> Result<Introspection, StoreError> {
        let now = self.clock.now();
        let digest = Digest::of(token);
        if let Some(pass) = self.portal_tokens.live(digest, now) {
            return Ok(pass.introspection(self.issuer(), &self.policy.fhir_base));
        }
        let live = self.store.live_token(digest, now)?;
        if let Some(family) = live.as_ref().and_then(|live| live.family) {
            self.usage.count(family, now, usage::kind(purpose));
        }
        if let Some(live) = &live {
            self.first_uses.note(digest, live.issued_at, now);
        }
        Ok(
            live.map_or_else(Introspection::inactive, |live| Introspection {
                active: true,
                // What a backend service may read, no person agreed to.
                security_labels: match live.family {
                    Some(_) => self.labels.of(&live.scopes),
                    None => Vec::new(),
                },
                scope: Some(live.scopes),
                client_id: Some(live.client_id),
                exp: Some(live.expires_at.timestamp()),
                iat: Some(live.issued_at.timestamp()),
                iss: Some(self.issuer().to_owned()),
                aud: Some(self.policy.fhir_base.clone()),
                sub: Some(live.subject),
                patient: live.patient,
                encounter: live.encounter,
                fhir_user: live.fhir_user,
                token_type: Some(if live.jkt.is_some() { "DPoP" } else { "Bearer" }.to_owned()),
                cnf: live.jkt.map(|jkt| Confirmation { jkt }),
            }),
        )
    }
}

impl AuthorizationServer for Server {
    fn introspect_for<'a>(&'a self, token: &'a str, purpose: &'a str) -> Answer<'a, Introspection> {
        let answer = Server::introspect(self, token, Some(purpose))
            .map_err(|error| Unavailable::because(error.to_string()));
        Box::pin(ready(answer))
    }

    fn disclosed<'a>(&'a self, disclosure: Disclosure<'a>) -> Answer<'a, ()> {
        Box::pin(async move {
            let patients = disclosure.patients.iter().map(String::as_str);
            self.disclose(disclosure.token, Some(disclosure.purpose), patients)
                .await
                .map_err(|error| Unavailable::because(error.to_string()))
        })
    }

    fn configuration(&self) -> Answer<'_, SmartConfiguration> {
        Box::pin(ready(Ok(self.features.smart_configuration())))
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Server({})", self.issuer())
    }
}
