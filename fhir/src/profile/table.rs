//! The tables of profiles, read once.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::Profile;
use super::element::ElementRule;
use super::invariant::Invariant;
use super::read::ElementRow;
use crate::definition;
use crate::table::{cells, present, rows};
use crate::us_core::UsCore;

pub(super) static ELEMENTS: &str = include_str!("../../data/us-core/elements.tsv");
static CONSTRAINTS: &str = include_str!("../../data/us-core/constraints.tsv");
static PROFILES: &str = include_str!("../../data/us-core/profiles.tsv");

const ELEMENT_COLUMNS: usize = 15;

/// A row of `data/us-core/profiles.tsv` and the profiles made of it, one for each release.
struct Entry {
    name: &'static str,
    versions: &'static str,
    ty: &'static str,
    url: &'static str,
    title: &'static str,
    /// The version, where it is not that of the release.
    own_version: Option<&'static str>,
    made: [OnceLock<Option<Profile>>; 6],
}

/// The rows of one profile, which follow one another, by its name.
type Rows = HashMap<&'static str, Vec<&'static str>>;

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| rows(PROFILES).map(Entry::read).collect());
static BY_URL: LazyLock<HashMap<&'static str, &'static Entry>> =
    LazyLock::new(|| ENTRIES.iter().map(|entry| (entry.url, entry)).collect());
static ELEMENT_ROWS: LazyLock<Rows> = LazyLock::new(|| by_profile(ELEMENTS));
static CONSTRAINT_ROWS: LazyLock<Rows> = LazyLock::new(|| by_profile(CONSTRAINTS));

fn by_profile(table: &'static str) -> Rows {
    let mut found = Rows::new();
    for row in rows(table) {
        let [profile] = cells(row);
        found.entry(profile).or_default().push(row);
    }
    found
}

impl Entry {
    fn read(row: &'static str) -> Self {
        let [name, versions, ty, _kind, url, title, own_version] = cells(row);
        Self {
            name,
            versions,
            ty,
            url,
            title,
            own_version: present(own_version),
            made: Default::default(),
        }
    }

    fn is_of(&self, release: UsCore) -> bool {
        self.versions.contains(release.digit())
    }

    /// The release that a version of this profile is of; without a version `preferred` if it has
    /// the profile, else the newest.
    fn release(&self, version: Option<&str>, preferred: UsCore) -> Option<UsCore> {
        let mut releases = UsCore::all().rev().filter(|release| self.is_of(*release));
        match version {
            Some(version) if self.own_version.is_none() => {
                releases.find(|release| release.as_str() == version)
            }
            Some(version) if self.own_version != Some(version) => None,
            _ if self.is_of(preferred) => Some(preferred),
            _ => releases.next(),
        }
    }

    fn profile(&'static self, release: UsCore) -> Option<&'static Profile> {
        let made = &self.made[release.index()];
        made.get_or_init(|| self.make(release)).as_ref()
    }

    fn make(&self, release: UsCore) -> Option<Profile> {
        Some(Profile {
            name: self.name,
            url: self.url,
            version: self.own_version.unwrap_or(release.as_str()),
            title: self.title,
            release,
            ty: definition::find(self.ty)?,
            rules: rules(self.name, release),
        })
    }
}

fn rules(profile: &str, release: UsCore) -> ElementRule {
    let mut rules = ElementRule::default();
    for row in ELEMENT_ROWS.get(profile).into_iter().flatten() {
        let [_, versions, row @ ..]: [_; ELEMENT_COLUMNS] = cells(row);
        if versions.contains(release.digit()) {
            let row: ElementRow = row;
            rules.add(&row);
        }
    }
    for row in CONSTRAINT_ROWS.get(profile).into_iter().flatten() {
        let [_, versions, path, key, severity, expression] = cells(row);
        if versions.contains(release.digit()) {
            rules.add_invariant(path, Invariant::new(key, severity, expression));
        }
    }
    rules.mark_slices();
    rules
}

pub(super) fn find(canonical: &str, preferred: UsCore) -> Option<&'static Profile> {
    let (url, version) = match canonical.split_once('|') {
        Some((url, version)) => (url, Some(version)),
        None => (canonical, None),
    };
    let entry = *BY_URL.get(url)?;
    entry.profile(entry.release(version, preferred)?)
}

pub(super) fn of_release(release: UsCore) -> impl Iterator<Item = &'static Profile> {
    let entries = ENTRIES.iter().filter(move |entry| entry.is_of(release));
    entries.filter_map(move |entry| entry.profile(release))
}

/// The resource type that a target cell means: a type, or the type of a profile by its name.
pub(super) fn target(name: &'static str) -> &'static str {
    let entry = ENTRIES.iter().find(|entry| entry.name == name);
    entry.map_or(name, |entry| entry.ty)
}
