//! The grant: one authorization request on its way from the app's question to its tokens.
//!
//! ```text
//! Requested → Identified → ContextChosen → Approved → Exchanged → Replayed
//!      └───────────┴─────────────┴→ Denied     └→ Refused
//! ```
//!
//! Every move consumes the grant, takes `now` and returns the grant at its next stage. A grant
//! that is not decided in time, or whose code is not redeemed in time, has expired.

use chrono::{DateTime, TimeDelta, Utc};
use smart::scope::ScopeSet;

use super::authorization_request::AuthorizationRequest;
use super::error::{ErrorCode, OAuthError};
use super::launch::Launch;
use super::terms::Terms;
use crate::secret::Digest;

/// How long a person has to sign in and decide.
pub const TIME_TO_DECIDE: TimeDelta = TimeDelta::minutes(15);
/// How long a code may be redeemed (SMART App Launch 2.2: about one minute).
pub const CODE_LIFETIME: TimeDelta = TimeDelta::seconds(60);

/// A grant at some stage.
#[derive(Debug, Clone)]
pub struct Grant {
    /// What the app asked for; never changes.
    pub terms: Terms,
    /// When the grant ends unless it moves on.
    pub expires_at: DateTime<Utc>,
    /// How far it is.
    pub stage: Stage,
}

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identification {
    /// Row of the user.
    pub user: i64,
    /// When they proved who they are.
    pub auth_time: DateTime<Utc>,
}

/// About whom it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Who decides.
    pub who: Identification,
    /// Logical id of the patient, where the scopes need one.
    pub patient: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Who decided about whom.
    pub context: Context,
    /// What was granted.
    pub scopes: ScopeSet,
    /// Until when.
    pub share_until: DateTime<Utc>,
    /// Digest of the code.
    pub code: Digest,
}

/// How far a grant is, with the data of that stage.
#[derive(Debug, Clone)]
pub enum Stage {
    /// The app has asked.
    Requested,
    /// A person signed in.
    Identified(Identification),
    /// It is settled whose record it is about.
    ContextChosen(Context),
    /// The person said yes and the code is on its way.
    Approved(Box<Approval>),
    /// The code became this family of tokens.
    Exchanged {
        /// Row of the family.
        family: i64,
        /// Digest of the spent code, so that a second use is noticed.
        code: Digest,
    },
    /// The code was used again and the family was revoked.
    Replayed,
    /// The code was presented wrongly and is burnt.
    Refused,
    /// The person said no.
    Denied,
    /// Too late.
    Expired,
}

/// A move that the stage does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The grant is at another stage, for instance already decided.
    #[error("this request has already been answered")]
    Stage,
    /// The grant has expired.
    #[error("this request has expired")]
    Expired,
}

/// What a client presents to redeem a code. Not `Debug`: it holds the verifier.
pub struct Redemption<'a> {
    /// The authenticated client.
    pub client_id: &'a str,
    /// `redirect_uri`
    pub redirect_uri: &'a str,
    /// `code_verifier`
    pub code_verifier: Option<&'a str>,
    /// Thumbprint of the key that was proven to be held.
    pub jkt: Option<&'a str>,
}

/// What becomes of a redemption.
#[derive(Debug)]
pub enum Redeemed {
    /// Tokens may be issued.
    Entitled(Box<Approval>),
    /// No tokens; the grant moves to this stage if one is given.
    Refused(Option<Stage>, OAuthError),
    /// The code was used before; this family must be revoked.
    Replayed(i64),
}

impl Grant {
    /// A new grant for a valid request.
    pub fn request(
        request: AuthorizationRequest,
        launch: Option<Launch>,
        login_required: bool,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            terms: Terms::of(request, launch, login_required),
            expires_at: now + TIME_TO_DECIDE,
            stage: Stage::Requested,
        }
    }

    fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    fn in_time(&self, now: DateTime<Utc>) -> Result<(), Unfit> {
        (now < self.expires_at).then_some(()).ok_or(Unfit::Expired)
    }

    /// A person signed in.
    pub fn identify(self, who: Identification, now: DateTime<Utc>) -> Result<Self, Unfit> {
        self.in_time(now)?;
        match self.stage {
            Stage::Requested => Ok(self.at(Stage::Identified(who))),
            _ => Err(Unfit::Stage),
        }
    }

    /// It is settled whose record it is about.
    pub fn choose(self, patient: Option<String>, now: DateTime<Utc>) -> Result<Self, Unfit> {
        self.in_time(now)?;
        let Stage::Identified(who) = &self.stage else {
            return Err(Unfit::Stage);
        };
        let context = Context {
            who: who.clone(),
            patient,
        };
        Ok(self.at(Stage::ContextChosen(context)))
    }

    /// The person said yes; `code` becomes redeemable.
    pub fn approve(
        self,
        scopes: ScopeSet,
        share_until: DateTime<Utc>,
        code: Digest,
        now: DateTime<Utc>,
    ) -> Result<Self, Unfit> {
        self.in_time(now)?;
        let Stage::ContextChosen(context) = &self.stage else {
            return Err(Unfit::Stage);
        };
        let approval = Approval {
            context: context.clone(),
            scopes,
            share_until,
            code,
        };
        let approved = self.at(Stage::Approved(Box::new(approval)));
        Ok(Self {
            expires_at: now + CODE_LIFETIME,
            ..approved
        })
    }

    /// The person said no, or may not say yes.
    pub fn deny(self, now: DateTime<Utc>) -> Result<Self, Unfit> {
        self.in_time(now)?;
        match self.stage {
            Stage::Requested | Stage::Identified(_) | Stage::ContextChosen(_) => {
                Ok(self.at(Stage::Denied))
            }
            _ => Err(Unfit::Stage),
        }
    }

    /// A client presents the code. Any wrong presentation burns it.
    pub fn redeem(self, redemption: &Redemption<'_>, now: DateTime<Utc>) -> Redeemed {
        let invalid = |why| ErrorCode::InvalidGrant.because(why);
        match self.stage {
            Stage::Exchanged { family, .. } => Redeemed::Replayed(family),
            Stage::Approved(_) if now >= self.expires_at => {
                Redeemed::Refused(Some(Stage::Expired), invalid("the code has expired"))
            }
            Stage::Approved(approval) => match self.terms.admit(redemption) {
                Ok(()) => Redeemed::Entitled(approval),
                Err(error) => Redeemed::Refused(Some(Stage::Refused), error),
            },
            _ => Redeemed::Refused(None, invalid("the code is not valid")),
        }
    }

    /// The person who decides, once known.
    pub fn who(&self) -> Option<&Identification> {
        match &self.stage {
            Stage::Identified(who) => Some(who),
            Stage::ContextChosen(context) => Some(&context.who),
            Stage::Approved(approval) => Some(&approval.context.who),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::pkce::Challenge;
    use crate::oauth::redirect::RedirectTarget;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn requested() -> Grant {
        Grant {
            terms: Terms {
                client_id: "example".into(),
                target: RedirectTarget::from_stored("https://app.example/cb".into()),
                state: None,
                offered: ScopeSet::parse("patient/*.rs").known,
                nonce: None,
                challenge: Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                launch: None,
                login_required: false,
                max_age: None,
                dpop_jkt: None,
                pushed: None,
            },
            expires_at: NOW + TIME_TO_DECIDE,
            stage: Stage::Requested,
        }
    }

    fn who() -> Identification {
        Identification {
            user: 1,
            auth_time: NOW,
        }
    }

    fn chosen() -> Grant {
        let identified = requested().identify(who(), NOW).unwrap();
        identified.choose(Some("p".into()), NOW).unwrap()
    }

    fn approved() -> Grant {
        let scopes = ScopeSet::parse("patient/*.rs").known;
        let until = NOW + TimeDelta::days(1);
        chosen()
            .approve(scopes, until, Digest::of("code"), NOW)
            .unwrap()
    }

    fn redemption() -> Redemption<'static> {
        Redemption {
            client_id: "example",
            redirect_uri: "https://app.example/cb",
            code_verifier: Some(VERIFIER),
            jkt: None,
        }
    }

    #[test]
    fn the_straight_path_ends_in_an_entitlement() {
        let redeemed = approved().redeem(&redemption(), NOW);
        assert!(matches!(redeemed, Redeemed::Entitled(_)));
    }

    #[test]
    fn no_stage_can_be_skipped_or_repeated() {
        assert_eq!(requested().choose(None, NOW).unwrap_err(), Unfit::Stage);
        let scopes = ScopeSet::default();
        let early = requested().approve(scopes.clone(), NOW, Digest::of("c"), NOW);
        assert_eq!(early.unwrap_err(), Unfit::Stage);
        assert_eq!(chosen().identify(who(), NOW).unwrap_err(), Unfit::Stage);
        let again = approved().approve(scopes, NOW, Digest::of("c"), NOW);
        assert_eq!(again.unwrap_err(), Unfit::Stage);
        assert_eq!(approved().deny(NOW).unwrap_err(), Unfit::Stage);
        let denied = chosen().deny(NOW).unwrap();
        assert_eq!(denied.deny(NOW).unwrap_err(), Unfit::Stage);
    }

    #[test]
    fn every_move_must_come_in_time() {
        let late = NOW + TIME_TO_DECIDE;
        assert_eq!(
            requested().identify(who(), late).unwrap_err(),
            Unfit::Expired
        );
        assert_eq!(chosen().deny(late).unwrap_err(), Unfit::Expired);
        let redeemed = approved().redeem(&redemption(), NOW + CODE_LIFETIME);
        assert!(matches!(
            redeemed,
            Redeemed::Refused(Some(Stage::Expired), _)
        ));
    }

    #[test]
    fn a_wrong_presentation_burns_the_code() {
        let wrong = [
            Redemption {
                client_id: "other",
                ..redemption()
            },
            Redemption {
                redirect_uri: "https://app.example/cb/",
                ..redemption()
            },
            Redemption {
                code_verifier: None,
                ..redemption()
            },
            Redemption {
                code_verifier: Some("wrong"),
                ..redemption()
            },
        ];
        for (at, redemption) in wrong.into_iter().enumerate() {
            let redeemed = approved().redeem(&redemption, NOW);
            assert!(
                matches!(redeemed, Redeemed::Refused(Some(Stage::Refused), _)),
                "{at}"
            );
        }
    }

    #[test]
    fn a_verifier_without_a_challenge_is_refused() {
        let mut grant = approved();
        grant.terms.challenge = None;
        assert!(matches!(
            grant.redeem(&redemption(), NOW),
            Redeemed::Refused(..)
        ));
    }

    #[test]
    fn a_spent_code_names_the_family_to_revoke() {
        let grant = approved().at(Stage::Exchanged {
            family: 7,
            code: Digest::of("code"),
        });
        assert!(matches!(
            grant.redeem(&redemption(), NOW),
            Redeemed::Replayed(7)
        ));
    }

    #[test]
    fn max_age_and_forced_login_make_a_sign_in_stale() {
        let mut terms = requested().terms;
        assert!(terms.accepts_sign_in(NOW, NOW + TimeDelta::hours(1)));
        terms.max_age = Some(TimeDelta::zero());
        assert!(!terms.accepts_sign_in(NOW, NOW));
        terms.max_age = None;
        terms.login_required = true;
        assert!(!terms.accepts_sign_in(NOW, NOW));
    }
}
