//! A record as a transaction Bundle of updates: loading it twice changes nothing.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::WriteError;
use crate::record::Record;

/// Writes `<patient>.json`, `world.json` for the world, the id of the first Group for groups; an empty record has no file.
pub(super) fn write(record: &Record, folder: &Path) -> Result<(), WriteError> {
    let shared = match record.seeds.first() {
        None => return Ok(()),
        Some(group) if group.resource_type == "Group" => group.id.as_str(),
        Some(_) => "world",
    };
    let path = folder.join(format!(
        "{}.json",
        record.patient.as_deref().unwrap_or(shared)
    ));
    let file = File::create(&path).map_err(WriteError::at(&path))?;
    entries(record, BufWriter::new(file)).map_err(WriteError::at(&path))
}

fn entries(record: &Record, mut out: impl Write) -> io::Result<()> {
    out.write_all(br#"{"resourceType":"Bundle","type":"transaction","entry":["#)?;
    for (number, seed) in record.seeds.iter().enumerate() {
        let url = format!("{}/{}", seed.resource_type, seed.id);
        let separator = if number == 0 { "\n" } else { ",\n" };
        write!(
            out,
            "{separator}{{\"fullUrl\":\"https://example.org/fhir/{url}\",\"resource\":{},",
            seed.json
        )?;
        write!(
            out,
            "\"request\":{{\"method\":\"PUT\",\"url\":\"{url}\"}}}}"
        )?;
    }
    out.write_all(b"\n]}\n")?;
    out.flush()
}
