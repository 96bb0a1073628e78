//! What surrounds an evaluation: the instant, variables and the answers only a server has.

use std::fmt;

use super::item::Item;
use super::node::Node;
use super::temporal::DateTime;
use serde_json::Value;

/// Finds the resource a reference's text names.
pub type Resolve<'e> = dyn Fn(&str) -> Option<&'e Value> + 'e;
/// Whether an item is a member of the value set with this URL; nothing if that is unknown.
pub type MemberOf<'e> = dyn Fn(&Item<'_>, &str) -> Option<bool> + 'e;
/// Whether an element conforms to the profile with this URL; nothing if that is unknown.
pub type ConformsTo<'e> = dyn Fn(&Node<'_>, &str) -> Option<bool> + 'e;

/// The surroundings of an evaluation. The default knows nothing, which is enough to extract search
/// values: `resolve()` then yields an item of which only the type is known.
#[derive(Default, Clone)]
pub struct Environment<'e> {
    /// What `now()`, `today()` and `timeOfDay()` say; also lends its offset to moments without one.
    pub now: Option<chrono::DateTime<chrono::FixedOffset>>,
    /// Items, letters and comparisons an evaluation may cost; 20 million if not given.
    pub budget: Option<u32>,
    /// `%resource`; the evaluated node if not given.
    pub resource: Option<Node<'e>>,
    /// `%rootResource`, whose contained resources `#id` refers to; `%resource` if not given.
    pub root_resource: Option<Node<'e>>,
    /// Further variables by name, without the percent sign.
    pub variables: Vec<(&'e str, Vec<Item<'e>>)>,
    /// Answers `resolve()` for references other than `#id`.
    pub resolve: Option<&'e Resolve<'e>>,
    /// Answers `memberOf()`.
    pub member_of: Option<&'e MemberOf<'e>>,
    /// Answers `conformsTo()`.
    pub conforms_to: Option<&'e ConformsTo<'e>>,
}

impl Environment<'_> {
    /// Minutes east of UTC that a moment without an offset is taken to have.
    pub(super) fn offset(&self) -> i16 {
        self.now
            .and_then(DateTime::from_chrono)
            .and_then(|now| now.offset)
            .unwrap_or(0)
    }
}

/// An environment as an evaluation of the shorter lifetime `'a` sees it.
pub(super) trait Surroundings<'a> {
    fn variable(&self, name: &str) -> Option<Vec<Item<'a>>>;
    /// Whether there is anyone to ask for the target of a reference.
    fn can_resolve(&self) -> bool;
    fn resolve(&self, reference: &str) -> Option<&'a Value>;
    fn member_of(&self, item: &Item<'_>, value_set: &str) -> Option<bool>;
    fn conforms_to(&self, node: &Node<'_>, profile: &str) -> Option<bool>;
}

impl<'a, 'e: 'a> Surroundings<'a> for Environment<'e> {
    fn variable(&self, name: &str) -> Option<Vec<Item<'a>>> {
        self.variables
            .iter()
            .find(|variable| variable.0 == name)
            .map(|(_, items)| items.clone())
    }

    fn can_resolve(&self) -> bool {
        self.resolve.is_some()
    }

    fn resolve(&self, reference: &str) -> Option<&'a Value> {
        self.resolve.and_then(|resolve| resolve(reference))
    }

    fn member_of(&self, item: &Item<'_>, value_set: &str) -> Option<bool> {
        self.member_of
            .and_then(|member_of| member_of(item, value_set))
    }

    fn conforms_to(&self, node: &Node<'_>, profile: &str) -> Option<bool> {
        self.conforms_to
            .and_then(|conforms_to| conforms_to(node, profile))
    }
}

impl fmt::Debug for Environment<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Environment")
            .field("now", &self.now)
            .field("resource", &self.resource.map(|node| node.type_name()))
            .field(
                "root_resource",
                &self.root_resource.map(|node| node.type_name()),
            )
            .finish_non_exhaustive()
    }
}
