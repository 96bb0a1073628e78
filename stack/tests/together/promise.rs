//! What the server promises, as plain data: which codes, tokens and consents mean something when.

use serde_json::{Value, json};

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
    pub scope: String,
    pub granted_at: Instant,
    pub used_at: Instant,
    /// When the session ends that it is tied to.
    pub online_until: Option<Instant>,
    pub revoked: bool,
}

#[derive(Debug)]
pub struct Access {
    pub value: String,
    pub family: usize,
    pub scope: String,
    pub ends_at: Instant,
    pub deleted: bool,
}

#[derive(Debug)]
pub struct Refresh {
    pub value: String,
    pub family: usize,
    pub spent: bool,
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
        let token = &self.accesses[access];
        let family = &self.families[token.family];
        let agreement = &family.agreement;
        assert_eq!(answer["active"], true, "{family:?}");
        assert_eq!(answer["scope"], token.scope);
        assert_eq!(answer["patient"], agreement.patient);
        assert_eq!(answer["client_id"], apps[agreement.app]);
        assert_eq!(answer["exp"], token.ends_at);
        let subject = answer["sub"].as_str().unwrap();
        let known = &mut self.subjects[agreement.person];
        assert_eq!(known.get_or_insert_with(|| subject.to_owned()), subject);
        assert_ne!(self.subjects[0], self.subjects[1]);
    }
}
