//! The part of a stored resource that was asked for.

use std::borrow::Cow;

use fhir::subset::Subset;

use crate::store::Stored;

/// The bytes as stored, unless something is cut from them.
pub(super) fn part<'a>(stored: &'a Stored, subset: &Subset, is_match: bool) -> Cow<'a, [u8]> {
    // What is contained has another type than the resource whose address it has.
    let is_whole = if stored.id.contains('#') {
        *subset == Subset::Whole
    } else {
        subset.is_whole(stored.resource_type.as_str(), is_match)
    };
    if is_whole {
        return Cow::Borrowed(&stored.body);
    }
    Cow::Owned(cut(&stored.body, subset, is_match))
}

/// What is left of a resource; what is not JSON is left as it is.
pub fn cut(json: &[u8], subset: &Subset, is_match: bool) -> Vec<u8> {
    match serde_json::from_slice(json) {
        Ok(resource) => subset.of(&resource, is_match).to_string().into_bytes(),
        Err(_) => json.to_vec(),
    }
}
