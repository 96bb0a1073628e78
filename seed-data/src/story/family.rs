//! The parents of a child, who act for it.

use chrono::NaiveDate;

use crate::identifier;
use crate::moment::age;
use crate::person::Identity;
use crate::resource::related_person::Relative;
use crate::stream::Stream;
use crate::table::people::NAME_PARTS;

/// The mother of a child below 18, most often, and in many families the father.
pub(super) fn parents(child: &Identity, last: NaiveDate, stream: &mut Stream) -> Vec<Relative> {
    if age(child.birth, last) >= 18 {
        return Vec::new();
    }
    let mother = parent(
        child,
        ("mother", "given-female", "female", &["MTH"]),
        stream,
    );
    let father = parent(child, ("father", "given-male", "male", &["FTH"]), stream);
    let [has_mother, has_father] = [stream.chance(0.95), stream.chance(0.6)];
    [has_mother.then_some(mother), has_father.then_some(father)]
        .into_iter()
        .flatten()
        .collect()
}

type Role = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

fn parent(
    child: &Identity,
    (key, names, gender, relationships): Role,
    stream: &mut Stream,
) -> Relative {
    let names: Vec<&'static str> = NAME_PARTS
        .iter()
        .filter(|part| part.kind == names)
        .map(|part| part.name)
        .collect();
    Relative {
        key,
        given: stream.pick(&names).copied().unwrap_or("Alex"),
        family: child.family.clone(),
        gender,
        relationships,
        phone: identifier::phone(child.place.area_code, stream),
    }
}
