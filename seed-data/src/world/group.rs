//! Group: patients that are exported together.

use super::Builder;
use crate::config::{Config, Named};
use crate::element::{identifier, reference};
use crate::json::Object;
use crate::moment;
use crate::named;
use crate::record::{Record, Seed};
use crate::story::Story;

/// Statistical patients of one group.
pub(crate) const SLICE: u64 = 1_000;
/// The complete patient, a child, somebody who died.
const CERTIFICATION: [&str; 3] = ["elena-tsosie", "kai-kahale", "harold-thompson"];

/// A group of named patients: key, name, who is in it.
type Gathering = (&'static str, &'static str, fn(&Story) -> bool);

const GATHERINGS: [Gathering; 5] = [
    ("named", "All named patients", |_| true),
    ("certification", "Patients for certification", |story| {
        CERTIFICATION.contains(&story.identity.id.as_str())
    }),
    ("children", "Children among the named patients", |story| {
        moment::age(story.identity.birth, story.as_of) < 18
    }),
    ("diabetes", "Named patients with diabetes", |story| {
        story
            .episodes
            .iter()
            .any(|episode| episode.condition.key == "t2dm")
    }),
    ("empty", "Nobody", |_| false),
];

/// The id and name of every group of a population.
pub(crate) fn all(config: &Config) -> Vec<(String, String)> {
    let named = GATHERINGS
        .iter()
        .filter(|_| config.named != Named::None)
        .map(|(key, name, _)| (format!("grp-{key}"), (*name).to_owned()));
    let slices = (0..config.patients.div_ceil(SLICE)).map(|slice| slice_name(config, slice));
    named
        .chain(slices.map(|(key, name)| (format!("grp-{key}"), name)))
        .collect()
}

/// The key and name of a slice of the statistical patients.
fn slice_name(config: &Config, slice: u64) -> (String, String) {
    let (first, last) = bounds(config, slice);
    let name = format!("Statistical patients {first} to {last}");
    (format!("pop-{:04}", slice + 1), name)
}

/// The first and the last patient of a slice.
fn bounds(config: &Config, slice: u64) -> (u64, u64) {
    let first = slice * SLICE + 1;
    (first, config.patients.min(first + SLICE - 1))
}

/// The groups of the named patients.
pub(crate) fn of_named(config: &Config) -> Record {
    let builder = Builder::new(config);
    let stories: Vec<Story> = named::tellers(config.named)
        .iter()
        .map(|story| story(config.as_of))
        .collect();
    let group = |(key, name, belongs): &Gathering| {
        let members = stories.iter().filter(|story| belongs(story));
        builder.group(
            key,
            name,
            members.map(|story| story.identity.id.clone()).collect(),
        )
    };
    Record {
        patient: None,
        seeds: if config.named == Named::None {
            Vec::new()
        } else {
            GATHERINGS.iter().map(group).collect()
        },
    }
}

/// The group of the statistical patients number `slice` × [`SLICE`] + 1 and on.
pub(crate) fn of_slice(config: &Config, slice: u64) -> Record {
    let (first, last) = bounds(config, slice);
    let members = (first..=last).map(|index| format!("pop-{index:06}"));
    let (key, name) = slice_name(config, slice);
    let seed = Builder::new(config).group(&key, &name, members.collect());
    Record {
        patient: None,
        seeds: vec![seed],
    }
}

impl Builder {
    fn group(&self, key: &str, name: &str, members: Vec<String>) -> Seed {
        let quantity = u32::try_from(members.len()).unwrap_or(u32::MAX);
        let members: Vec<Object> = members
            .into_iter()
            .map(|id| Object::new().with("entity", reference(&format!("Patient/{id}"))))
            .collect();
        self.draft("Group", format!("grp-{key}"))
            .with(
                "identifier",
                [identifier("https://example.org/cedar-ridge/group", key)],
            )
            .with("active", true)
            .with("type", "person")
            .with("actual", true)
            .with("name", name)
            .with("quantity", quantity)
            .with("member", members)
            .seed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(key: &str) -> Vec<String> {
        let record = of_named(&Config::default());
        let seed = record.seeds.iter().find(|seed| seed.id == key).unwrap();
        let group: serde_json::Value = serde_json::from_str(&seed.json).unwrap();
        let list = group["member"].as_array().cloned().unwrap_or_default();
        list.iter()
            .map(|member| member["entity"]["reference"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn groups_hold_whom_they_are_about() {
        assert_eq!(members("grp-certification").len(), 3);
        assert_eq!(members("grp-diabetes"), ["Patient/ruth-cohen"]);
        assert!(members("grp-children").contains(&"Patient/kai-kahale".to_owned()));
        assert!(members("grp-empty").is_empty());
    }
}
