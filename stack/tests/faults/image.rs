//! Faults of the images: what `DICOMweb` serves, and to whom.

use super::fault::{Fault, fault};
use super::memory::Memory;
use super::message::{Ask, Reply};

/// What stands behind the address of `DICOMweb`.
fn wado(ask: &Ask) -> Option<&str> {
    ask.place()?.strip_prefix("dicomweb/")
}

/// Whether it asks for a study as a whole.
fn is_study(ask: &Ask) -> bool {
    wado(ask)
        .and_then(|rest| rest.strip_prefix("studies/"))
        .is_some_and(|rest| !rest.contains('/'))
}

/// Where the first part of a multipart body ends: at its second boundary.
fn end_of_first(body: &[u8]) -> Option<usize> {
    let end = body.windows(2).position(|two| two == b"\r\n")?;
    let (boundary, rest) = body.split_at_checked(end).filter(|_| end > 0)?;
    let next = rest.windows(end).position(|place| place == boundary)?;
    Some(end + next)
}

/// The token of the first login.
fn first_token(memory: &Memory) -> Option<String> {
    memory.tokens.first().map(|token| token.access.clone())
}

pub static FAULTS: &[Fault] = &[
    fault("spoilt-images", "images are not DICOM files", &["IMG-06"]).reply(|ask, reply, _| {
        if is_study(ask) {
            reply.replace_bytes(*b"DICM", *b"NONE");
        }
    }),
    fault("lost-images", "a study lacks an image", &["IMG-06"]).reply(|ask, reply, _| {
        if is_study(ask)
            && let Some(at) = end_of_first(&reply.body)
        {
            reply.body.drain(..at);
        }
    }),
    fault("open-images", "images need no token", &["IMG-07"]).ask(|ask, memory| {
        if let Some(first) = first_token(memory)
            && wado(ask).is_some()
            && ask.bearer().is_none()
        {
            ask.set_bearer(&first);
        }
        None
    }),
    fault(
        "anybodys-images",
        "images are for everybody with a token",
        &["IMG-07"],
    )
    .ask(|ask, memory| {
        if let Some(first) = first_token(memory)
            && wado(ask).is_some()
            && ask.bearer().is_some()
        {
            ask.set_bearer(&first);
        }
        None
    }),
    fault(
        "any-study",
        "a study that does not exist is a server error",
        &["IMG-08"],
    )
    .reply(|ask, reply, _| {
        if is_study(ask) && matches!(reply.status, 400 | 404) {
            *reply = Reply::new(500, "text/plain", "no such study");
        }
    }),
    fault(
        "broken-parts",
        "parts of a study are server errors",
        &["IMG-09"],
    )
    .ask(|ask, _| {
        let is_part = wado(ask).is_some() && !is_study(ask);
        is_part.then(|| Reply::new(500, "text/plain", ""))
    }),
    fault(
        "picky-images",
        "images are served to who names a transfer syntax only",
        &["IMG-10"],
    )
    .ask(|ask, _| {
        let is_vague = is_study(ask) && !ask.header("accept").contains("application/dicom");
        is_vague.then(|| Reply::new(406, "text/plain", ""))
    }),
    fault(
        "unlinked-reports",
        "reports do not lead to studies",
        &["IMG-12"],
    )
    .reply(|_, reply, _| {
        reply.each_record(|record| {
            if let Some(members) = record.as_object_mut() {
                members.remove("imagingStudy");
            }
        });
    }),
];
