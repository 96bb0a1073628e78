//! Access tokens of the portal itself. They are made for one page, reach one record, only read, and
//! never leave this server but for the FHIR server; so they are kept in memory only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use smart::introspection::Introspection;

use crate::account::person::{Patient, Person};
use crate::random::Random;
use crate::secret::{Digest, Secret};

/// The name under which the FHIR server sees the portal.
pub const CLIENT_ID: &str = "patient-portal";
/// What the portal may do with a record.
const SCOPE: &str = "patient/*.rs";
/// Longer than any page takes.
const LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// The live tokens.
#[derive(Debug, Default)]
pub struct PortalTokens(Mutex<HashMap<Vec<u8>, Pass>>);

/// What a token of the portal is good for.
#[derive(Debug, Clone)]
pub struct Pass {
    subject: String,
    patient: String,
    issued_at: DateTime<Utc>,
}

impl PortalTokens {
    /// A token that reads the record of `patient` on behalf of `person`. Holding the patient of a
    /// person proves that they may.
    pub fn mint(
        &self,
        person: &Person,
        patient: &Patient,
        random: &Random,
        now: DateTime<Utc>,
    ) -> Secret {
        let token = Secret::generate(random);
        let pass = Pass {
            subject: person.subject.clone(),
            patient: patient.id.clone(),
            issued_at: now,
        };
        let mut passes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        passes.retain(|_, pass| pass.is_alive(now));
        passes.insert(token.digest().as_bytes().to_vec(), pass);
        token
    }

    /// What the token with this digest is good for now.
    pub fn live(&self, digest: Digest, now: DateTime<Utc>) -> Option<Pass> {
        let passes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pass = passes.get(digest.as_bytes());
        pass.filter(|pass| pass.is_alive(now)).cloned()
    }
}

impl Pass {
    fn is_alive(&self, now: DateTime<Utc>) -> bool {
        now - self.issued_at < LIFETIME
    }

    /// The answer to a resource server (RFC 7662 §2.2).
    pub fn introspection(self, issuer: &str, fhir_base: &str) -> Introspection {
        Introspection {
            active: true,
            scope: Some(SCOPE.to_owned()),
            client_id: Some(CLIENT_ID.to_owned()),
            exp: Some((self.issued_at + LIFETIME).timestamp()),
            iat: Some(self.issued_at.timestamp()),
            iss: Some(issuer.to_owned()),
            aud: Some(fhir_base.to_owned()),
            sub: Some(self.subject),
            patient: Some(self.patient),
            token_type: Some("Bearer".to_owned()),
            ..Introspection::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::person::Relationship;
    use crate::account::role::Role;

    fn daniel() -> Person {
        Person {
            id: 1,
            username: "daniel".into(),
            subject: "s".into(),
            name: "Daniel".into(),
            role: Role::Patient,
            fhir_user: None,
            patients: vec![Patient {
                id: "p".into(),
                name: "Daniel".into(),
                relationship: Relationship::Own,
                fhir_user: None,
                encounter: None,
            }],
        }
    }

    #[test]
    fn a_token_reads_one_record_for_a_minute() {
        let (tokens, person) = (PortalTokens::default(), daniel());
        let now = DateTime::UNIX_EPOCH;
        let token = tokens.mint(&person, &person.patients[0], &Random::seeded(1), now);
        let pass = tokens.live(token.digest(), now).unwrap();
        let answer = pass.introspection("i", "f");
        assert_eq!(answer.patient.as_deref(), Some("p"));
        assert_eq!(answer.scope.as_deref(), Some("patient/*.rs"));
        assert!(tokens.live(token.digest(), now + LIFETIME).is_none());
        assert!(tokens.live(Digest::of("another"), now).is_none());
    }

    #[test]
    fn ended_tokens_are_forgotten() {
        let (tokens, person) = (PortalTokens::default(), daniel());
        let random = Random::seeded(1);
        for minute in 0..5 {
            let now = DateTime::UNIX_EPOCH + LIFETIME * minute;
            tokens.mint(&person, &person.patients[0], &random, now);
        }
        assert_eq!(tokens.0.lock().unwrap().len(), 1);
    }
}
