//! From what was asked to what is walked.

use fhir::resource_type::ResourceType;

use super::Export;
use crate::access::decide::Authorized;
use crate::execute::Means;
use crate::export::{Block, Blocks, Deletions, Work};
use crate::search::plan::{Condition, Plan, SearchView};
use crate::search::query::Prefix;
use crate::search::record::{Part, Patients, part};

impl Export {
    /// `patients` tells whose records; `None` for the whole server.
    pub(super) fn work(
        &self,
        means: Means<'_>,
        authorized: &Authorized,
        patients: Option<&Patients>,
    ) -> Work {
        let mut work = Work {
            elements: self.elements.clone(),
            base: means.base.to_owned(),
            ignored: self.ignored.clone(),
            deletions: Deletions::of(self.window),
            blocks: self.is_by_patient.then(|| blocks(authorized, patients)),
            ..Work::default()
        };
        let wanted = |ty: &ResourceType| self.types.is_empty() || self.types.contains(ty);
        let readable = authorized.all_included().iter();
        for (ty, restriction) in readable.filter(|(ty, _)| wanted(ty)) {
            let narrowed = self.narrowed(*ty, authorized);
            let record = match patients {
                None => Some(Vec::new()),
                Some(patients) => patients.record(*ty).map(|record| vec![record]),
            };
            if let Some(conditions) = &record {
                work.deletions.tell(*ty, conditions, restriction);
            }
            if part(*ty) == Part::Supporting && (record.is_none() || self.is_by_patient) {
                work.supporting.insert(*ty, restriction.clone());
                work.narrow.insert(*ty, narrowed);
            } else if let Some(blocks) = &mut work.blocks {
                blocks.of.push(Block {
                    resource_type: *ty,
                    restriction: restriction.clone(),
                    narrowed,
                });
            } else if let Some(mut conditions) = record {
                conditions.extend(narrowed);
                work.plans.push(Plan::within(*ty, restriction, conditions));
            }
        }
        work
    }

    /// What filters and instants ask of a type.
    fn narrowed(&self, ty: ResourceType, authorized: &Authorized) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = self
            .window
            .map(|window| Condition::Updated(Prefix::Eq, window))
            .into_iter()
            .collect();
        if let (Some(filters), Some(restriction)) = (self.filters.get(&ty), authorized.included(ty))
        {
            let chained = |ty| authorized.chained(ty);
            let view = SearchView {
                searched: restriction,
                chained: &chained,
            };
            let alternatives = filters
                .iter()
                .map(|query| Condition::All(Plan::search_conditions(query, &view)));
            conditions.push(Condition::Any(alternatives.collect()));
        }
        conditions
    }
}

/// The patients whose records make the blocks; what is in them comes later.
fn blocks(authorized: &Authorized, patients: Option<&Patients>) -> Blocks {
    let plan = ResourceType::parse("Patient").and_then(|ty| {
        let record = patients.unwrap_or(&Patients::All).record(ty);
        let restriction = authorized.included(ty)?;
        Some(Plan::within(ty, restriction, record.into_iter().collect()))
    });
    Blocks {
        patients: plan,
        of: Vec::new(),
    }
}
