//! What the server promises, as plain data: which codes, tokens and consents mean something when.

use serde_json::{Value, json};
use smart::scope::ScopeSet;

/// Seconds since the epoch.
pub type Instant = i64;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What a person agreed to, before and after the app comes for it.
#[derive(Debug, Clone)]
pub struct Agreement {
    pub app: usize,
    pub person: usize,
    pub patient: &'static str,
    pub requested: &'static str,
    pub until: Instant,
    /// Whether laboratory results may be read.
    pub laboratory: bool,
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nobody presented it yet.
    Fresh,
    /// It became this family.
    Spent(usize),
    /// It means nothing any more.
    Dead,
}

#[derive(Debug)]
pub struct Code {
    pub value: String,
    pub agreement: Agreement,
    pub issued_at: Instant,
    pub fate: Fate,
}

#[derive(Debug)]
pub struct Family {
    pub agreement: Agreement,
    /// The scope; unknown after the person changed it, until an answer tells it.
    pub scope: Option<String>,
    /// The key its refresh tokens are bound to.
    pub key: Option<usize>,
    pub granted_at: Instant,
    pub used_at: Instant,
    /// When the session ends that it is tied to.
    pub online_until: Option<Instant>,
    pub revoked: bool,
}

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what may have happened to a token"
)]
pub struct Access {
    pub value: String,
    pub family: usize,
    pub scope: String,
    /// Whether the scope may have become less since it was seen.
    pub narrowed: bool,
    /// Whether laboratory results may be read with it.
    pub laboratory: bool,
    /// The key it is bound to.
    pub key: Option<usize>,
    pub issued_at: Instant,
    pub ends_at: Instant,
    pub deleted: bool,
    /// Used within a minute.
    pub used: bool,
}

#[derive(Debug)]
pub struct Refresh {
    pub value: String,
    pub family: usize,
    pub spent_at: Option<Instant>,
    /// The token it came for, if the answer may still be repeated.
    pub replaces: Option<usize>,
    /// The access token that came with it.
    pub access: usize,
}

/// The token of the service, behind which nobody stands.
#[derive(Debug)]
pub struct Service {
    pub value: String,
    pub ends_at: Instant,
}

/// Everything that was ever handed out.
#[derive(Debug, Default)]
pub struct Promise {
    pub codes: Vec<Code>,
    pub families: Vec<Family>,
    pub accesses: Vec<Access>,
    pub refreshes: Vec<Refresh>,
    pub services: Vec<Service>,
    /// Refreshes that were repeated because their answer was lost.
    pub repeats: usize,
    /// The subject of each person, once an answer told it.
    pub subjects: [Option<String>; 2],
}

impl Family {
    pub fn is_alive(&self, now: Instant) -> bool {
        !self.revoked
            && now < self.agreement.until
            && self.online_until.is_none_or(|until| now < until)
    }

    /// Whether its refresh tokens may be used.
    pub fn may_refresh(&self, now: Instant) -> bool {
        self.is_alive(now) && now - self.used_at < 90 * DAY
    }

    /// When an access token that is issued now ends.
    pub fn access_end(&self, now: Instant) -> Instant {
        (now + HOUR).min(self.agreement.until)
    }
}

impl Promise {
    /// Whether a code may be redeemed by its own app with the right verifier.
    pub fn is_redeemable(&self, code: usize, now: Instant) -> bool {
        let code = &self.codes[code];
        code.fate == Fate::Fresh && now < code.issued_at + 60
    }

    pub fn is_active(&self, access: usize, now: Instant) -> bool {
        let access = &self.accesses[access];
        !access.deleted && now < access.ends_at && self.families[access.family].is_alive(now)
    }

    /// The token that came for a spent one, if that answer may be repeated: it was a moment ago and
    /// nothing of it was used.
    pub fn lost(&self, refresh: usize, now: Instant) -> Option<usize> {
        let spent_at = self.refreshes[refresh].spent_at?;
        let came = self
            .refreshes
            .iter()
            .rposition(|other| other.replaces == Some(refresh) && other.spent_at.is_none());
        came.filter(|came| {
            now - spent_at <= 60 && !self.accesses[self.refreshes[*came].access].used
        })
    }

    /// Notes that an access token was used.
    pub fn used(&mut self, access: usize, now: Instant) {
        let active = self.is_active(access, now);
        let token = &mut self.accesses[access];
        token.used |= active && now - token.issued_at <= 60;
    }

    /// The families a person sees in the portal, newest first.
    pub fn shared(&self, person: usize, now: Instant) -> Vec<usize> {
        let mut shared: Vec<usize> = (0..self.families.len())
            .filter(|at| self.families[*at].agreement.person == person)
            .filter(|at| self.families[*at].is_alive(now))
            .collect();
        shared.sort_by_key(|at| (self.families[*at].granted_at, *at));
        shared.reverse();
        shared
    }

    /// Compares an introspection answer with what was promised.
    pub fn check(&mut self, access: usize, answer: &Value, now: Instant, apps: &[&str]) {
        if !self.is_active(access, now) {
            assert_eq!(answer, &json!({"active": false}));
            return;
        }
        self.used(access, now);
        let token = &mut self.accesses[access];
        if token.narrowed {
            // What it was cut down to is learned here, and must be less.
            let left = answer["scope"].as_str().unwrap();
            let before = ScopeSet::parse(&token.scope).known;
            assert!(before.covers(&ScopeSet::parse(left).known), "{left}");
            assert!(token.laboratory || !left.contains("|laboratory"), "{left}");
            left.clone_into(&mut token.scope);
            token.narrowed = false;
        }
        let token = &self.accesses[access];
        let family = &self.families[token.family];
        let agreement = &family.agreement;
        assert_eq!(answer["active"], true, "{family:?}");
        assert_eq!(answer["scope"], token.scope);
        assert_eq!(answer["patient"], agreement.patient);
        assert_eq!(answer["client_id"], apps[agreement.app]);
        assert_eq!(answer["exp"], token.ends_at);
        assert_eq!(answer.get("cnf").is_some(), token.key.is_some());
        let subject = answer["sub"].as_str().unwrap();
        let known = &mut self.subjects[agreement.person];
        assert_eq!(known.get_or_insert_with(|| subject.to_owned()), subject);
        assert_ne!(self.subjects[0], self.subjects[1]);
    }
}
