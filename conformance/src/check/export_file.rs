//! BLK-08 to BLK-12 and BLK-15: the files of a bulk export, and its parameters.

use serde_json::Value;

use super::export::{delete, finished, refused, rows, running, url_of};
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::{Context, Export, TYPES};
use crate::http::{Answer, Request};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{BULK_FILE, BULK_MANIFEST, BULK_PARAMETERS};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("BLK-08", Required, "Files are NDJSON: one resource of the stated type on each line.", BULK_FILE, |c| Box::pin(files(c))),
    Check::new("BLK-09", Required, "Files that need a token are refused without one.", BULK_FILE, |c| Box::pin(closed_files(c))),
    Check::new("BLK-10", Required, "An export is limited to the types it asks for.", BULK_PARAMETERS, |c| Box::pin(types(c))),
    Check::new("BLK-11", Required, "An export since a time to come is empty.", BULK_PARAMETERS, |c| Box::pin(since(c))),
    Check::new("BLK-12", Warning, "Every spelling of NDJSON is accepted as output format.", BULK_PARAMETERS, |c| Box::pin(formats(c))),
    Check::new("BLK-15", Warning, "The stated counts are the numbers of lines.", BULK_MANIFEST, |c| Box::pin(counts(c))),
];

/// Files that are read, so that a run stays polite.
const MOST_FILES: usize = 2;

/// The first files with what their rows say of them.
async fn read(context: &Context) -> Result<Vec<(Value, Answer)>, Finding> {
    let (_, manifest) = finished(context).await?;
    let mut read = Vec::new();
    for row in rows(&manifest).iter().take(MOST_FILES) {
        let Some(url) = url_of(row) else { continue };
        let request = Request::get(url.clone()).header("accept", "application/fhir+ndjson");
        let is_closed = manifest["requiresAccessToken"] == true && context.is_own(&url);
        let request = if is_closed {
            request.bearer(context.system_token().await?)
        } else {
            request
        };
        read.push((row.clone(), context.client.send(&request).await?));
    }
    if read.is_empty() {
        return skip("the export has no files");
    }
    Ok(read)
}

fn lines(answer: &Answer) -> Vec<Value> {
    let text = String::from_utf8_lossy(&answer.body);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_default())
        .collect()
}

async fn files(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (row, answer) in read(context).await? {
        let name = row["type"].as_str().unwrap_or_default();
        faults.part(name, answer.expect_status(200))?;
        let media_type = answer.media_type();
        faults.unless(media_type == "application/fhir+ndjson", || {
            format!("{name}: the media type is {media_type:?}")
        });
        let odd = lines(&answer)
            .iter()
            .filter(|line| line["resourceType"] != name)
            .count();
        faults.unless(odd == 0, || {
            format!("{name}: {odd} lines are no resource of this type")
        });
    }
    faults.verdict()
}

async fn closed_files(context: &Context) -> Verdict {
    let (_, manifest) = finished(context).await?;
    if manifest["requiresAccessToken"] != true {
        return skip("the files need no token, says the manifest");
    }
    let Some(url) = rows(&manifest).first().and_then(url_of) else {
        return skip("the export has no files");
    };
    refused(&context.client.send(&Request::get(url)).await?)
}

async fn types(context: &Context) -> Verdict {
    let (_, manifest) = finished(context).await?;
    let mut faults = Faults::default();
    for row in rows(&manifest) {
        let name = row["type"].as_str().unwrap_or_default();
        faults.unless(TYPES.contains(&name), || {
            format!("{name} was not asked for")
        });
    }
    faults.verdict()
}

async fn since(context: &Context) -> Verdict {
    finished(context).await?;
    let tomorrow = context.clock.now() + chrono::TimeDelta::days(1);
    let bound = tomorrow.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let export = context.start_export(&[("_since", &bound)]).await?;
    if export.kick_off.status == 400 {
        return Ok(());
    }
    export.kick_off.expect_status(202)?;
    let Some(manifest) = export.manifest() else {
        return skip("this export did not come to its end (BLK-06)");
    };
    end(context, &export).await?;
    let found: Vec<_> = rows(&manifest)
        .iter()
        .filter_map(|row| row["type"].as_str())
        .collect();
    ensure(found.is_empty(), || format!("it has {}", found.join(", ")))
}

const FORMATS: &[&str] = &["application/fhir+ndjson", "application/ndjson", "ndjson"];

async fn formats(context: &Context) -> Verdict {
    running(context).await?;
    let mut faults = Faults::default();
    for format in FORMATS {
        let answer = context.kick_off(&[("_outputFormat", format)]).await?;
        faults.part(format, answer.expect_status(202))?;
        if let Some(url) = Export::status_url(&answer) {
            delete(context, &url).await?;
        }
    }
    faults.verdict()
}

async fn end(context: &Context, export: &Export) -> Verdict {
    match Export::status_url(&export.kick_off) {
        Some(url) => delete(context, &url).await.map(|_| ()),
        None => Ok(()),
    }
}

async fn counts(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    let mut tried = false;
    for (row, answer) in read(context).await? {
        let Some(count) = row["count"].as_u64() else {
            continue;
        };
        tried = true;
        let found = lines(&answer).len() as u64;
        faults.unless(found == count, || {
            format!("{}: {found} lines, {count} stated", row["type"])
        });
    }
    if tried {
        return faults.verdict();
    }
    skip("no counts are stated")
}
