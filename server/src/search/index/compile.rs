//! The search parameters of a type with their expressions, compiled once.

use fhir::compartment::{Membership, patient_membership};
use fhir::definition::{self, Type};
use fhir::path::Path;
use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Component, Kind, SearchParameter};

use super::Key;
use super::gate::{Gate, Gates};
use super::kept::{Kept, Parts, kept};
use crate::search::query::is_offered;

/// Values of one kind that a path leads to. Parameters have them in common: `code` and
/// `code-value-quantity` both look at the code.
#[derive(PartialEq)]
pub(super) struct Source {
    pub(super) kind: Kind,
    pub(super) path: Path,
    pub(super) gate: Gate,
}

/// Sources by their places in [`Extractor::sources`].
pub(super) type Places = Vec<usize>;

/// A parameter whose values are those of its sources.
pub(super) struct Compiled {
    pub(super) key: Key,
    pub(super) code: &'static str,
    pub(super) sources: Places,
}

/// A parameter that has the values of several components side by side, for each element.
pub(super) struct Composite {
    pub(super) key: Key,
    pub(super) code: &'static str,
    pub(super) elements: Vec<Elements>,
}

/// Elements that have the components of a composite parameter.
#[derive(PartialEq)]
pub(super) enum Elements {
    /// The resource itself.
    Itself(Vec<(Kind, Places)>),
    /// Parts of it.
    Below {
        gate: Gate,
        path: Path,
        components: Vec<(Kind, Path)>,
    },
}

/// All that resources of a type are found by.
pub(super) struct Extractor {
    pub(super) narrative: Option<Key>,
    pub(super) content: Option<Key>,
    /// Where the values of each parameter are kept.
    pub(super) kept: Kept,
    pub(super) gates: Gates,
    pub(super) sources: Vec<Source>,
    pub(super) parameters: Vec<Compiled>,
    pub(super) composites: Vec<Composite>,
    pub(super) membership: Vec<Key>,
    pub(super) is_patient: bool,
    pub(super) labels: Option<Key>,
}

impl Extractor {
    pub(super) fn compile(resource_type: ResourceType) -> Result<Self, String> {
        let mut compiler = Compiler::of(resource_type);
        let mut parameters = search_parameter::of(resource_type)
            // Columns of the resource itself, not rows.
            .filter(|parameter| !["_id", "_lastUpdated"].contains(&parameter.code))
            .filter(|parameter| is_offered(parameter) && !parameter.expression.is_empty())
            .filter(|parameter| parameter.kind != Kind::Composite)
            .map(|parameter| {
                let key = Key::parameter(parameter);
                compiler.parameter(key, parameter.code, parameter.kind, parameter.expression)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let membership = patient_membership(resource_type);
        if let Membership::Context(path) = membership {
            let key = Key::context(resource_type);
            parameters.push(compiler.parameter(key, "context", Kind::Reference, path)?);
        }
        let references = match membership {
            Membership::References(references) | Membership::Itself(references) => {
                references.as_slice()
            }
            _ => &[],
        };
        let mut composites = search_parameter::of(resource_type)
            .filter(|parameter| parameter.kind == Kind::Composite)
            .map(|parameter| compiler.composite(parameter))
            .collect::<Result<Vec<_>, _>>()?;
        let common = |code| search_parameter::find(resource_type, code).map(Key::parameter);
        let (narrative, content) = (common("_text"), common("_content"));
        let mut kept = kept(&each(&parameters, |one| (one.key, &one.sources[..])));
        kept.extend(self::kept(&each(&composites, |one| {
            (one.key, &one.elements[..])
        })));
        let words = narrative.into_iter().chain(content);
        kept.extend(words.map(|key| (key, vec![key])));
        kept.sort_unstable();
        let has_rows = |key: Key| kept.iter().any(|(_, keys)| keys.contains(&key));
        parameters.retain(|one| has_rows(one.key));
        composites.retain(|one| has_rows(one.key));
        Ok(Self {
            narrative,
            content,
            kept,
            gates: compiler.gates,
            sources: compiler.sources,
            parameters,
            composites,
            membership: references.iter().map(|row| Key::parameter(row)).collect(),
            is_patient: matches!(membership, Membership::Itself(_)),
            labels: common("_security"),
        })
    }

    /// The keys under which the values of a parameter are kept.
    pub(super) fn kept(&self, key: Key) -> &[Key] {
        let at = self.kept.binary_search_by_key(&key, |(key, _)| *key);
        at.ok()
            .and_then(|at| self.kept.get(at))
            .map_or(&[], |(_, keys)| keys)
    }
}

fn each<'a, P, T>(all: &'a [P], parts: impl Fn(&'a P) -> Parts<'a, T>) -> Vec<Parts<'a, T>> {
    all.iter().map(parts).collect()
}

struct Compiler {
    ty: &'static Type,
    gates: Gates,
    sources: Vec<Source>,
}

impl Compiler {
    fn of(resource_type: ResourceType) -> Self {
        let ty = definition::find(resource_type.as_str());
        Self {
            ty: ty.unwrap_or_else(definition::resource),
            gates: Gates::default(),
            sources: Vec::new(),
        }
    }

    fn parameter(
        &mut self,
        key: Key,
        code: &'static str,
        kind: Kind,
        expression: &str,
    ) -> Result<Compiled, String> {
        let sources = self.sources(kind, &parse(code, expression)?);
        Ok(Compiled { key, code, sources })
    }

    fn sources(&mut self, kind: Kind, path: &Path) -> Places {
        let parts = path.alternatives(self.ty).into_iter();
        parts.map(|path| self.source(kind, path)).collect()
    }

    fn source(&mut self, kind: Kind, path: Path) -> usize {
        let gate = self.gates.of(path.needs(self.ty));
        let source = Source { kind, path, gate };
        let known = self.sources.iter().position(|known| *known == source);
        known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        })
    }

    fn composite(&mut self, parameter: &'static SearchParameter) -> Result<Composite, String> {
        let code = parameter.code;
        let component = |component: &Component| {
            let definition = component
                .parameter()
                .ok_or_else(|| format!("{code}: {} is not defined", component.definition))?;
            Ok::<_, String>((definition.kind, parse(code, component.expression)?))
        };
        let components = parameter.components.iter().map(component);
        let components = components.collect::<Result<Vec<_>, _>>()?;
        let parts = parse(code, parameter.expression)?.alternatives(self.ty);
        let parts = parts.into_iter();
        Ok(Composite {
            key: Key::parameter(parameter),
            code,
            elements: parts.map(|path| self.elements(path, &components)).collect(),
        })
    }

    fn elements(&mut self, path: Path, components: &[(Kind, Path)]) -> Elements {
        if path.is_itself() {
            let components = components.iter();
            let sources = components.map(|(kind, path)| (*kind, self.sources(*kind, path)));
            return Elements::Itself(sources.collect());
        }
        Elements::Below {
            gate: self.gates.of(path.needs(self.ty)),
            path,
            components: components.to_vec(),
        }
    }
}

fn parse(code: &str, expression: &str) -> Result<Path, String> {
    Path::parse(expression).map_err(|error| format!("{code}: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_expression_compiles() {
        for ty in ResourceType::all() {
            if let Err(reason) = Extractor::compile(ty) {
                panic!("{ty}: {reason}");
            }
        }
    }

    #[test]
    fn what_others_hold_together_is_not_kept_again() {
        let mut found = Vec::new();
        for ty in ResourceType::all() {
            let extractor = Extractor::compile(ty).unwrap();
            let code = |key: &Key| {
                let mut all = search_parameter::of(ty);
                all.find(|parameter| Key::parameter(parameter) == *key)
                    .map_or("", |parameter| parameter.code)
            };
            for (key, keys) in extractor.kept.iter().filter(|(_, keys)| keys.len() > 1) {
                let others: Vec<_> = keys.iter().map(code).collect();
                found.push(format!("{ty} {} = {}", code(key), others.join(" + ")));
                assert!(extractor.parameters.iter().all(|one| one.key != *key));
            }
        }
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "Observation combo-code = code + component-code",
                "Observation combo-code-value-concept = code-value-concept + component-code-value-concept",
                "Observation combo-code-value-quantity = code-value-quantity + component-code-value-quantity",
                "Observation combo-data-absent-reason = component-data-absent-reason + data-absent-reason",
                "Observation combo-value-concept = component-value-concept + value-concept",
                "Observation combo-value-quantity = component-value-quantity + value-quantity",
            ]
        );
    }

    #[test]
    fn a_composite_looks_where_its_components_do() {
        let observation = ResourceType::parse("Observation").unwrap();
        let extractor = Extractor::compile(observation).unwrap();
        let key = |code| Key::parameter(search_parameter::find(observation, code).unwrap());
        let sources = |code| {
            let mut parameters = extractor.parameters.iter();
            let parameter = parameters.find(|one| one.key == key(code));
            &parameter.unwrap().sources
        };
        let mut composites = extractor.composites.iter();
        let both = composites.find(|one| one.key == key("code-value-quantity"));
        match &both.unwrap().elements[..] {
            [Elements::Itself(components)] => {
                assert_eq!(&components[0].1, sources("code"));
                assert_eq!(components[1].1, sources("value-quantity")[..1]);
            }
            _ => panic!("the observation itself"),
        }
        assert_ne!(sources("subject"), sources("patient"));
    }

    #[test]
    fn only_what_a_resource_can_have_is_looked_for() {
        let observation = ResourceType::parse("Observation").unwrap();
        let extractor = Extractor::compile(observation).unwrap();
        let open = |resource| {
            let seen = extractor.gates.seen(&resource);
            let sources = extractor.sources.iter();
            let open = sources.filter(|source| source.gate.is_open(seen));
            open.map(|source| source.path.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(open(json!({})), Vec::<&str>::new());
        assert_eq!(
            open(json!({ "code": {}, "valueQuantity": {} })),
            ["code", "value.as(Quantity)"]
        );
    }
}
