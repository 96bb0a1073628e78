//! What an active token stands for.

use fhir::resource_type::ResourceType;
use smart::Introspection;
use smart::scope::{Level, Scope, ScopeSet};

use crate::problem::{Kind, Problem};
use crate::search::reference::{Target, is_id};

/// The right to ask. Made only from an active introspection answer, or by the open mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    grant: Grant,
    owner: String,
}

/// What the right rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// A token with scopes.
    Token {
        /// What it may be used for.
        scopes: ScopeSet,
        /// The patient in context.
        patient: Option<String>,
        /// The person who signed in; `None` for a backend service, or unknown.
        user: Option<Target>,
        /// Whether a person stands behind the token at all.
        person: bool,
    },
    /// The open mirror of the demo profile: everything, read only.
    OpenMirror,
}

impl Authority {
    /// Reads an introspection answer. `base` is this server's public base URL: a token that names
    /// another audience is refused.
    pub fn from_introspection(answer: &Introspection, base: &str) -> Result<Self, Problem> {
        if !answer.active {
            return Err(Problem::new(
                Kind::UnknownToken,
                "The access token is unknown, has ended or was revoked.",
            ));
        }
        if answer.aud.as_deref().is_some_and(|aud| aud != base) {
            return Err(Problem::new(
                Kind::WrongAudience,
                "The access token is for another server.",
            ));
        }
        let patient = answer.patient.clone().filter(|id| is_id(id));
        let user = answer.fhir_user.as_deref().and_then(|url| user(url, base));
        let person = answer.sub != answer.client_id || user.is_some() || patient.is_some();
        Ok(Self {
            owner: owner(answer),
            grant: Grant::Token {
                scopes: ScopeSet::parse(answer.scope.as_deref().unwrap_or_default()).known,
                patient,
                user,
                person,
            },
        })
    }

    /// The right of anyone who calls the open mirror.
    pub fn open_mirror() -> Self {
        Self {
            grant: Grant::OpenMirror,
            owner: "open".into(),
        }
    }

    /// The scopes it rests on; none for the open mirror.
    pub fn scopes(&self) -> ScopeSet {
        match &self.grant {
            Grant::Token { scopes, .. } => scopes.clone(),
            Grant::OpenMirror => ScopeSet::default(),
        }
    }

    /// Whether it acts with the rights of a person, who may be somebody that sees many records, so that
    /// its token does not tell whose data it reads.
    pub fn acts_for_user(&self) -> bool {
        let acts =
            |scope: &Scope| matches!(scope, Scope::Resource(scope) if scope.level == Level::User);
        match &self.grant {
            Grant::Token { scopes, .. } => scopes.iter().any(acts),
            Grant::OpenMirror => false,
        }
    }

    /// The same right, resting on its scopes of one level alone.
    #[must_use]
    pub fn with_level(&self, level: Level) -> Self {
        let mut narrowed = self.clone();
        if let Grant::Token { scopes, .. } = &mut narrowed.grant {
            *scopes = scopes
                .filter(|scope| matches!(scope, Scope::Resource(scope) if scope.level == level));
        }
        narrowed
    }

    /// What the right rests on.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Tells one holder's page links from another's. Stays the same when a token is refreshed.
    pub fn owner(&self) -> &str {
        &self.owner
    }
}

fn owner(answer: &Introspection) -> String {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        part(&answer.client_id),
        part(&answer.sub),
        part(&answer.patient),
    ]
    .join("\n")
}

fn user(url: &str, base: &str) -> Option<Target> {
    let local = url.strip_prefix(base)?.strip_prefix('/')?;
    Target::relative(local)
}

/// Types of users whose rights do not end at one patient's record.
pub fn is_professional(user: &Target) -> bool {
    let types = ["Practitioner", "PractitionerRole"];
    matches!(user, Target::Local(ty, _) if types.contains(&ResourceType::as_str(*ty)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://localhost:8080/api/fhir";

    fn active() -> Introspection {
        Introspection {
            active: true,
            scope: Some("patient/*.rs".into()),
            patient: Some("a".into()),
            sub: Some("u".into()),
            client_id: Some("c".into()),
            aud: Some(BASE.into()),
            ..Introspection::default()
        }
    }

    #[test]
    fn an_inactive_answer_gives_no_right() {
        let problem = Authority::from_introspection(&Introspection::inactive(), BASE).unwrap_err();
        assert_eq!(problem.kind, Kind::UnknownToken);
    }

    #[test]
    fn a_token_for_another_server_gives_no_right() {
        for aud in [
            "http://localhost:8080/api/fhir/",
            "http://evil/api/fhir",
            "",
        ] {
            let answer = Introspection {
                aud: Some(aud.into()),
                ..active()
            };
            let problem = Authority::from_introspection(&answer, BASE).unwrap_err();
            assert_eq!(problem.kind, Kind::WrongAudience, "{aud}");
        }
    }

    #[test]
    fn page_links_belong_to_client_user_and_patient() {
        let one = Authority::from_introspection(&active(), BASE).unwrap();
        for other in [
            Introspection {
                patient: Some("b".into()),
                ..active()
            },
            Introspection {
                client_id: Some("d".into()),
                ..active()
            },
            Introspection {
                sub: Some("v".into()),
                ..active()
            },
        ] {
            let other = Authority::from_introspection(&other, BASE).unwrap();
            assert_ne!(one.owner(), other.owner());
        }
    }
}
