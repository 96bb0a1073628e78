//! One search over several types: of the whole server, or of a compartment
//! (R4, "Search Context").

use fhir::compartment;
use fhir::resource_type::ResourceType;

use super::query::{Context, Handling, Query};
use crate::problem::{self, Problem, printable};

/// The resources that belong to one resource (R4, "Compartments").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compartment {
    /// The type that the compartment is named after.
    pub of: ResourceType,
    /// Whose.
    pub id: String,
}

/// The same search of several types, all matches in one order.
#[derive(Debug, Clone)]
pub struct Several {
    /// One query for each type, which differ in the type only. At least one.
    pub queries: Vec<Query>,
    /// Whether the client named the types.
    pub named: bool,
    /// The type that is looked for inside those that are searched (`_contained`).
    pub contained: Option<ResourceType>,
}

impl Several {
    /// Reads a search of the types that `_type` names or, without it, of all types there are.
    /// Every parameter must be one of each of the types (R4: "only parameters that are common").
    pub fn parse(
        within: Option<&Compartment>,
        pairs: &[(String, String)],
        handling: Handling,
        context: &Context<'_>,
    ) -> Result<Self, Problem> {
        let all = |ty: &ResourceType| within.is_none_or(|within| within.may_hold(*ty));
        let (named, pairs): (Vec<_>, Vec<_>) =
            pairs.iter().cloned().partition(|(name, _)| name == "_type");
        let mut types: Vec<_> = ResourceType::all().filter(all).collect();
        for (_, value) in &named {
            let wanted = named_types(value)?;
            types.retain(|ty| wanted.contains(ty));
        }
        if types.is_empty() {
            return Err(no_type(within));
        }
        let (pairs, ignored) = common(&types, pairs, handling, context)?;
        let mut queries = types
            .iter()
            .map(|ty| Query::parse(*ty, &pairs, handling, context))
            .collect::<Result<Vec<_>, _>>()?;
        for query in &mut queries {
            query.path = within.map_or(String::new(), Compartment::path_of_all);
            query.within = within.cloned();
            query.ignored.extend(ignored.iter().cloned());
            query.applied.splice(0..0, named.iter().cloned());
        }
        Ok(Self {
            queries,
            named: !named.is_empty(),
            contained: None,
        })
    }
}

/// Parameters that every type has; under lenient handling the others are left out and reported.
type Common = (Vec<(String, String)>, Vec<Problem>);

fn common(
    types: &[ResourceType],
    pairs: Vec<(String, String)>,
    handling: Handling,
    context: &Context<'_>,
) -> Result<Common, Problem> {
    let mut kept = Vec::new();
    let mut ignored = Vec::new();
    for pair in pairs {
        let one = std::slice::from_ref(&pair);
        let refusal = types
            .iter()
            .find_map(|ty| Query::parse(*ty, one, Handling::Strict, context).err());
        match refusal {
            Some(problem)
                if problem.kind == problem::Kind::UnsupportedParameter
                    && handling == Handling::Lenient =>
            {
                ignored.push(problem);
            }
            // An empty value is judged with the others.
            Some(problem) if !pair.1.is_empty() => return Err(problem),
            _ => kept.push(pair),
        }
    }
    Ok((kept, ignored))
}

fn named_types(value: &str) -> Result<Vec<ResourceType>, Problem> {
    value
        .split(',')
        .map(|name| {
            ResourceType::parse(name).ok_or_else(|| {
                Problem::new(
                    problem::Kind::UnsupportedValue,
                    format!(
                        "'{}' is not a resource type of FHIR R4; '_type' takes names of types with commas between.",
                        printable(name)
                    ),
                )
                .at_parameter("_type")
            })
        })
        .collect()
}

fn no_type(within: Option<&Compartment>) -> Problem {
    let place = within.map_or("this search".to_owned(), |within| {
        format!("the compartment of {}", within.of)
    });
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!("None of the types named in '_type' is in {place}."),
    )
    .at_parameter("_type")
}

impl Compartment {
    /// The compartment of a resource; `None` when its type has none.
    pub fn of(of: ResourceType, id: &str) -> Option<Self> {
        compartment::NAMES.contains(&of.as_str()).then(|| Self {
            of,
            id: id.to_owned(),
        })
    }

    /// Whether resources of the type can be in it.
    pub fn may_hold(&self, ty: ResourceType) -> bool {
        self.of == ty || !compartment::parameters_of(self.of, ty).is_empty()
    }

    fn path_of_all(&self) -> String {
        format!("{}/{}/*", self.of, self.id)
    }
}
