//! Walking down. <http://hl7.org/fhirpath/N1/#tree-navigation>

use super::{Function, Invocation, function};
use crate::path::evaluate::Answer;
use crate::path::item::Item;

pub(super) const FUNCTIONS: &[Function] = &[
    function("children", 0, 0, children),
    function("descendants", 0, 0, descendants),
];

fn children<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let items: Vec<_> = call.input.iter().flat_map(children_of).collect();
    call.evaluator.spend(items.len())?;
    Ok(items)
}

/// All below the input, level by level.
fn descendants<'a>(call: &Invocation<'_, 'a>) -> Answer<'a> {
    let mut items: Vec<_> = call.input.iter().flat_map(children_of).collect();
    let mut at = 0;
    while let Some(item) = items.get(at) {
        let below = children_of(item);
        call.evaluator.spend(1 + below.len())?;
        items.extend(below);
        at += 1;
    }
    Ok(items)
}

fn children_of<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    let children = item
        .node()
        .map(crate::path::Node::children)
        .unwrap_or_default();
    children
        .into_iter()
        .map(|(_, node)| Item::Node(node))
        .collect()
}
