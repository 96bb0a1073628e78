//! QIDO-RS: which of the images that a caller may see match (PS3.18 §10.6), as DICOM JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::attribute::{self, Attribute, Kind};
use super::matching::{holds, texts};
use super::{Instance, Uid};
use crate::problem::{self, Problem, printable};

/// What a result describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Studies.
    Study,
    /// Series.
    Series,
    /// Instances.
    Instance,
}

/// Most results of one answer.
const MOST: usize = 1000;

/// A search, read.
#[derive(Debug, Clone)]
pub struct Search {
    level: Level,
    tests: Vec<(&'static Attribute, String)>,
    included: Vec<&'static Attribute>,
    includes_all: bool,
    limit: usize,
    offset: usize,
    /// Whether `fuzzymatching` was asked for, which is not offered.
    pub is_fuzzy: bool,
}

impl Search {
    /// Reads the pairs of a URL. An attribute that is not offered, and a value that is not legal,
    /// is refused.
    pub fn parse(level: Level, pairs: &[(String, String)]) -> Result<Self, Problem> {
        let mut search = Self {
            level,
            tests: Vec::new(),
            included: Vec::new(),
            includes_all: false,
            limit: MOST,
            offset: 0,
            is_fuzzy: false,
        };
        for (name, value) in pairs {
            search.take(name, value)?;
        }
        Ok(search)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        match name {
            "limit" => self.limit = number(name, value)?.min(MOST),
            "offset" => self.offset = number(name, value)?,
            "fuzzymatching" => self.is_fuzzy = value == "true",
            "includefield" => self.include(value)?,
            // How the answer is to be written was settled before.
            "accept" => {}
            _ => {
                let attribute = attribute::find(name)
                    .filter(|row| row.matches.is_some() && row.level <= self.level)
                    .ok_or_else(|| self.unknown(name))?;
                check(attribute, value)?;
                // An empty value matches everything (PS3.4 §C.2.2.2.3).
                if !value.is_empty() {
                    self.tests.push((attribute, value.to_owned()));
                }
            }
        }
        Ok(())
    }

    fn include(&mut self, value: &str) -> Result<(), Problem> {
        for name in value.split(',') {
            if name == "all" {
                self.includes_all = true;
                continue;
            }
            let attribute = attribute::find(name).ok_or_else(|| self.unknown(name))?;
            self.included.push(attribute);
        }
        Ok(())
    }

    fn unknown(&self, name: &str) -> Problem {
        let accepted: Vec<_> = attribute::TABLE
            .iter()
            .filter(|row| row.matches.is_some() && row.level <= self.level)
            .map(|row| row.keyword)
            .collect();
        Problem::new(
            problem::Kind::UnsupportedParameter,
            format!(
                "'{}' is no attribute that is searched here; accepted: {}, includefield, limit, offset.",
                printable(name),
                accepted.join(", ")
            ),
        )
        .at_parameter(&printable(name))
    }

    /// Only of this study, or of this series.
    pub fn within(&mut self, study: Option<&Uid>, series: Option<&Uid>) {
        for (name, uid) in [("StudyInstanceUID", study), ("SeriesInstanceUID", series)] {
            if let (Some(uid), Some(attribute)) = (uid, attribute::find(name)) {
                self.tests.push((attribute, uid.as_str().to_owned()));
            }
        }
    }

    /// The one study that is asked for, if one is.
    pub fn study(&self) -> Option<Uid> {
        let mut tests = self.tests.iter();
        tests.find_map(|(row, value)| {
            (row.keyword == "StudyInstanceUID").then(|| Uid::parse(value))?
        })
    }

    /// The results among `seen`, with addresses below `base`, and whether the limit cut some off.
    pub fn results(&self, seen: &[Instance], base: &str) -> (Vec<Value>, bool) {
        let mut groups: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
        for instance in seen {
            groups.entry(self.key(instance)).or_default().push(instance);
        }
        let found: Vec<Value> = groups
            .values()
            .filter_map(|group| self.result(group, seen, base))
            .collect();
        let is_cut = found.len() > self.offset.saturating_add(self.limit);
        let page = found.into_iter().skip(self.offset).take(self.limit);
        (page.collect(), is_cut)
    }

    fn key<'a>(&self, instance: &'a Instance) -> &'a str {
        match self.level {
            Level::Study => &instance.study,
            Level::Series => &instance.series,
            Level::Instance => &instance.uid,
        }
    }

    /// The result of a group, if all tests hold.
    fn result(&self, group: &[&Instance], seen: &[Instance], base: &str) -> Option<Value> {
        let first = group.first()?;
        let mut all = first.attributes.clone();
        all.extend(counted(first, seen, &self.address(first, base)));
        let holds =
            |(row, wanted): &(&'static Attribute, String)| holds(row, wanted, all.get(row.tag));
        if !self.tests.iter().all(holds) {
            return None;
        }
        let mut out = BTreeMap::new();
        for row in attribute::TABLE.iter().filter(|row| self.shows(row)) {
            let value = all.get(row.tag).cloned();
            out.insert(row.tag, value.unwrap_or_else(|| json!({ "vr": row.vr })));
        }
        Some(json!(out))
    }

    fn shows(&self, row: &Attribute) -> bool {
        let asked = self.includes_all || self.included.iter().any(|other| other.tag == row.tag);
        row.level <= self.level && (row.is_default || asked)
    }

    fn address(&self, instance: &Instance, base: &str) -> String {
        let path = instance.path();
        let parts = match self.level {
            Level::Study => 2,
            Level::Series => 4,
            Level::Instance => 6,
        };
        let path: Vec<_> = path.split('/').take(parts).collect();
        format!("{base}/{}", path.join("/"))
    }
}

/// What no file says by itself.
fn counted(of: &Instance, seen: &[Instance], address: &str) -> Map<String, Value> {
    let study: Vec<_> = seen
        .iter()
        .filter(|other| other.study == of.study)
        .collect();
    let distinct = |name: fn(&Instance) -> String| {
        let mut all: Vec<_> = study.iter().map(|other| name(other)).collect();
        all.sort();
        all.dedup();
        all
    };
    let series = distinct(|other| other.series.clone());
    let in_series = study.iter().filter(|other| other.series == of.series);
    let number = |count: usize| json!({ "vr": "IS", "Value": [count] });
    let members = [
        ("00080056", json!({ "vr": "CS", "Value": ["ONLINE"] })),
        (
            "00080061",
            json!({ "vr": "CS", "Value": distinct(|other| texts(other.attributes.get("00080060")).concat()) }),
        ),
        ("00081190", json!({ "vr": "UR", "Value": [address] })),
        ("00201206", number(series.len())),
        ("00201208", number(study.len())),
        ("00201209", number(in_series.count())),
    ];
    members
        .map(|(tag, value)| (tag.to_owned(), value))
        .into_iter()
        .collect()
}

fn check(row: &Attribute, value: &str) -> Result<(), Problem> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let range = |is_legal: &dyn Fn(&str) -> bool| {
        let (from, until) = value.split_once('-').unwrap_or((value, ""));
        is_legal(from) && is_legal(until) && value != "-"
    };
    let (is_legal, accepted) = match row.matches {
        Some(Kind::Uid) => (
            value.is_empty()
                || value
                    .split([',', '\\'])
                    .all(|uid| Uid::parse(uid).is_some()),
            "unique identifiers separated by commas",
        ),
        Some(Kind::Date) => (
            range(&|day| digits(day) && [0, 8].contains(&day.len())),
            "YYYYMMDD, YYYYMMDD-, -YYYYMMDD or YYYYMMDD-YYYYMMDD",
        ),
        Some(Kind::Time) => (
            range(&|time| {
                time.bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.')
            }),
            "HHMMSS or a range of two",
        ),
        _ => (true, ""),
    };
    if is_legal {
        return Ok(());
    }
    Err(illegal(row.keyword, value, accepted))
}

fn number(name: &str, value: &str) -> Result<usize, Problem> {
    value
        .parse()
        .map_err(|_| illegal(name, value, "a whole number"))
}

fn illegal(name: &str, value: &str, accepted: &str) -> Problem {
    Problem::new(
        problem::Kind::Value,
        format!(
            "'{}' is not a value of {name}; accepted: {accepted}.",
            printable(value)
        ),
    )
    .at_parameter(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_offered_is_refused_with_what_is() {
        let parse = |name: &str, value: &str| {
            Search::parse(Level::Study, &[(name.to_owned(), value.to_owned())])
        };
        assert!(parse("PatientID", "1").is_ok());
        assert!(parse("0020000d", "2.25.1").is_ok());
        for (name, value) in [
            ("StudyDate", "2025-01-01"),
            ("StudyInstanceUID", "x"),
            ("limit", "-1"),
            ("SOPInstanceUID", "1"),
            ("RetrieveURL", "x"),
            ("Nonsense", "x"),
            ("includefield", "Nonsense"),
        ] {
            let problem = parse(name, value).unwrap_err();
            assert_eq!(problem.kind.status(), 400, "{name}");
            assert!(problem.diagnostics.contains("accepted"), "{name}");
        }
    }
}
