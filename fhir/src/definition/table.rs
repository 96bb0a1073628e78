//! Reading the embedded tables into static structures.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::element::Members;
use super::{Binding, Element, Kind, Strength, Symbol, Type};
use crate::table::{cells, present, rows};

static TYPES: &str = include_str!("../../data/types.tsv");
static ELEMENTS: &str = include_str!("../../data/elements.tsv");

/// All types and elements, cross-linked by number.
pub(super) struct Definitions {
    pub(super) types: Vec<Type>,
    pub(super) symbols: HashMap<&'static str, Symbol>,
    elements: Vec<Element>,
    by_path: HashMap<&'static str, u16>,
}

/// The tables, read at the first call.
pub(super) fn definitions() -> &'static Definitions {
    static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
    DEFINITIONS.get_or_init(Definitions::read)
}

impl Definitions {
    pub(super) fn find(&self, path: &str) -> Option<&Type> {
        self.by_path.get(path).map(|number| self.numbered(*number))
    }

    pub(super) fn numbered(&self, number: u16) -> &Type {
        &self.types[usize::from(number)]
    }

    pub(super) fn element(&self, number: u16) -> &Element {
        &self.elements[usize::from(number)]
    }

    fn read() -> Self {
        let mut reader = Reader::default();
        reader.types();
        let rows: Vec<[&'static str; 10]> = rows(ELEMENTS).map(cells).collect();
        for row in &rows {
            reader.backbone(row);
        }
        for row in &rows {
            reader.element(row);
        }
        reader.finish()
    }
}

/// The tables while they are being read.
#[derive(Default)]
struct Reader {
    types: Vec<Type>,
    elements: Vec<Element>,
    by_path: HashMap<&'static str, u16>,
    symbols: HashMap<&'static str, Symbol>,
    names: HashMap<&'static str, &'static [&'static str]>,
    choices: HashMap<&'static str, &'static [u16]>,
    /// The elements a type introduces, by the type's number.
    own: Vec<Vec<u16>>,
}

impl Reader {
    fn types(&mut self) {
        for [name, kind, is_abstract, derivation, _, pattern] in rows(TYPES).map(cells) {
            self.add_type(Type {
                is_abstract: is_abstract == "true",
                is_constraint: derivation == "constraint",
                pattern: present(pattern),
                ..anonymous(name, name, kind_of(kind))
            });
        }
        for [name, _, _, _, parent, _] in rows(TYPES).map(cells) {
            let parent = self.by_path.get(parent).copied();
            if let Some(number) = self.by_path.get(name) {
                self.types[usize::from(*number)].parent = parent;
            }
        }
    }

    fn add_type(&mut self, ty: Type) {
        let number = number(self.types.len());
        self.by_path.insert(ty.path, number);
        self.types.push(Type { number, ..ty });
        self.own.push(Vec::new());
    }

    /// Adds the anonymous type of an element that has elements of its own.
    fn backbone(&mut self, row: &[&'static str; 10]) {
        let [path, _, _, name, ..] = *row;
        if matches!(name, "BackboneElement" | "Element") {
            let parent = self.by_path.get(name).copied();
            self.add_type(Type {
                parent,
                ..anonymous(path, name, Kind::Backbone)
            });
        }
    }

    fn element(&mut self, row: &[&'static str; 10]) {
        let [
            path,
            min,
            max,
            types,
            targets,
            strength,
            value_set,
            flags,
            reference,
            profiles,
        ] = *row;
        let Some((owner, last)) = path.rsplit_once('.') else {
            return;
        };
        let name = last.trim_end_matches("[x]");
        let element = Element {
            path,
            name,
            min: min.parse().unwrap_or(0),
            max: max.parse().ok(),
            types: self.list(types),
            targets: self.list(targets),
            binding: Strength::parse(strength).map(|strength| Binding {
                strength,
                value_set,
            }),
            is_summary: flags.contains('S'),
            is_modifier: flags.contains('M'),
            content_reference: present(reference),
            profiles: self.list(profiles),
            member_types: self.member_types(path, types, reference),
        };
        let next = number(self.symbols.len());
        self.symbols.entry(name).or_insert(Symbol(next));
        if let Some(owner) = self.by_path.get(owner) {
            self.own[usize::from(*owner)].push(number(self.elements.len()));
        }
        self.elements.push(element);
    }

    /// A cell of values separated by `|`, kept once however often it occurs.
    fn list(&mut self, cell: &'static str) -> &'static [&'static str] {
        if cell.is_empty() {
            return &[];
        }
        self.names
            .entry(cell)
            .or_insert_with(|| Vec::leak(cell.split('|').collect()))
    }

    fn member_types(
        &mut self,
        path: &'static str,
        types: &'static str,
        reference: &str,
    ) -> Members {
        let one = [path, reference, types]
            .into_iter()
            .find_map(|path| self.by_path.get(path));
        if let Some(number) = one.filter(|_| !path.ends_with("[x]")) {
            return Members::One(*number);
        }
        let by_path = &self.by_path;
        let many = self.choices.entry(types).or_insert_with(|| {
            Vec::leak(
                types
                    .split('|')
                    .filter_map(|name| by_path.get(name).copied())
                    .collect(),
            )
        });
        Members::Many(many)
    }

    fn finish(mut self) -> Definitions {
        for number in 0..self.types.len() {
            let order = self.inherited(number);
            let ty = &mut self.types[number];
            let elements = &self.elements;
            let symbol = |number: u16| self.symbols[elements[usize::from(number)].name];
            let mut by_symbol: Vec<_> = order
                .iter()
                .map(|number| (symbol(*number), *number))
                .collect();
            by_symbol.sort_unstable();
            ty.choices = order
                .iter()
                .copied()
                .filter(|at| elements[usize::from(*at)].is_choice())
                .collect();
            ty.by_symbol = by_symbol.into();
            ty.order = order.into();
        }
        Definitions {
            types: self.types,
            symbols: self.symbols,
            elements: self.elements,
            by_path: self.by_path,
        }
    }

    /// The elements of a type, those of its ancestors first; a redefinition stands in for what it
    /// redefines.
    fn inherited(&self, number: usize) -> Vec<u16> {
        let parent = self.types[number].parent;
        let mut order = parent.map_or_else(Vec::new, |parent| self.inherited(usize::from(parent)));
        let name = |number: u16| self.elements[usize::from(number)].name;
        for own in &self.own[number] {
            match order
                .iter_mut()
                .find(|inherited| name(**inherited) == name(*own))
            {
                Some(inherited) => *inherited = *own,
                None => order.push(*own),
            }
        }
        order
    }
}

fn anonymous(path: &'static str, name: &'static str, kind: Kind) -> Type {
    Type {
        path,
        name,
        kind,
        is_abstract: false,
        is_constraint: false,
        pattern: None,
        number: 0,
        parent: None,
        order: Box::default(),
        by_symbol: Box::default(),
        choices: Box::default(),
    }
}

fn kind_of(text: &str) -> Kind {
    match text {
        "resource" => Kind::Resource,
        "primitive-type" => Kind::Primitive,
        _ => Kind::Complex,
    }
}

/// The tables hold far fewer than 65,536 rows, which a test asserts.
fn number(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
