//! `_sort`: by which values, in which direction (R4, "Sorting").

use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind, SearchParameter};

use super::index::{self, Key};
use crate::problem::{self, Problem, printable};

const MAX_KEYS: usize = 5;

/// One sort key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sort {
    /// What is compared.
    pub by: By,
    /// Greatest first.
    pub descending: bool,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    /// The logical id.
    Id,
    /// `meta.lastUpdated`.
    Updated,
    /// The least value of a parameter ascending, the greatest descending. Resources without one
    /// come last. Its values are kept under these keys.
    Value(&'static [Key], Kind),
}

/// Reads `_sort=key,-key` and adds the keys to those that are there.
pub fn parse(resource_type: ResourceType, text: &str, keys: &mut Vec<Sort>) -> Result<(), Problem> {
    let more: Vec<&str> = text.split(',').collect();
    if keys.len() + more.len() > MAX_KEYS {
        return Err(refused(&format!("At most {MAX_KEYS} sort keys are taken")));
    }
    for key in more {
        keys.push(one(resource_type, key)?);
    }
    Ok(())
}

fn one(resource_type: ResourceType, text: &str) -> Result<Sort, Problem> {
    let (code, descending) = match text.strip_prefix('-') {
        Some(code) => (code, true),
        None => (text, false),
    };
    let parameter = search_parameter::find(resource_type, code)
        .filter(|parameter| is_sortable(parameter))
        .ok_or_else(|| {
            refused(&format!(
                "{resource_type} cannot be sorted by '{}'",
                printable(code)
            ))
        })?;
    let by = match code {
        "_id" => By::Id,
        "_lastUpdated" => By::Updated,
        _ => By::Value(index::kept(resource_type, parameter), parameter.kind),
    };
    Ok(Sort { by, descending })
}

fn is_sortable(parameter: &SearchParameter) -> bool {
    // The parts of a composite and a place have no order among them.
    super::query::is_offered(parameter)
        && !parameter.expression.is_empty()
        && !matches!(parameter.kind, Kind::Composite | Kind::Special)
}

fn refused(what: &str) -> Problem {
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!("{what}; accepted: names of its search parameters, '-' before one for descending."),
    )
    .at_parameter("_sort")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Sort>, Problem> {
        let observation = ResourceType::parse("Observation").unwrap();
        let mut keys = Vec::new();
        parse(observation, text, &mut keys).map(|()| keys)
    }

    #[test]
    fn keys_are_read_in_order() {
        let keys = read("-date,_id").unwrap();
        assert!(keys[0].descending && matches!(keys[0].by, By::Value(_, Kind::Date)));
        assert_eq!(
            keys[1],
            Sort {
                by: By::Id,
                descending: false
            }
        );
        for text in ["foo", "-", "", "date,,_id", "a,b,c,d,e,f"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
