//! Records as Bundles: one file for each patient, or transactions of updates that a server takes as they are. Loading
//! a transaction twice changes nothing but the version.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::WriteError;
use crate::record::{Record, Seed};

/// The most entries of a transaction: servers limit them.
pub const MAX_ENTRIES: usize = 1_000;
/// Whose addresses the entries have; an update goes by its relative URL.
const HOME: &str = "https://example.org/fhir";

/// The record as transactions of at most [`MAX_ENTRIES`] updates, in the order in which they are to be sent: what is
/// pointed to comes first.
pub fn transactions(record: &Record) -> impl Iterator<Item = String> + '_ {
    record.seeds.chunks(MAX_ENTRIES).map(transaction)
}

fn transaction(seeds: &[Seed]) -> String {
    let mut out = r#"{"resourceType":"Bundle","type":"transaction","entry":["#.to_owned();
    for (number, seed) in seeds.iter().enumerate() {
        let (kind, id) = (seed.resource_type, seed.id.as_str());
        out.push_str(if number == 0 { "\n" } else { ",\n" });
        let address = [kind, "/", id].concat();
        for part in [
            r#"{"fullUrl":""#,
            HOME,
            "/",
            address.as_str(),
            r#"","resource":"#,
            seed.json.as_str(),
            r#","request":{"method":"PUT","url":""#,
            address.as_str(),
            r#""}}"#,
        ] {
            out.push_str(part);
        }
    }
    out.push_str("\n]}\n");
    out
}

/// Writes a collection: `<patient>.json`, `world.json` for the world, the id of the first Group for groups; an empty
/// record has no file.
pub(super) fn write_collection(record: &Record, folder: &Path) -> Result<(), WriteError> {
    let Some(name) = name(record) else {
        return Ok(());
    };
    let path = folder.join(format!("{name}.json"));
    let file = File::create(&path).map_err(WriteError::at(&path))?;
    collection(record, BufWriter::new(file)).map_err(WriteError::at(&path))
}

/// Writes the transactions of record `number`: `<number>-<name>-01.json`, `<number>-<name>-02.json` and so on. In the
/// order of their names they can be sent one after the other.
pub(super) fn write_transactions(
    record: &Record,
    number: u64,
    folder: &Path,
) -> Result<(), WriteError> {
    let Some(name) = name(record) else {
        return Ok(());
    };
    for (part, text) in (1_u32..).zip(transactions(record)) {
        let path = folder.join(format!("{number:07}-{name}-{part:02}.json"));
        std::fs::write(&path, text).map_err(WriteError::at(&path))?;
    }
    Ok(())
}

/// What the file of a record is called.
fn name(record: &Record) -> Option<&str> {
    let shared = match record.seeds.first()? {
        group if group.resource_type == "Group" => group.id.as_str(),
        _ => "world",
    };
    Some(record.patient.as_deref().unwrap_or(shared))
}

fn collection(record: &Record, mut out: impl Write) -> io::Result<()> {
    out.write_all(br#"{"resourceType":"Bundle","type":"collection","entry":["#)?;
    for (number, seed) in record.seeds.iter().enumerate() {
        let separator = if number == 0 { "\n" } else { ",\n" };
        write!(
            out,
            "{separator}{{\"fullUrl\":\"{HOME}/{}/{}\",\"resource\":{}}}",
            seed.resource_type, seed.id, seed.json
        )?;
    }
    out.write_all(b"\n]}\n")?;
    out.flush()
}
