//! Which modifiers a parameter takes (R4, "Modifiers"), by its kind.

use fhir::search_parameter::{Kind, SearchParameter};

/// One row for each kind. A reference takes the names of its target types besides.
const MODIFIERS: &[(Kind, &[&str])] = &[
    (Kind::Number, &["missing"]),
    (Kind::Date, &["missing"]),
    (Kind::String, &["missing", "exact", "contains", "text"]),
    (
        Kind::Token,
        &[
            "missing", "text", "not", "in", "not-in", "above", "below", "of-type",
        ],
    ),
    (Kind::Reference, &["missing", "text", "identifier"]),
    (Kind::Composite, &["missing"]),
    (Kind::Quantity, &["missing"]),
    (Kind::Uri, &["missing", "above", "below"]),
    (Kind::Special, &["missing"]),
];

/// The modifiers a parameter takes, without the colon; the types of a reference are not listed.
pub fn of(parameter: &SearchParameter) -> &'static [&'static str] {
    // Full-text parameters take none, the logical id only what does not look at other codes.
    if parameter.expression.is_empty() {
        return &[];
    }
    if parameter.code == "_id" {
        return &["missing", "not"];
    }
    MODIFIERS
        .iter()
        .find(|(kind, _)| *kind == parameter.kind)
        .map_or(&[], |(_, modifiers)| modifiers)
}

#[cfg(test)]
mod tests {
    use fhir::resource_type::ResourceType;
    use fhir::search_parameter;

    use super::*;
    use crate::problem::Kind as ProblemKind;
    use crate::search::clause::Clause;
    use crate::search::query::{Context, is_offered};
    use crate::search::terminology::Published;

    /// Every modifier of any kind, with a value that is legal wherever the modifier is.
    const TRIED: &[(&str, &str)] = &[
        ("missing", "true"),
        ("exact", "a"),
        ("contains", "a"),
        ("text", "a"),
        ("not", "a"),
        ("in", "http://hl7.org/fhir/ValueSet/administrative-gender"),
        (
            "not-in",
            "http://hl7.org/fhir/ValueSet/administrative-gender",
        ),
        ("above", "http://a.org/x"),
        ("below", "http://a.org/x"),
        ("of-type", "http://s|c|v"),
        ("identifier", "a"),
        ("iterate", "a"),
        ("foo", "a"),
    ];

    #[test]
    fn exactly_the_modifiers_of_the_table_are_taken() {
        let context = Context {
            base: "http://x",
            now: chrono::DateTime::UNIX_EPOCH,
            terminology: &Published,
        };
        for ty in ResourceType::all() {
            for parameter in search_parameter::of(ty).filter(|parameter| is_offered(parameter)) {
                for (modifier, value) in TRIED {
                    let name = format!("{}:{modifier}", parameter.code);
                    let taken = match Clause::parse(ty, &name, value, &context) {
                        Ok(_) => true,
                        // The hierarchy of a code system is asked for with a code.
                        Err(problem) => problem.kind == ProblemKind::Value,
                    };
                    assert_eq!(taken, of(parameter).contains(modifier), "{ty}?{name}");
                }
            }
        }
    }
}
