//! The pages of a record: types in turn, the patient first, and past the last one what the record
//! refers to.

use std::collections::BTreeSet;

use fhir::compartment::{Membership, patient_membership};
use fhir::resource_type::ResourceType;

use super::Everything;
use crate::access::decide::Authorized;
use crate::execute::{Means, Pages, Searchset};
use crate::interaction::Instance;
use crate::operation::supporting::Supporting;
use crate::problem::Problem;
use crate::search::date;
use crate::search::page::{Position, SortValue};
use crate::search::plan::{Condition, Plan};
use crate::search::query::Prefix;
use crate::search::record::{Part, care_within, part};
use crate::store::{Snapshot, Stored, Window};

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
    /// The types of the record, by the number of their stage.
    types: Vec<ResourceType>,
    /// Those of which there is nothing.
    empty: BTreeSet<ResourceType>,
}

impl Walk<'_> {
    fn is_empty(&self, ty: ResourceType) -> bool {
        self.empty.contains(&ty)
    }
}

impl Everything {
    pub(super) fn page(
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
        let types = record_types(authorized);
        let walk = Walk {
            authorized,
            snapshot,
            base: means.base,
            until: start.until,
            empty: self.empty(snapshot, &types)?,
            types,
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

    /// Types of which the patient has nothing: most records know a few types only, and a look at
    /// all of them at once is cheaper than a walk of each.
    fn empty(
        &self,
        snapshot: &Snapshot<'_>,
        types: &[ResourceType],
    ) -> Result<BTreeSet<ResourceType>, Problem> {
        let Some(patient) = &self.instance else {
            return Ok(BTreeSet::new());
        };
        let own: BTreeSet<ResourceType> = types
            .iter()
            .copied()
            .filter(|ty| {
                matches!(
                    patient_membership(*ty),
                    Membership::References(_) | Membership::Itself(_)
                )
            })
            .collect();
        let there = snapshot.types_of(&patient.id, &own)?;
        Ok(&own - &there)
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
        if self.fill_record(walk, place, page)? {
            return Ok(true);
        }
        let readable = walk.authorized.all_included();
        let mut supporting = Supporting::new(readable, walk.base);
        if !supporting.is_wanted() {
            return Ok(false);
        }
        if from_start && self.since.is_none() {
            page.record
                .iter()
                .for_each(|stored| supporting.gather(&stored.body));
        } else {
            self.gather_again(walk, &mut supporting)?;
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
        place: &mut Place,
        page: &mut Page,
    ) -> Result<bool, Problem> {
        while let Some(ty) = walk.types.get(place.stage) {
            if walk.is_empty(*ty) {
                place.stage += 1;
                place.after = 0;
                continue;
            }
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
        supporting: &mut Supporting<'_>,
    ) -> Result<(), Problem> {
        for ty in walk.types.iter().filter(|ty| !walk.is_empty(**ty)) {
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
