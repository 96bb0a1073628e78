//! What FHIR adds to `FHIRPath`. <http://hl7.org/fhir/R4/fhirpath.html#functions>

use std::borrow::Cow;

use super::{Function, Invocation, function, one, reference, yes};
use crate::definition::Kind;
use crate::narrative;
use crate::path::ast::Member;
use crate::path::error::PathError;
use crate::path::evaluate::Answer;
use crate::path::item::Item;
use crate::path::node::Node;

pub(super) const FUNCTIONS: &[Function] = &[
    function("conformsTo", 1, 1, conforms_to),
    function("extension", 1, 1, extension),
    function("getValue", 0, 0, |call| Ok(one(value(call)))),
    function("hasValue", 0, 0, |call| Ok(yes(value(call).is_some()))),
    function("htmlChecks", 0, 0, |call| {
        Ok(yes(call.input.iter().all(is_narrative)))
    }),
    function("memberOf", 1, 1, member_of),
    function("resolve", 0, 0, |call| {
        Ok(call
            .input
            .iter()
            .filter_map(|item| target(call, item))
            .collect())
    }),
];

fn extension<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let Some(url) = call.text(0)? else {
        return Ok(Vec::new());
    };
    let member = Member::new("extension");
    let has_url = |node: &Node<'_>| {
        node.value()
            .and_then(|value| value.get("url"))
            .and_then(|url| url.as_str())
            == Some(&*url)
    };
    let mut items = Vec::new();
    for node in call.input.iter().filter_map(Item::node) {
        node.each_member(&member, &mut |node| {
            if has_url(&node) {
                items.push(Item::Node(node));
            }
        });
    }
    Ok(items)
}

/// The value of a single primitive that has one.
fn value<'a>(call: &Invocation<'_, 'a>) -> Option<Item<'a>> {
    let [Item::Node(node)] = call.input else {
        return None;
    };
    (node.definition().kind == Kind::Primitive)
        .then(|| node.system())
        .flatten()
}

fn is_narrative(item: &Item<'_>) -> bool {
    item.as_text()
        .is_some_and(|text| narrative::check(&text).is_ok())
}

fn member_of<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let (Some(item), Some(value_set)) = (call.single()?, call.text(0)?) else {
        return Ok(Vec::new());
    };
    let answer = call.evaluator.surroundings.member_of(item, &value_set);
    answer.map(yes).ok_or(PathError::Unavailable("memberOf"))
}

fn conforms_to<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let (Some(item), Some(profile)) = (call.single()?, call.text(0)?) else {
        return Ok(Vec::new());
    };
    let Some(node) = item.node() else {
        return Ok(yes(false));
    };
    let answer = call.evaluator.surroundings.conforms_to(node, &profile);
    answer.map(yes).ok_or(PathError::Unavailable("conformsTo"))
}

/// The target of a reference. What cannot be found is left out, or is known by type only where
/// nobody can be asked.
fn target<'a>(call: &Invocation<'_, 'a>, item: &Item<'a>) -> Option<Item<'a>> {
    let surroundings = call.evaluator.surroundings;
    let text = reference_text(item);
    let text = text.as_deref();
    if let Some(id) = text.and_then(|text| text.strip_prefix('#')) {
        return reference::contained(&call.evaluator.root_resource, id).map(Item::Node);
    }
    if surroundings.can_resolve() {
        let found = text.and_then(|text| surroundings.resolve(text));
        return found.map(|resource| Item::Node(Node::resource(resource)));
    }
    let ty = text.and_then(reference::target_type);
    ty.or_else(|| reference::stated_type(item.node()?))
        .map(Item::Unresolved)
}

/// The text of a Reference, or of a primitive that is a reference itself.
fn reference_text<'a>(item: &Item<'a>) -> Option<Cow<'a, str>> {
    match item.node().and_then(Node::value) {
        Some(value) if value.is_object() => value
            .get("reference")
            .and_then(|text| text.as_str())
            .map(Cow::Borrowed),
        _ => item.as_text(),
    }
}
