//! Where in a resource an element stands.

use std::fmt;

/// A path from the root of a resource to an element. Each place borrows the one above it, so that
/// nothing is allocated unless an issue needs the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    above: Option<&'p Place<'p>>,
    step: Step<'p>,
    depth: usize,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

impl<'p> Place<'p> {
    /// The root, called by its resource type.
    pub(super) fn root(resource_type: &'p str) -> Self {
        Self {
            above: None,
            step: Step::Name(resource_type),
            depth: 0,
        }
    }

    /// The element `name` below this place.
    pub(super) fn member<'q>(&'q self, name: &'q str) -> Place<'q> {
        Place {
            above: Some(self),
            step: Step::Name(name),
            depth: self.depth + 1,
        }
    }

    /// The occurrence `index`, counted from 0, of the repeating element at this place.
    pub(super) fn index(&self, index: usize) -> Place<'_> {
        Place {
            above: Some(self),
            step: Step::Index(index),
            depth: self.depth + 1,
        }
    }

    /// How many steps below the root.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(formatter)?;
        }
        match self.step {
            Step::Name(name) if self.above.is_some() => write!(formatter, ".{name}"),
            Step::Name(name) => formatter.write_str(name),
            Step::Index(index) => write!(formatter, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_a_path() {
        let root = Place::root("Patient");
        let contacts = root.member("contact");
        let contact = contacts.index(0);
        let name = contact.member("name");
        assert_eq!(name.to_string(), "Patient.contact[0].name");
        assert_eq!(name.depth(), 3);
    }
}
