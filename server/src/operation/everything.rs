//! `Patient/$everything`: the record of a patient, and what it refers to (R4, operation
//! `Patient-everything`).
//!
//! Each type is inside its own restriction. A page goes through the types in turn, the patient
//! first; what the record refers to outside of it comes last. A page link holds a position only:
//! whoever follows it is authorized again.

use std::sync::Arc;

use fhir::compartment::{Membership, patient_membership};
use fhir::resource_type::ResourceType;
use smart::scope::Action;
use url::form_urlencoded::Serializer;

use super::supporting::Supporting;
use super::{Arguments, Call, Level, Needs, Operation, Request, Target, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome, Pages, Searchset};
use crate::interaction::Instance;
use crate::problem::Problem;
use crate::search::date;
use crate::search::page::{Position, SortValue};
use crate::search::plan::{Condition, Plan};
use crate::search::query::Prefix;
use crate::search::record::{Part, Patients, care_within, part};
use crate::store::{Patience, Snapshot, Stored, Window};

/// The row.
pub const OPERATION: Operation = Operation {
    code: "everything",
    id: "Patient-everything",
    definition: "http://hl7.org/fhir/OperationDefinition/Patient-everything",
    title: "Fetch a patient's record",
    description: "All resources of a patient's compartment that the token may read, and the practitioners, organizations, places and medications they refer to, page by page. On the type: of all patients that the token may read.",
    levels: &[Level::Type, Level::Instance],
    types: &["Patient"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input(
            "start",
            0,
            "1",
            "date",
            "Only care that touches this date or later; what has no date is kept.",
        ),
        input(
            "end",
            0,
            "1",
            "date",
            "Only care that touches this date or earlier; what has no date is kept.",
        ),
        input(
            "_since",
            0,
            "1",
            "instant",
            "Only what was updated at this instant or later.",
        ),
        input(
            "_type",
            0,
            "*",
            "code",
            "Only these types, separated by commas.",
        ),
        input(
            "_count",
            0,
            "1",
            "integer",
            "Resources on a page, 1000 at most.",
        ),
        output(
            "return",
            1,
            "1",
            "Bundle",
            "A searchset; follow its next links.",
        ),
    ],
    searches: false,
    read,
};

/// Resources on a page when the caller does not say.
const DEFAULT_COUNT: u32 = 500;
const MAX_COUNT: u32 = 1000;

#[derive(Debug)]
struct Everything {
    instance: Option<Instance>,
    patients: Patients,
    care: Option<date::Range>,
    since: Option<i64>,
    types: Vec<ResourceType>,
    count: u32,
    cursor: Option<String>,
    /// The call as links repeat it.
    query: String,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let instance = call.target.instance().cloned();
    let (start, end) = (arguments.period("start")?, arguments.period("end")?);
    let count = arguments.number("_count", 1)?.unwrap_or(DEFAULT_COUNT);
    Ok(Arc::new(Everything {
        patients: match &instance {
            Some(instance) => Patients::one(&instance.id),
            None => Patients::All,
        },
        care: (start.is_some() || end.is_some()).then(|| date::Range::between(start, end)),
        since: arguments.past("_since", call.context.now)?,
        types: arguments.types("_type")?,
        count: count.min(MAX_COUNT),
        cursor: call.cursor().map(str::to_owned),
        query: query(&call.target, &arguments),
        instance,
    }))
}

fn query(target: &Target, arguments: &Arguments) -> String {
    let mut text = match target {
        Target::Instance(Instance { resource_type, id }) => {
            format!("{resource_type}/{id}/$everything?")
        }
        _ => "Patient/$everything?".to_owned(),
    };
    let start = text.len();
    let mut pairs = Serializer::for_suffix(&mut text, start);
    for parameter in OPERATION.parameters {
        for value in arguments.texts(parameter.name) {
            pairs.append_pair(parameter.name, value);
        }
    }
    pairs.finish();
    text.trim_end_matches('?').to_owned()
}

impl Request for Everything {
    fn needs(&self) -> Needs {
        let wanted = |ty: &ResourceType| {
            part(*ty) != Part::None && (self.types.is_empty() || self.types.contains(ty))
        };
        Needs {
            subject: patient_type().map(|ty| (ty, Action::Read)),
            reads: ResourceType::all().filter(wanted).collect(),
            ..Needs::default()
        }
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        means
            .store
            .snapshot(Patience::OfASearch, |snapshot| {
                self.page(means, authorized, snapshot)
            })
            .map(Outcome::Searchset)
    }
}

fn patient_type() -> Option<ResourceType> {
    ResourceType::parse("Patient")
}

/// What a page holds so far.
#[derive(Default)]
struct Page {
    record: Vec<Stored>,
    supporting: Vec<Stored>,
}

impl Page {
    fn len(&self) -> usize {
        self.record.len() + self.supporting.len()
    }
}

/// The place of a walk: types in turn, and past the last one the supporting resources.
struct Place {
    stage: usize,
    after: i64,
}

/// What a page is filled from.
struct Walk<'a> {
    authorized: &'a Authorized,
    snapshot: &'a Snapshot<'a>,
    base: &'a str,
    until: i64,
}

impl Everything {
    fn page(
        &self,
        means: Means<'_>,
        authorized: &Authorized,
        snapshot: &Snapshot<'_>,
    ) -> Result<Searchset, Problem> {
        self.check_patient(authorized, snapshot)?;
        let start = self.position(means, authorized, snapshot)?;
        let mut place = Place {
            stage: stage_of(&start),
            after: start.after,
        };
        let mut page = Page::default();
        let walk = Walk {
            authorized,
            snapshot,
            base: means.base,
            until: start.until,
        };
        let more = self.fill(&walk, &mut place, &mut page)?;
        let next = more.then(|| {
            let position = Position {
                after: place.after,
                until: start.until,
                values: vec![SortValue::Integer(i64::try_from(place.stage).unwrap_or(0))],
                back: false,
            };
            means
                .cursors
                .seal(&position, authorized.owner(), &self.query)
        });
        let whole = self.cursor.is_none() && !more;
        Ok(Searchset {
            total: whole.then_some(page.len() as u64),
            matches: page.record,
            included: page.supporting,
            query: self.query.clone(),
            pages: Pages {
                next,
                ..Pages::default()
            },
            ignored: Vec::new(),
            at: means.now,
        })
    }

    /// A patient out of sight is answered like one that never was.
    fn check_patient(
        &self,
        authorized: &Authorized,
        snapshot: &Snapshot<'_>,
    ) -> Result<(), Problem> {
        let Some(Instance { resource_type, id }) = &self.instance else {
            return Ok(());
        };
        let plan = Plan::read(*resource_type, id, authorized.restriction());
        match snapshot.page(&plan, &window(0, i64::MAX, 1))?.first() {
            Some(_) => Ok(()),
            None => Err(Problem::not_found()),
        }
    }

    fn position(
        &self,
        means: Means<'_>,
        authorized: &Authorized,
        snapshot: &Snapshot<'_>,
    ) -> Result<Position, Problem> {
        match &self.cursor {
            Some(cursor) => means.cursors.open(cursor, authorized.owner(), &self.query),
            None => Ok(Position::start(snapshot.latest_key()?)),
        }
    }

    /// Fills the page from `place` on; says whether anything is left.
    fn fill(&self, walk: &Walk<'_>, place: &mut Place, page: &mut Page) -> Result<bool, Problem> {
        let from_start = place.stage == 0 && place.after == 0;
        let types = record_types(walk.authorized);
        if self.fill_record(walk, &types, place, page)? {
            return Ok(true);
        }
        let readable = walk.authorized.all_included();
        if !Supporting::is_wanted(readable) {
            return Ok(false);
        }
        let mut supporting = Supporting::new(readable, walk.base);
        if from_start && self.since.is_none() {
            page.record
                .iter()
                .for_each(|stored| supporting.gather(&stored.body));
        } else {
            self.gather_again(walk, &types, &mut supporting)?;
        }
        let mut found = self.supporting(walk.snapshot, supporting)?;
        found.retain(|stored| stored.key > place.after && stored.key <= walk.until);
        let room = self.count as usize - page.record.len();
        let more = found.len() > room;
        found.truncate(room);
        place.after = found.last().map_or(place.after, |last| last.key);
        page.supporting = found;
        Ok(more)
    }

    /// The types of the record in turn, as far as there is room.
    fn fill_record(
        &self,
        walk: &Walk<'_>,
        types: &[ResourceType],
        place: &mut Place,
        page: &mut Page,
    ) -> Result<bool, Problem> {
        while let Some(ty) = types.get(place.stage) {
            let plan = self.plan(walk.authorized, *ty, true);
            let room = self.count as usize - page.record.len();
            let found = walk
                .snapshot
                .page(&plan, &window(place.after, walk.until, room + 1))?;
            let more = found.len() > room;
            page.record.extend(found.into_iter().take(room));
            if more {
                place.after = match page.record.last() {
                    Some(last) if room > 0 => last.key,
                    _ => place.after,
                };
                return Ok(true);
            }
            place.stage += 1;
            place.after = 0;
        }
        Ok(false)
    }

    /// What the whole record refers to, when it is not all on this page.
    fn gather_again(
        &self,
        walk: &Walk<'_>,
        types: &[ResourceType],
        supporting: &mut Supporting<'_>,
    ) -> Result<(), Problem> {
        for ty in types {
            let plan = self.plan(walk.authorized, *ty, false);
            walk.snapshot.each(&plan, |found| {
                supporting.gather(found.body);
                Ok::<(), Problem>(())
            })?;
        }
        Ok(())
    }

    /// What the record refers to, in the order of keys.
    fn supporting(
        &self,
        snapshot: &Snapshot<'_>,
        mut supporting: Supporting<'_>,
    ) -> Result<Vec<Stored>, Problem> {
        let mut found = Vec::new();
        supporting.follow(
            |_| self.updated().into_iter().collect(),
            |plan, supporting| {
                for stored in snapshot.page(plan, &window(0, i64::MAX, u16::MAX.into()))? {
                    supporting.gather(&stored.body);
                    found.push(stored);
                }
                Ok::<(), Problem>(())
            },
        )?;
        found.sort_unstable_by_key(|stored| stored.key);
        Ok(found)
    }

    /// What is in the record of a type; `recent` narrows it to what was updated.
    fn plan(&self, authorized: &Authorized, ty: ResourceType, recent: bool) -> Plan {
        let mut conditions: Vec<Condition> = self.patients.record(ty).into_iter().collect();
        conditions.extend(self.care.and_then(|period| care_within(ty, period)));
        conditions.extend(self.updated().filter(|_| recent));
        match authorized.included(ty) {
            Some(restriction) => Plan::within(ty, restriction, conditions),
            None => Plan::over(ty, vec![Condition::Never]),
        }
    }

    fn updated(&self) -> Option<Condition> {
        let range = |low| date::Range {
            low,
            high: i64::MAX,
        };
        self.since
            .map(|since| Condition::Updated(Prefix::Eq, range(since)))
    }
}

fn window(after: i64, until: i64, limit: usize) -> Window {
    Window {
        from: Position {
            after,
            ..Position::start(until)
        },
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
    }
}

fn stage_of(position: &Position) -> usize {
    match position.values.as_slice() {
        [SortValue::Integer(stage)] => usize::try_from(*stage).unwrap_or(usize::MAX),
        _ => 0,
    }
}

/// The types that belong to records and may be read: the patient first.
fn record_types(authorized: &Authorized) -> Vec<ResourceType> {
    let mut types: Vec<ResourceType> = authorized
        .all_included()
        .keys()
        .copied()
        .filter(|ty| part(*ty) == Part::Record)
        .collect();
    types.sort_by_key(|ty| !matches!(patient_membership(*ty), Membership::Itself(_)));
    types
}
