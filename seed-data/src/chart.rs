//! The chart of one patient while it is written.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::config::UsCore;
use crate::draft::Draft;
use crate::element::named_reference;
use crate::identifier;
use crate::json::Object;
use crate::moment::{self, Moment, Zone};
use crate::person::Identity;
use crate::record::{Record, Seed};
use crate::resource::coverage::Insurance;
use crate::stream::Stream;
use crate::world::site::Site;

/// The share of results that were preliminary first.
const CONFIRMED_LATER: f64 = 0.04;

/// How long after an event its record is made, as least and most minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lag {
    /// Written down during the event: 2 to 30 minutes.
    Visit,
    /// A result comes back: 2 to 48 hours.
    Result,
    /// A note is finished: 1 to 72 hours.
    Note,
    /// A claim is decided: 14 to 45 days.
    Claim,
}

impl Lag {
    fn minutes(self) -> (i64, i64) {
        match self {
            Self::Visit => (2, 30),
            Self::Result => (120, 2_880),
            Self::Note => (60, 4_320),
            Self::Claim => (20_160, 64_800),
        }
    }
}

/// One patient's record: who it is about, where care is given, what has been written so far.
#[derive(Debug)]
pub(crate) struct Chart {
    /// Who the record is about.
    pub(crate) identity: Identity,
    /// Where the patient is cared for.
    pub(crate) site: Site,
    /// Who pays, once coverage has been written.
    pub(crate) insurance: Option<Insurance>,
    /// Whether the next visit that is billed shows the claim as it was sent, and its answer.
    pub(crate) shows_claim: bool,
    /// The present of the population.
    pub(crate) as_of: NaiveDate,
    /// The last day on which something can happen: the day before the present, or the day of death.
    pub(crate) until: NaiveDate,
    /// The version of US Core that the record is for.
    pub(crate) us_core: UsCore,
    seed: u64,
    seeds: Vec<Seed>,
    keys: BTreeMap<String, u32>,
    unsigned: Vec<(String, DateTime<Utc>)>,
    unsigned_claims: Vec<(String, DateTime<Utc>)>,
}

impl Chart {
    /// An empty chart.
    pub(crate) fn new(seed: u64, as_of: NaiveDate, identity: Identity) -> Self {
        let site = Site::of(&identity.place, moment::age(identity.birth, as_of));
        let last = moment::days(as_of, -1);
        let until = identity.death.map_or(last, |death| death.min(last));
        Self {
            identity,
            site,
            insurance: None,
            shows_claim: false,
            as_of,
            until,
            us_core: UsCore::default(),
            seed,
            seeds: Vec::new(),
            keys: BTreeMap::new(),
            unsigned: Vec::new(),
            unsigned_claims: Vec::new(),
        }
    }

    /// The same chart for a version of US Core.
    pub(crate) fn for_us_core(self, us_core: UsCore) -> Self {
        Self { us_core, ..self }
    }

    /// The stream of this patient for one purpose.
    pub(crate) fn stream(&self, label: &str) -> Stream {
        Stream::open(self.seed, &self.identity.id, label)
    }

    /// The reference `subject` or `patient` of a resource.
    pub(crate) fn subject(&self) -> Object {
        named_reference(&self.patient(), &self.identity.full_name())
    }

    /// The address of the Patient.
    pub(crate) fn patient(&self) -> String {
        format!("Patient/{}", self.identity.id)
    }

    /// The zone of the patient's home.
    pub(crate) fn zone(&self) -> Zone {
        Zone::of_state(self.identity.place.state)
    }

    /// The age in whole years on `date`.
    pub(crate) fn age(&self, date: NaiveDate) -> u32 {
        moment::age(self.identity.birth, date)
    }

    /// Begins a resource about `key` (unique within the patient: a second one gets `-2`) that happened at `event`.
    pub(crate) fn draft(
        &mut self,
        kind: &'static str,
        key: &str,
        event: Moment,
        lag: Lag,
    ) -> Draft {
        let ordinal = self.keys.entry(key.to_owned()).or_insert(0);
        *ordinal += 1;
        let key = if *ordinal == 1 {
            key.to_owned()
        } else {
            format!("{key}-{ordinal}")
        };
        let id = identifier::owned(&self.identity.id, &key);
        let recorded = self.recorded(&id, event, lag);
        Draft::new(kind, id, recorded)
    }

    /// Begins the Patient itself, whose id is the patient's.
    pub(crate) fn draft_patient(&self, event: Moment) -> Draft {
        let recorded = self.recorded(&self.identity.id, event, Lag::Visit);
        Draft::new("Patient", self.identity.id.clone(), recorded)
    }

    /// When a record of `event` is made: after its lag, in the last half day before the present at the latest.
    fn recorded(&self, id: &str, event: Moment, lag: Lag) -> DateTime<Utc> {
        let (least, most) = lag.minutes();
        let mut stream = self.stream(&format!("recorded:{id}"));
        let delay = TimeDelta::minutes(stream.between(least, most))
            + TimeDelta::milliseconds(stream.between(0, 59_999));
        let present = Moment::midnight_utc(self.as_of);
        let latest = present - TimeDelta::milliseconds(stream.between(1, 7_200_000));
        (event.utc() + delay).min(latest)
    }

    /// The resource as it is `before` and as it is from `event` on: two versions, if there is time between them.
    pub(crate) fn changed(&self, before: Draft, after: Draft, event: Moment) -> Draft {
        let changed = self.recorded(after.id(), event, Lag::Visit);
        after.after(before, changed)
    }

    /// A few results were preliminary until they were confirmed, a day or two later.
    pub(crate) fn confirmed(&self, draft: Draft) -> Draft {
        let mut stream = self.stream(&format!("confirmed:{}", draft.id()));
        if !stream.chance(CONFIRMED_LATER) {
            return draft;
        }
        let later = TimeDelta::minutes(stream.between(900, 3_000));
        let latest = Moment::midnight_utc(self.as_of) - TimeDelta::milliseconds(1);
        let changed = (draft.recorded() + later).min(latest);
        draft.first_preliminary(changed)
    }

    /// Files a finished resource and returns its address.
    pub(crate) fn file(&mut self, draft: Draft) -> String {
        let link = draft.link();
        if draft.is_claim() {
            self.unsigned_claims.push((link.clone(), draft.created()));
        } else if draft.is_signed_for() {
            self.unsigned.push((link.clone(), draft.created()));
        }
        self.seeds.push(draft.seed());
        link
    }

    /// What was filed so far.
    pub(crate) fn filed(&self) -> &[Seed] {
        &self.seeds
    }

    /// The resources filed since the last call with the time of the newest, for a Provenance.
    pub(crate) fn take_unsigned(&mut self) -> Vec<(String, DateTime<Utc>)> {
        std::mem::take(&mut self.unsigned)
    }

    /// The claims and coverages filed since the last call, as `take_unsigned` returns the rest.
    pub(crate) fn take_unsigned_claims(&mut self) -> Vec<(String, DateTime<Utc>)> {
        std::mem::take(&mut self.unsigned_claims)
    }

    /// The finished record.
    pub(crate) fn record(self) -> Record {
        Record {
            patient: Some(self.identity.id),
            seeds: self.seeds,
        }
    }
}
