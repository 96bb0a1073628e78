//! Families of tokens: all that grew from one consent. An access token is opaque and looked up; a
//! refresh token is replaced at every use, and using one twice ends the family (RFC 9700 §4.14.2).
//!
//! There is one exception, for an app that lost the answer to a refresh: within [`GRACE`] the same
//! client (with the same key, if the token is bound to one) may present the spent token once more, as
//! long as neither token of the lost answer has been used. Those are then withdrawn and another pair
//! is issued. Without it every lost connection of a phone would cost a person a new sign-in and
//! consent. A thief gains nothing that goes unseen: if the thief comes second, the owner's tokens are
//! dead at once, and the owner's next refresh presents a withdrawn token, which ends the family; if
//! the owner comes second, the thief's are dead and the thief's next refresh does the same.
//!
//! A family also ends when its consent does, when the person ends it or changes their password, when
//! the app gives it back or its registration is deleted, and when the operator resets the password or
//! takes the account, the role, the right to act for the patient or the client away. It never comes
//! back to life. Disabling an account or a client makes its tokens useless at once besides.
//!
//! An introspection answer says what is true at that instant and carries `no-store`. A resource
//! server that keeps it accepts a revoked token for that long; ours keeps none, in process or not.

use chrono::{DateTime, TimeDelta, Utc};
use smart::scope::{PlainScope, ScopeSet};

use super::error::{ErrorCode, OAuthError};
use super::launch::Setting;

/// Lifetime of an access token, unless the operator set another for the client.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::hours(1);
/// Lifetime of an access token of a backend service (SMART Backend Services: five minutes).
pub const BACKEND_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// How long an app that lost the answer to a refresh may ask once more.
pub const GRACE: TimeDelta = TimeDelta::seconds(60);
/// A refresh token that is not used for this long has ended, unless the operator set another time for
/// the client.
pub const REFRESH_IDLE: TimeDelta = TimeDelta::days(90);

/// What one consent gave to one client.
#[derive(Debug, Clone)]
pub struct Family {
    /// Row.
    pub id: i64,
    /// The client.
    pub client_id: String,
    /// Row of the user who consented.
    pub user: i64,
    /// Logical id of the patient.
    pub patient: Option<String>,
    /// What was granted.
    pub scopes: ScopeSet,
    /// What could have been granted at most; a person may change their mind within it.
    pub offered: ScopeSet,
    /// When the person agreed.
    pub granted_at: DateTime<Utc>,
    /// Until when the person agreed.
    pub share_until: DateTime<Utc>,
    /// The context of its EHR launch besides the patient.
    pub setting: Option<Setting>,
    /// When the session ends to which `online_access` is tied.
    pub online_until: Option<DateTime<Utc>>,
    /// Thumbprint of the key its refresh tokens are bound to (RFC 9449 §5).
    pub jkt: Option<String>,
    /// Revoked by the person, the client or a replay.
    pub revoked: bool,
}

/// Which refresh token, if any, a grant carries (SMART App Launch, "Scopes for requesting a refresh
/// token").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// None was granted.
    None,
    /// `online_access`
    Online,
    /// `offline_access`
    Offline,
}

impl Refresh {
    /// What `scopes` carry; `offline_access` includes the other.
    pub fn of(scopes: &ScopeSet) -> Self {
        if scopes.contains(PlainScope::OfflineAccess) {
            Self::Offline
        } else if scopes.contains(PlainScope::OnlineAccess) {
            Self::Online
        } else {
            Self::None
        }
    }
}

impl Family {
    /// Whether its tokens may be used at `now`.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        !self.revoked && now < self.share_until && self.online_until.is_none_or(|until| now < until)
    }

    /// When an access token ends that is issued at `now` for so long: never after the consent does.
    pub fn access_end(&self, now: DateTime<Utc>, lifetime: TimeDelta) -> DateTime<Utc> {
        (now + lifetime).min(self.share_until)
    }

    /// The scopes of a refreshed access token: all of the family's, or the narrower set asked for
    /// (RFC 6749 §6), spelled as asked; in any case within what is `registered` for the client now.
    pub fn narrow(
        &self,
        requested: Option<&str>,
        registered: &ScopeSet,
    ) -> Result<ScopeSet, OAuthError> {
        let parsed = requested.map(ScopeSet::parse);
        let wanted = match &parsed {
            None => &self.scopes,
            Some(parsed) if parsed.unknown.is_empty() && self.scopes.covers(&parsed.known) => {
                &parsed.known
            }
            Some(_) => {
                let why = "scope is wider than what was granted";
                return Err(ErrorCode::InvalidScope.because(why));
            }
        };
        if !wanted.is_empty() && registered.covers(wanted) {
            return Ok(wanted.clone());
        }
        let allowed = wanted.meet(registered);
        let why = "nothing of this may be granted to the client";
        (!allowed.is_empty())
            .then_some(allowed)
            .ok_or(ErrorCode::InvalidScope.because(why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn family() -> Family {
        Family {
            id: 1,
            client_id: "example".into(),
            user: 1,
            patient: None,
            scopes: ScopeSet::parse("openid offline_access patient/*.rs").known,
            offered: ScopeSet::parse("openid offline_access patient/*.rs").known,
            granted_at: NOW,
            share_until: NOW + TimeDelta::days(1),
            setting: None,
            online_until: None,
            jkt: None,
            revoked: false,
        }
    }

    #[test]
    fn the_end_date_ends_everything() {
        assert!(family().is_alive(NOW));
        assert!(!family().is_alive(NOW + TimeDelta::days(1)));
        let late = NOW + TimeDelta::days(1) - TimeDelta::minutes(5);
        let end = |now| family().access_end(now, ACCESS_LIFETIME);
        assert_eq!(end(late), family().share_until);
        assert_eq!(end(NOW), NOW + ACCESS_LIFETIME);
    }

    #[test]
    fn narrowing_is_allowed_and_widening_is_not() {
        let narrow = |scope, registered| family().narrow(scope, &ScopeSet::parse(registered).known);
        let all = "openid offline_access patient/*.cruds";
        let narrowed = narrow(Some("patient/Condition.rs"), all).unwrap();
        assert_eq!(narrowed.to_string(), "patient/Condition.rs");
        assert_eq!(narrow(None, all).unwrap(), family().scopes);
        for wide in ["patient/*.cruds", "user/*.rs", "fhirUser", "nonsense", " "] {
            assert!(narrow(Some(wide), all).is_err(), "{wide}");
        }
        // The registration may have shrunk since.
        let left = narrow(None, "openid patient/Condition.r").unwrap();
        assert_eq!(left.to_string(), "openid patient/Condition.r");
        assert!(narrow(Some("patient/Condition.rs"), "patient/Observation.rs").is_err());
        assert!(narrow(None, "").is_err());
    }

    #[test]
    fn offline_access_includes_online_access() {
        let of = |text| Refresh::of(&ScopeSet::parse(text).known);
        assert_eq!(of("offline_access online_access"), Refresh::Offline);
        assert_eq!(of("online_access"), Refresh::Online);
        assert_eq!(of("openid"), Refresh::None);
    }
}
