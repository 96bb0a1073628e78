//! The search parameters of R4 and US Core, as published (`data/search-parameters.tsv`).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::resource_type::ResourceType;

/// How the values of a parameter are indexed and compared (R4, "Search Parameter Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A number, possibly with a prefix.
    Number,
    /// A point or period in time.
    Date,
    /// Text, matched from the start, ignoring case and accents.
    String,
    /// A coded value or identifier.
    Token,
    /// A reference to another resource.
    Reference,
    /// Several parameters that must be true of the same element.
    Composite,
    /// A number with a unit.
    Quantity,
    /// A URI, matched exactly.
    Uri,
    /// Logic of its own, such as `Location.near`.
    Special,
}

const KINDS: [(&str, Kind); 9] = [
    ("number", Kind::Number),
    ("date", Kind::Date),
    ("string", Kind::String),
    ("token", Kind::Token),
    ("reference", Kind::Reference),
    ("composite", Kind::Composite),
    ("quantity", Kind::Quantity),
    ("uri", Kind::Uri),
    ("special", Kind::Special),
];

impl Kind {
    /// The code of the search parameter type.
    pub fn as_str(self) -> &'static str {
        KINDS
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(code, _)| code)
    }
}

/// One row: a parameter of one type (or of all of them, base `Resource` or `DomainResource`).
#[derive(Debug, PartialEq, Eq)]
pub struct SearchParameter {
    /// Position in the table; stands for the parameter in index rows of a database whose
    /// [`fingerprint`] is the same.
    pub number: u16,
    /// The resource type, `Resource` or `DomainResource`.
    pub base: &'static str,
    /// The name in a query.
    pub code: &'static str,
    /// How values are compared.
    pub kind: Kind,
    /// FHIRPath; empty for the parameters that have none (`_text`, `_content`, `_query`).
    pub expression: &'static str,
    /// Types a reference may point to; empty when unlimited.
    pub targets: Vec<&'static str>,
    /// Canonical URL of the definition.
    pub url: &'static str,
    /// Of a composite: what must be true together of one element that the expression yields.
    pub components: Vec<Component>,
}

/// One part of a composite parameter.
#[derive(Debug, PartialEq, Eq)]
pub struct Component {
    /// The id of the definition that tells how its values are compared.
    pub definition: &'static str,
    /// `FHIRPath` below the element.
    pub expression: &'static str,
}

impl Component {
    /// A row with that definition.
    pub fn parameter(&self) -> Option<&'static SearchParameter> {
        let at = TABLE.by_definition.get(self.definition)?;
        TABLE.rows.get(*at)
    }
}

struct Table {
    rows: Vec<SearchParameter>,
    by_name: HashMap<(&'static str, &'static str), usize>,
    by_definition: HashMap<&'static str, usize>,
}

const TEXT: &str = include_str!("../data/search-parameters.tsv");

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let rows: Vec<_> = TEXT.lines().skip(1).zip(0u16..).filter_map(parse).collect();
    let by_name = rows
        .iter()
        .enumerate()
        .map(|(at, row)| ((row.base, row.code), at))
        .collect();
    let definition = |row: &SearchParameter| row.url.rsplit('/').next().unwrap_or_default();
    let by_definition = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (definition(row), at))
        .collect();
    Table {
        rows,
        by_name,
        by_definition,
    }
});

fn parse((line, number): (&'static str, u16)) -> Option<SearchParameter> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().unwrap_or_default();
    let (base, code, kind, expression, targets, components, url) =
        (cell(), cell(), cell(), cell(), cell(), cell(), cell());
    Some(SearchParameter {
        number,
        base,
        code,
        kind: KINDS.iter().find(|(name, _)| *name == kind)?.1,
        expression,
        targets: match resolved_type(expression) {
            Some(only) => vec![only],
            None => targets.split('|').filter(|name| !name.is_empty()).collect(),
        },
        url,
        components: read_components(components, url),
    })
}

/// The definitions of this composite's two parts are published the wrong way round: the code is
/// said to be a reference and the target a code.
const EXCHANGED: &str = "http://hl7.org/fhir/SearchParameter/DocumentReference-relationship";

fn read_components(cell: &'static str, url: &str) -> Vec<Component> {
    let parts = || cell.split(" ; ").filter_map(|part| part.split_once(':'));
    let mut definitions: Vec<_> = parts().map(|(definition, _)| definition).collect();
    if url == EXCHANGED {
        definitions.reverse();
    }
    definitions
        .into_iter()
        .zip(parts())
        .map(|(definition, (_, expression))| Component {
            definition,
            expression,
        })
        .collect()
}

/// An expression such as `X.subject.where(resolve() is Patient)` lets no other type through,
/// whatever targets the published row lists; and an element `patient` refers to a patient in every
/// type of R4, although the definition that those types share with others lists groups too.
fn resolved_type(expression: &'static str) -> Option<&'static str> {
    if expression.ends_with(".patient") {
        return Some("Patient");
    }
    let (_, rest) = expression.split_once("resolve() is ")?;
    let end = rest.find(|letter: char| !letter.is_ascii_alphabetic());
    Some(rest.split_at(end.unwrap_or(rest.len())).0)
}

/// The parameter `code` of `resource_type`, its own or an inherited one.
pub fn find(resource_type: ResourceType, code: &str) -> Option<&'static SearchParameter> {
    bases(resource_type).find_map(|base| {
        let at = TABLE.by_name.get(&(base, code))?;
        TABLE.rows.get(*at)
    })
}

/// Every parameter of `resource_type`, inherited ones last.
pub fn of(resource_type: ResourceType) -> impl Iterator<Item = &'static SearchParameter> {
    bases(resource_type).flat_map(|base| {
        let start = TABLE.rows.partition_point(|row| row.base < base);
        TABLE
            .rows
            .iter()
            .skip(start)
            .take_while(move |row| row.base == base)
    })
}

/// Every row of the table.
pub fn all() -> impl Iterator<Item = &'static SearchParameter> + Clone {
    TABLE.rows.iter()
}

fn bases(resource_type: ResourceType) -> impl Iterator<Item = &'static str> {
    let domain = resource_type
        .is_domain_resource()
        .then_some("DomainResource");
    [Some(resource_type.as_str()), domain, Some("Resource")]
        .into_iter()
        .flatten()
}

/// Changes whenever the table does, so that a database indexed under another table is noticed
/// and indexed again (FNV-1a of the table's text).
pub fn fingerprint() -> u64 {
    TEXT.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_row_and_rows_are_sorted_and_unique() {
        assert_eq!(TABLE.rows.len(), TEXT.lines().count() - 1);
        assert!(
            TABLE
                .rows
                .windows(2)
                .all(|pair| (pair[0].base, pair[0].code) < (pair[1].base, pair[1].code))
        );
    }

    #[test]
    fn composites_have_parts_that_are_defined() {
        let composites = all().filter(|row| row.kind == Kind::Composite);
        assert_eq!(composites.clone().count(), 72);
        for row in composites {
            assert!(row.components.len() > 1, "{}", row.url);
            for component in &row.components {
                assert!(component.parameter().is_some(), "{}", component.definition);
            }
        }
    }

    #[test]
    fn bases_and_targets_are_types() {
        for row in all() {
            let base = row.base;
            assert!(
                ["Resource", "DomainResource"].contains(&base)
                    || ResourceType::parse(base).is_some(),
                "{base}"
            );
            for target in &row.targets {
                assert!(ResourceType::parse(target).is_some(), "{target}");
            }
        }
    }

    #[test]
    fn an_expression_that_tests_the_type_decides_the_target() {
        let observation = ResourceType::parse("Observation").unwrap();
        assert_eq!(find(observation, "patient").unwrap().targets, ["Patient"]);
        let immunization = ResourceType::parse("Immunization").unwrap();
        assert_eq!(find(immunization, "patient").unwrap().targets, ["Patient"]);
        assert!(find(observation, "subject").unwrap().targets.len() > 1);
    }

    #[test]
    fn own_parameters_come_before_inherited_ones() {
        let patient = ResourceType::parse("Patient").unwrap();
        let codes: Vec<_> = of(patient).map(|row| row.code).collect();
        assert!(codes.contains(&"birthdate") && codes.contains(&"_lastUpdated"));
        assert_eq!(find(patient, "_id").unwrap().base, "Resource");
        let binary = ResourceType::parse("Binary").unwrap();
        assert_eq!(find(binary, "_text"), None);
    }
}
