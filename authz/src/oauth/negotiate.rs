//! What is granted: requested ∧ registered ∧ this server's policy = offered; offered ∧ consent =
//! granted. All of it is scope algebra, so nothing can be granted that was not asked for.

use std::sync::LazyLock;

use smart::category::{self, Category};
use smart::scope::{Level, PlainScope, Scope, ScopeSet};

use super::client::Client;

/// Every scope that people can grant.
static POLICY: LazyLock<ScopeSet> = LazyLock::new(|| everything("cruds"));

/// What is granted unless a person agrees to changes too.
static READS: LazyLock<ScopeSet> = LazyLock::new(|| everything("rs"));

fn everything(letters: &str) -> ScopeSet {
    ScopeSet::parse(&format!(
        "launch launch/patient launch/encounter openid fhirUser profile offline_access online_access patient/*.{letters} user/*.{letters}"
    ))
    .known
}

/// Every scope that backend services can be granted. No client gets such a scope by registering
/// itself: the operator writes it into the clients file.
static SYSTEM_POLICY: LazyLock<ScopeSet> =
    LazyLock::new(|| ScopeSet::parse("system/*.cruds").known);

/// A scope that is not about data and that a person may refuse while granting the rest.
#[derive(Debug, PartialEq, Eq)]
pub struct OptionalScope {
    /// The scope.
    pub scope: PlainScope,
    /// What it means, in plain words.
    pub title: &'static str,
}

/// The scopes a person may untick one by one.
pub const OPTIONAL_SCOPES: &[OptionalScope] = &[
    OptionalScope {
        scope: PlainScope::OfflineAccess,
        title: "Keep reading new data until the end date, also when you are not using the app",
    },
    OptionalScope {
        scope: PlainScope::OnlineAccess,
        title: "Keep reading new data while you are signed in here",
    },
    OptionalScope {
        scope: PlainScope::Profile,
        title: "Know your name",
    },
];

/// What a person ticked.
#[derive(Debug, Default)]
pub struct Choices {
    /// Kinds of data.
    pub categories: Vec<&'static Category>,
    /// Optional scopes.
    pub scopes: Vec<PlainScope>,
    /// Whether the app may also add, change and delete what it may read.
    pub changes: bool,
}

/// Every scope that backend services can be granted.
pub fn system_policy() -> &'static ScopeSet {
    &SYSTEM_POLICY
}

/// The part of `requested` that a backend service was authorized for beforehand (SMART Backend
/// Services); `None` when nothing is left.
pub fn authorize_backend(requested: &ScopeSet, client: &Client) -> Option<ScopeSet> {
    let granted = requested.meet(&client.scopes).meet(&SYSTEM_POLICY);
    (!granted.is_empty()).then_some(granted)
}

/// Every scope that people can grant.
pub fn policy() -> &'static ScopeSet {
    &POLICY
}

/// The scopes of an app that names none when it registers: it reads.
pub fn reads() -> &'static ScopeSet {
    &READS
}

/// The part of `requested` that may be put to a person; `None` when nothing is left.
pub fn offer(requested: &ScopeSet, client: &Client) -> Option<ScopeSet> {
    let offered = requested.meet(&client.scopes).meet(&POLICY);
    (!offered.is_empty()).then_some(offered)
}

/// `scopes` without `launch/encounter`, unless it is known which visit that is. Only a launch from
/// the portal says so: people who start an app elsewhere are asked for a patient, never for a
/// visit.
pub fn in_context(scopes: &ScopeSet, has_encounter: bool) -> ScopeSet {
    scopes.filter(|scope| has_encounter || *scope != Scope::Plain(PlainScope::LaunchEncounter))
}

/// Whether these scopes mean nothing without a patient (SMART App Launch, "Requesting context").
/// The `user/` scopes of a professional reach further than one record, anybody else's do not.
pub fn needs_patient(scopes: &ScopeSet, professional: bool) -> bool {
    scopes.contains(PlainScope::LaunchPatient)
        || scopes.resources().any(|scope| match scope.level {
            Level::Patient => true,
            Level::User => !professional,
            Level::System => false,
        })
}

/// Whether these scopes act with the rights of whoever signed in.
pub fn acts_for_user(scopes: &ScopeSet) -> bool {
    scopes.resources().any(|scope| scope.level == Level::User)
}

/// Whether these scopes change data, which a person agrees to separately.
pub fn changes(scopes: &ScopeSet) -> bool {
    !READS.covers(scopes)
}

/// The optional scopes among `offered`.
pub fn optional(offered: &ScopeSet) -> impl Iterator<Item = &'static OptionalScope> {
    OPTIONAL_SCOPES
        .iter()
        .filter(|optional| offered.contains(optional.scope))
}

/// What remains of `offered` after a person's choices; `None` when that amounts to a refusal:
/// nothing at all, or no data although data were asked for.
pub fn settle(offered: &ScopeSet, choices: &Choices) -> Option<ScopeSet> {
    let refused = |scope: &Scope| match scope {
        Scope::Resource(_) => false,
        Scope::Plain(plain) => {
            optional(offered).any(|optional| optional.scope == *plain)
                && !choices.scopes.contains(plain)
        }
    };
    let allowed = if choices.changes {
        offered
    } else {
        &offered.meet(&READS)
    };
    let chosen = category::narrow(allowed, &choices.categories).filter(|scope| !refused(scope));
    let no_category = choices.categories.is_empty() && !category::offered(offered).is_empty();
    let no_data = chosen.resources().next().is_none() && offered.resources().next().is_some();
    (!no_category && !no_data && !chosen.is_empty()).then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).known
    }

    fn all(offered: &ScopeSet) -> Choices {
        Choices {
            categories: category::offered(offered),
            scopes: optional(offered).map(|optional| optional.scope).collect(),
            changes: false,
        }
    }

    #[test]
    fn changes_are_granted_only_when_they_are_agreed_to() {
        let offered = set("patient/Observation.cruds patient/Condition.rs");
        let mut choices = all(&offered);
        assert!(changes(&offered) && !changes(&set("patient/*.rs")));
        let granted = |choices: &Choices| settle(&offered, choices).map(|set| set.to_string());
        let reads = "patient/Observation.rs patient/Condition.rs";
        assert_eq!(granted(&choices).as_deref(), Some(reads));
        choices.changes = true;
        assert_eq!(granted(&choices), Some(offered.to_string()));
    }

    #[test]
    fn the_offer_keeps_the_requested_spelling_and_order() {
        let client = Client::example();
        for (requested, offered) in [
            (
                "launch/patient patient/*.read",
                "launch/patient patient/*.read",
            ),
            ("patient/*.cruds openid", "patient/*.cruds openid"),
            ("patient/*.* profile", "patient/*.*"),
            (
                "patient/Condition.rs user/Patient.rs",
                "patient/Condition.rs",
            ),
        ] {
            let offer = offer(&set(requested), &client).unwrap();
            assert_eq!(offer.to_string(), offered);
        }
        for nothing in ["", "user/*.rs", "system/*.rs", "launch"] {
            assert_eq!(offer(&set(nothing), &client), None, "{nothing}");
        }
    }

    #[test]
    fn ticking_everything_grants_the_offer() {
        let offered = set("launch/patient openid fhirUser offline_access patient/*.rs");
        let granted = settle(&offered, &all(&offered)).unwrap();
        assert_eq!(granted.to_string(), offered.to_string());
    }

    #[test]
    fn ticking_no_data_is_a_refusal() {
        let offered = set("openid offline_access patient/*.rs");
        let choices = Choices {
            categories: vec![],
            ..all(&offered)
        };
        assert_eq!(settle(&offered, &choices), None);
    }

    #[test]
    fn an_unticked_optional_scope_is_gone() {
        let offered = set("openid offline_access patient/Condition.rs");
        let choices = Choices {
            scopes: vec![],
            ..all(&offered)
        };
        let granted = settle(&offered, &choices).unwrap();
        assert_eq!(granted.to_string(), "openid patient/Condition.rs");
    }

    #[test]
    fn nothing_beyond_the_offer_is_ever_granted() {
        let offered = set("openid patient/Condition.rs");
        let choices = Choices {
            categories: category::CATEGORIES.iter().collect(),
            scopes: vec![PlainScope::OfflineAccess, PlainScope::Profile],
            changes: true,
        };
        let granted = settle(&offered, &choices).unwrap();
        assert_eq!(granted.to_string(), offered.to_string());
    }

    #[test]
    fn identity_alone_needs_no_patient_and_a_professional_s_user_scopes_neither() {
        for (scopes, patient, professional) in [
            ("openid fhirUser", false, false),
            ("openid launch/patient", true, true),
            ("patient/Condition.rs user/Condition.rs", true, true),
            ("user/Condition.rs", true, false),
        ] {
            assert_eq!(needs_patient(&set(scopes), false), patient, "{scopes}");
            assert_eq!(needs_patient(&set(scopes), true), professional, "{scopes}");
        }
    }
}
