//! `_summary` and `_elements` of a request.

use fhir::definition;
use fhir::resource_type::ResourceType;
use fhir::subset::{Subset, Wanted};

use crate::problem::{Kind, Problem};
use crate::search::refusal::{illegal, nothing};

/// Reads the two parameters. `_summary=count` counts, and a read has nothing to count.
/// With `of`, `_elements` must name elements of that type.
pub fn parse(
    pairs: &[(String, String)],
    counts: bool,
    of: Option<ResourceType>,
) -> Result<Subset, Problem> {
    let value = |wanted: &str| {
        let found = pairs.iter().rfind(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let summary = value("_summary").map_or(Ok(Subset::Whole), |value| summary(value, counts))?;
    if summary == Subset::Text && includes(pairs) {
        return Err(Problem::new(
            Kind::Invalid,
            "_summary=text does not go together with _include or _revinclude.",
        )
        .at_parameter("_summary"));
    }
    let Some(elements) = value("_elements") else {
        return Ok(summary);
    };
    if summary != Subset::Whole {
        return Err(Problem::new(
            Kind::Invalid,
            "_elements does not go together with _summary: send one of them.",
        )
        .at_parameter("_elements"));
    }
    self::elements(elements, of)
}

fn includes(pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(name, _)| {
        let name = name.split(':').next();
        matches!(name, Some("_include" | "_revinclude"))
    })
}

fn summary(value: &str, counts: bool) -> Result<Subset, Problem> {
    match value {
        "true" => Ok(Subset::Summary),
        "text" => Ok(Subset::Text),
        "data" => Ok(Subset::Data),
        "false" => Ok(Subset::Whole),
        "count" if counts => Ok(Subset::Whole),
        "" => Err(nothing("_summary")),
        _ if counts => Err(illegal(
            "_summary",
            value,
            "true, text, data, count or false",
        )),
        _ => Err(illegal("_summary", value, "true, text, data or false")),
    }
}

fn elements(value: &str, of: Option<ResourceType>) -> Result<Subset, Problem> {
    let is_name = |name: &str| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'[' | b']');
        !name.is_empty() && name.bytes().all(legal)
    };
    let names: Vec<_> = value.split(',').map(str::trim).collect();
    if value.is_empty() {
        return Err(nothing("_elements"));
    }
    if !names.iter().all(|name| is_name(name)) {
        let accepted = "names of elements with commas between them, such as status,code";
        return Err(illegal("_elements", value, accepted));
    }
    let wanted: Vec<_> = names.into_iter().map(Wanted::parse).collect();
    if let Some(unknown) = wanted.iter().find(|wanted| !is_there(wanted, of)) {
        let ty = unknown.resource_type.as_deref();
        let ty = ty.or(of.map(ResourceType::as_str)).unwrap_or_default();
        let accepted = format!("names of elements of {ty} with commas between them");
        return Err(illegal("_elements", &unknown.name, &accepted));
    }
    Ok(Subset::Elements(wanted))
}

/// Whether the type has the element; without a type nobody can tell.
fn is_there(wanted: &Wanted, of: Option<ResourceType>) -> bool {
    let name = wanted.resource_type.as_deref();
    let ty = name.or(of.map(ResourceType::as_str));
    ty.and_then(definition::find).is_none_or(|ty| {
        let name = wanted.name.as_str();
        name == "resourceType" || ty.element(name).is_some() || ty.json_element(name).is_some()
    })
}
