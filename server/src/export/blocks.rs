//! Files that hold the record of one patient after the other (Bulk Data Access 3.0.0,
//! "Bulk Data Output File Organization"): a header that names the patient, the patient, what
//! belongs to the patient and what that refers to. A block is never parted by the end of a file.

use fhir::resource_type::ResourceType;
use serde_json::json;

use super::job::List;
use super::run::Walk;
use crate::access::restriction::Restriction;
use crate::operation::supporting::Supporting;
use crate::problem::Problem;
use crate::search::plan::{Condition, Plan};
use crate::search::record::Patients;
use crate::store::Snapshot;

/// Whose records, and what is in each.
#[derive(Debug, Default)]
pub struct Blocks {
    /// The patients; none when the caller may see none.
    pub patients: Option<Plan>,
    /// The types in a block.
    pub of: Vec<Block>,
}

/// A type in a block.
#[derive(Debug)]
pub struct Block {
    /// The type.
    pub resource_type: ResourceType,
    /// What may be read of it.
    pub restriction: Restriction,
    /// What filters and instants ask of it.
    pub narrowed: Vec<Condition>,
}

impl Block {
    fn plan(&self, patient: &Patients) -> Plan {
        let mut conditions: Vec<Condition> =
            patient.record(self.resource_type).into_iter().collect();
        conditions.extend(self.narrowed.iter().cloned());
        Plan::within(self.resource_type, &self.restriction, conditions)
    }
}

impl Walk<'_> {
    /// Writes one block for each patient of whom there is something.
    pub(super) fn blocks(
        &mut self,
        blocks: &Blocks,
        snapshot: &Snapshot<'_>,
    ) -> Result<(), Problem> {
        let mut ids = Vec::new();
        if let Some(plan) = &blocks.patients {
            snapshot.each(plan, |found| {
                ids.push(found.id.to_owned());
                Ok::<(), Problem>(())
            })?;
        }
        ids.iter()
            .try_for_each(|id| self.block(blocks, id, snapshot))
    }

    fn block(&mut self, blocks: &Blocks, id: &str, snapshot: &Snapshot<'_>) -> Result<(), Problem> {
        self.part((List::Output, None))?;
        let mut header = Some(header(id));
        let mut supporting = Supporting::new(&self.work.supporting, &self.work.base);
        let patient = Patients::one(id);
        let (first, rest): (Vec<&Block>, Vec<&Block>) = blocks
            .of
            .iter()
            .partition(|block| block.resource_type.as_str() == "Patient");
        for block in first.into_iter().chain(rest) {
            snapshot.each(&block.plan(&patient), |found| {
                supporting.gather(found.body);
                if let Some(header) = header.take() {
                    self.line((List::Output, None), header.as_bytes())?;
                }
                self.write(None, block.resource_type, found)
            })?;
        }
        self.supporting(snapshot, supporting, |_| None)
    }
}

fn header(id: &str) -> String {
    json!({
        "resourceType": "Parameters",
        "parameter": [{
            "name": "header",
            "valueReference": { "reference": format!("Patient/{id}") }
        }]
    })
    .to_string()
}
