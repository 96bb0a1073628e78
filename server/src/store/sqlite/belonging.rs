//! To whom stored resources belong.

use std::collections::BTreeSet;

use fhir::resource_type::ResourceType;
use rusqlite::{Connection, params};

use super::{Sqlite, StoreError, engine};
use crate::interaction::Instance;
use crate::search::index::Key;

/// What a resource names under one key: type and id. A URL has no type of ours.
const NAMED: &str = "SELECT named.type, named.target FROM resource
     JOIN reference named ON named.resource = resource.key
     WHERE resource.type = ?1 AND resource.id = ?2 AND named.parameter = ?3";

impl Sqlite {
    /// The patients in whose compartments the resources are, or what they hang on (Binary).
    pub fn patients_of(&self, instances: &[Instance]) -> Result<BTreeSet<String>, StoreError> {
        self.readers.with(|connection| {
            let mut patients = BTreeSet::new();
            for instance in instances {
                add_patients(connection, instance, &mut patients)?;
                let context = Key::context(instance.resource_type);
                for (ty, id) in named(connection, instance, context)? {
                    if let Some(resource_type) = ty.and_then(ResourceType::from_number) {
                        let context = Instance { resource_type, id };
                        add_patients(connection, &context, &mut patients)?;
                    }
                }
            }
            Ok(patients)
        })
    }
}

fn add_patients(
    connection: &Connection,
    instance: &Instance,
    patients: &mut BTreeSet<String>,
) -> Result<(), StoreError> {
    let found = named(
        connection,
        instance,
        Key::compartment(instance.resource_type),
    )?;
    patients.extend(found.into_iter().map(|(_, id)| id));
    Ok(())
}

fn named(
    connection: &Connection,
    instance: &Instance,
    key: Key,
) -> Result<Vec<(Option<u16>, String)>, StoreError> {
    let of = params![instance.resource_type.number(), instance.id, key.number()];
    let mut statement = connection.prepare_cached(NAMED).map_err(engine)?;
    let named = statement.query_map(of, |row| {
        let ty: i64 = row.get(0)?;
        Ok((u16::try_from(ty).ok(), row.get(1)?))
    });
    named.and_then(Iterator::collect).map_err(engine)
}
