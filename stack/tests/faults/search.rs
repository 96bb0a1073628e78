//! Faults of searches, pages and periodic queries.

use serde_json::json;

use super::fault::{Fault, fault};
use super::message::{Ask, Reply};
use super::special::with_everything;

fn is_since(ask: &Ask) -> bool {
    ask.is_search() && ask.has_parameter("_lastUpdated")
}

fn empty(reply: &mut Reply) {
    reply.keep_entries(|_| false);
}

/// Changes the value of a parameter.
fn rewrite(ask: &mut Ask, wanted: &str, change: fn(&str) -> Option<String>) -> Option<Reply> {
    if ask.is_search() {
        ask.each_parameter(|name, value| {
            if name != wanted {
                return Some((name.into(), value.into()));
            }
            change(value).map(|value| (name.into(), value))
        });
    }
    None
}

fn swapped(name: &str, value: &str) -> String {
    if name == "_lastUpdated" {
        return value.into();
    }
    for (one, other) in [("gt", "lt"), ("lt", "gt"), ("ge", "le"), ("le", "ge")] {
        if let Some(rest) = value
            .strip_prefix(one)
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        {
            return format!("{other}{rest}");
        }
    }
    value.into()
}

/// Whether a parameter is none of those by which the runner collects the records it knows.
fn is_other(place: &str, name: &str, value: &str) -> bool {
    match name {
        "patient" | "status" | "_count" | "_revinclude" | "_include" => false,
        "_id" => place != "Patient",
        "category" => value.contains('|'),
        "intent" => !value.contains(','),
        "practitioner" => place != "PractitionerRole",
        _ => true,
    }
}

const FORGETS: Fault = fault(
    "forgets",
    "a search is empty the second time, and so are searches by anything but the patient",
    &["USC-each-01"],
)
.reply(|ask, reply, memory| {
    if ask.is_search() && !ask.has_parameter("_cursor") {
        let place = ask.place().unwrap_or_default();
        let is_again = memory.count(format!("{place}?{}", ask.query)) > 0;
        let mut query = ask.query().into_iter();
        if is_again || query.any(|(name, value)| is_other(place, &name, &value)) {
            empty(reply);
        }
    }
});

const SWAPS_BOUNDS: Fault = fault(
    "swaps-bounds",
    "earlier and later are mixed up",
    &["USC-each-03"],
)
.ask(|ask, _| {
    if ask.is_search() {
        ask.each_parameter(|name, value| Some((name.into(), swapped(name, value))));
    }
    None
});

pub static FAULTS: &[Fault] = &[
    fault("relative-full-url", "fullUrl lacks the base", &["SRC-01"]).reply(|_, reply, memory| {
        reply.replace(&format!("\"fullUrl\":\"{}/", memory.base), "\"fullUrl\":\"");
    }),
    fault(
        "empty-is-404",
        "a search without matches is 404",
        &["SRC-02"],
    )
    .reply(|ask, reply, _| {
        if ask.is_search() && reply.value()["total"] == 0 {
            *reply = Reply::new(
                404,
                "application/fhir+json",
                "{\"resourceType\":\"OperationOutcome\"}",
            );
        }
    }),
    fault(
        "lost-next",
        "pages have no next link",
        &["SRC-03", "SRC-04"],
    )
    .reply(|_, reply, _| reply.each_link(|relation, url| (relation != "next").then(|| url.into()))),
    fault("lost-records", "later pages lack a record", &["SRC-04"]).reply(|ask, reply, _| {
        if ask.has_parameter("_cursor") {
            let mut is_first = true;
            reply.keep_entries(|_| !std::mem::take(&mut is_first));
        }
    }),
    fault(
        "internal-links",
        "links name the server behind the proxy",
        &["SRC-05"],
    )
    .reply(|_, reply, memory| {
        let base = memory.base.clone();
        reply.each_link(|_, url| Some(url.replace(&base, "http://10.0.0.5:8080/fhir")));
    }),
    fault(
        "ge-for-gt",
        "a periodic query yields what was changed at its bound, too",
        &["SRC-06", "SRC-08", "FIN-02", "each-11"],
    )
    .ask(|ask, _| {
        rewrite(ask, "_lastUpdated", |value| {
            Some(value.replacen("gt", "ge", 1))
        })
    }),
    fault(
        "loses-oldest",
        "a periodic query loses a record",
        &["SRC-07"],
    )
    .reply(|ask, reply, _| {
        if is_since(ask) {
            let mut is_first = true;
            reply.keep_entries(|_| !std::mem::take(&mut is_first));
        }
    }),
    fault("no-offset", "a time with an offset is refused", &["SRC-09"]).ask(|ask, _| {
        ask.query()
            .iter()
            .any(|(name, value)| name == "_lastUpdated" && value.contains('+'))
            .then(|| Reply::new(400, "application/fhir+json", "{}"))
    }),
    fault(
        "first-bound-only",
        "of two bounds the first one counts",
        &["SRC-10"],
    )
    .ask(|ask, _| {
        let mut seen = false;
        let mut pairs = ask.query();
        pairs.retain(|(name, _)| name != "_lastUpdated" || !std::mem::replace(&mut seen, true));
        if ask.is_search() {
            ask.set_query(&pairs);
        }
        None
    }),
    fault(
        "no-subject",
        "a search by subject finds nothing",
        &["SRC-11"],
    )
    .reply(|ask, reply, _| {
        if ask.has_parameter("subject") {
            empty(reply);
        }
    }),
    fault(
        "ignores-system",
        "the system of a code is ignored",
        &["SRC-12"],
    )
    .ask(|ask, _| {
        rewrite(ask, "category", |value| {
            Some(value.rsplit('|').next().unwrap_or(value).into())
        })
    }),
    fault(
        "no-version-id",
        "records have no version",
        &["SRC-13", "each-05"],
    )
    .reply(|_, reply, _| {
        reply.each_record(|record| {
            if let Some(meta) = record["meta"].as_object_mut() {
                meta.remove("versionId");
            }
        });
    }),
    fault(
        "searches-fail",
        "searches and reads are server errors",
        &["each-02"],
    )
    .ask(|ask, _| (ask.is_search() || ask.is_read()).then(|| Reply::new(500, "text/plain", ""))),
    fault(
        "finds-nothing",
        "searches are empty",
        &["each-03", "FIN-01", "FIN-03"],
    )
    .reply(|ask, reply, _| {
        if ask.is_search() {
            empty(reply);
        }
    }),
    fault(
        "ignores-last-updated",
        "_lastUpdated is ignored",
        &["each-12", "SRC-06"],
    )
    .ask(|ask, _| rewrite(ask, "_lastUpdated", |_| None)),
    FORGETS,
    FORGETS
        .renamed("forgets-answers", &["USC-QuestionnaireResponse-01"])
        .setting(with_everything),
    SWAPS_BOUNDS,
    SWAPS_BOUNDS
        .renamed("swaps-bounds-of-answers", &["USC-QuestionnaireResponse-03"])
        .setting(with_everything),
    fault(
        "foreign-provenance",
        "_revinclude adds Provenance of something else",
        &["USC-04"],
    )
    .reply(|ask, reply, _| {
        if ask.has_parameter("_revinclude") {
            reply.each_record(|record| {
                if record["resourceType"] == "Provenance" {
                    record["target"] = json!([{"reference": "Observation/of-somebody-else"}]);
                }
            });
        }
    }),
    fault(
        "no-medications",
        "_include adds no medications",
        &["USC-05"],
    )
    .reply(|ask, reply, _| {
        if ask.has_parameter("_include") {
            reply.keep_entries(|entry| entry["search"]["mode"] != "include");
        }
    }),
    fault(
        "ignores-results",
        "_sort, _summary and _elements are ignored",
        &["SRC-15"],
    )
    .ask(|ask, _| {
        if ask.is_search() {
            ask.each_parameter(|name, value| {
                (!["_sort", "_summary", "_elements"].contains(&name))
                    .then(|| (name.into(), value.into()))
            });
        }
        None
    }),
];
