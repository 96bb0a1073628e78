//! Where this server's own endpoints say it is: they move with its public base URL.
//!
//! Endpoints come with the first content, made for a server at some address, and outlive changes of
//! ports and names. At each start those that name the former base get a new version that names
//! the present one; endpoints of other servers stay as they are.

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;
use serde_json::{Value, json};

use crate::access::restriction::Restriction;
use crate::problem::Problem;
use crate::search::plan::Plan;
use crate::search::{date, index};
use crate::store::{Incoming, Occupied, Store, Transaction};

/// Under this name a database records the base that its endpoints name.
const BASE: &str = "base";

/// Moves the endpoints from the recorded base, or from `formerly` when none is recorded, to `base`.
pub(crate) fn take(
    store: &Store,
    (formerly, base): (&str, &str),
    now: DateTime<Utc>,
) -> Result<u64, Problem> {
    let recorded = store.property(BASE)?;
    let former = recorded.as_deref().unwrap_or(formerly).to_owned();
    if recorded.as_deref() == Some(base) {
        return Ok(0);
    }
    let ty = ResourceType::parse("Endpoint").ok_or_else(|| Problem::unknown_type("Endpoint"))?;
    let mut moved = Vec::new();
    store.each(&Plan::all(ty, &Restriction::none()), |found| {
        let endpoint = serde_json::from_slice(found.body).ok();
        moved.extend(endpoint.and_then(|endpoint| relocated(endpoint, &former, base)));
    })?;
    let base = base.to_owned();
    store.change(move |transaction| {
        let count = moved.len() as u64;
        for endpoint in moved {
            put(transaction, ty, endpoint, now)?;
        }
        transaction.set_property(BASE, &base)?;
        Ok(count)
    })
}

/// The endpoint at its new address; `None` when it is not this server's.
fn relocated(mut endpoint: Value, former: &str, base: &str) -> Option<Value> {
    let below = endpoint["address"].as_str()?.strip_prefix(former)?;
    let is_own = !former.is_empty() && (below.is_empty() || below.starts_with('/'));
    let address = is_own.then(|| format!("{base}{below}"))?;
    endpoint["address"] = json!(address);
    Some(endpoint)
}

fn put(
    transaction: &Transaction<'_>,
    ty: ResourceType,
    mut endpoint: Value,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let id = endpoint["id"].as_str().unwrap_or_default().to_owned();
    let version = match transaction.occupied(ty, &id)? {
        Occupied::Current(version) => version + 1,
        // It was deleted meanwhile.
        Occupied::Free | Occupied::Deleted(_) => return Ok(()),
    };
    endpoint["meta"]["versionId"] = json!(version.to_string());
    endpoint["meta"]["lastUpdated"] = json!(date::print(now));
    let rows = index::extract(ty, &endpoint).map_err(|error| Problem::internal(&error))?;
    let incoming = Incoming {
        resource_type: ty,
        id,
        updated: now,
        body: endpoint.to_string().into_bytes(),
        earlier: Vec::new(),
        rows,
    };
    Ok(transaction.put(incoming, version)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_server_move() {
        let moved = |address: &str| {
            let endpoint = json!({ "resourceType": "Endpoint", "address": address });
            let moved = relocated(endpoint, "http://old/fhir", "http://new/fhir");
            moved.map(|endpoint| endpoint["address"].as_str().unwrap_or_default().to_owned())
        };
        assert_eq!(moved("http://old/fhir").as_deref(), Some("http://new/fhir"));
        let images = moved("http://old/fhir/dicomweb");
        assert_eq!(images.as_deref(), Some("http://new/fhir/dicomweb"));
        assert_eq!(moved("http://old/fhirther"), None);
        assert_eq!(moved("http://elsewhere/fhir"), None);
        assert_eq!(relocated(json!({ "address": "x" }), "", "http://new"), None);
    }
}
