//! `$translate`: what a code is called elsewhere (R4, operation `ConceptMap-translate`).

use std::sync::Arc;

use fhir::terminology::{ConceptMap, Mapping, code_system, concept_maps};
use serde_json::{Value, json};

use super::coded::{self, Coded};
use super::{Answer, parameters, unknown};
use crate::operation::{Arguments, Call, Level, Operation, Request, input, output};
use crate::problem::{Problem, printable};

/// The row.
pub const OPERATION: Operation = Operation {
    code: "translate",
    id: "ConceptMap-translate",
    definition: "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate",
    title: "Translate a code",
    description: "Says what a code is called in another system, by the concept maps that R4 publishes between its own codes and those of HL7 version 2 and 3.",
    levels: &[Level::Type],
    types: &["ConceptMap"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input(
            "url",
            0,
            "1",
            "uri",
            "The concept map; without it, all that are known.",
        ),
        input("code", 0, "1", "code", "The code; needs the system."),
        input("system", 0, "1", "uri", "The system of the code."),
        input("coding", 0, "1", "Coding", "The code with its system."),
        input(
            "codeableConcept",
            0,
            "1",
            "CodeableConcept",
            "Several codes, each of which is translated.",
        ),
        input("source", 0, "1", "uri", "The value set the code is from."),
        input("target", 0, "1", "uri", "The value set to translate to."),
        input("targetsystem", 0, "1", "uri", "The system to translate to."),
        input(
            "reverse",
            0,
            "1",
            "boolean",
            "Use the maps from their targets to their sources.",
        ),
        output(
            "result",
            1,
            "1",
            "boolean",
            "Whether there is a translation.",
        ),
        output("message", 0, "1", "string", "Why there is none."),
        output(
            "match",
            0,
            "*",
            "BackboneElement",
            "A translation: equivalence, concept and source, the map.",
        ),
    ],
    searches: false,
    read,
};

/// Which maps are used, and which way.
struct Asked<'a> {
    url: Option<&'a str>,
    source: Option<&'a str>,
    target: Option<&'a str>,
    target_system: Option<&'a str>,
    is_reverse: bool,
}

/// A mapping the way it is asked for.
struct Translation {
    map: &'static str,
    system: &'static str,
    code: &'static str,
    equivalence: &'static str,
}

/// What an equivalence is when it is read the other way.
const REVERSED: &[(&str, &str)] = &[
    ("wider", "narrower"),
    ("narrower", "wider"),
    ("subsumes", "specializes"),
    ("specializes", "subsumes"),
];

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let asked = Asked::read(&arguments)?;
    let sent = coded::codes(&arguments, None)?;
    let maps: Vec<_> = concept_maps().filter(|map| asked.names(map)).collect();
    if maps.is_empty() {
        let named = asked
            .url
            .or(asked.target)
            .or(asked.source)
            .unwrap_or_default();
        return Err(unknown(&format!(
            "There is no concept map '{}' here, or none between these value sets",
            printable(named)
        )));
    }
    let translations: Vec<_> = maps
        .iter()
        .flat_map(|map| map.mappings.iter().map(|mapping| (map.url, mapping)))
        .flat_map(|(url, mapping)| {
            sent.iter()
                .filter_map(|coded| asked.translate(url, mapping, coded))
                .collect::<Vec<_>>()
        })
        .collect();
    Ok(Arc::new(Answer(rendered(&translations))))
}

impl<'a> Asked<'a> {
    fn read(arguments: &'a Arguments) -> Result<Self, Problem> {
        Ok(Self {
            url: arguments.text("url"),
            source: arguments.text("source"),
            target: arguments.text("target"),
            target_system: arguments.text("targetsystem"),
            is_reverse: arguments.boolean("reverse")?.unwrap_or(false),
        })
    }

    /// Whether a map is to be used.
    fn names(&self, map: &ConceptMap) -> bool {
        let (from, to) = if self.is_reverse {
            (map.target, map.source)
        } else {
            (map.source, map.target)
        };
        let is = |asked: Option<&str>, own: &str| {
            asked.is_none_or(|asked| asked.split_once('|').map_or(asked, |(url, _)| url) == own)
        };
        is(self.url, map.url) && is(self.source, from) && is(self.target, to)
    }

    fn translate(
        &self,
        map: &'static str,
        mapping: &Mapping,
        coded: &Coded,
    ) -> Option<Translation> {
        let target = (mapping.target_system, mapping.target_code?);
        let (from, to) = if self.is_reverse {
            (target, mapping.source)
        } else {
            (mapping.source, target)
        };
        let is_meant = from == (coded.system.as_str(), coded.code.as_str());
        let is_wanted = self.target_system.is_none_or(|system| system == to.0);
        let reversed = REVERSED
            .iter()
            .find(|(equivalence, _)| *equivalence == mapping.equivalence);
        (is_meant && is_wanted).then(|| Translation {
            map,
            system: to.0,
            code: to.1,
            equivalence: reversed
                .filter(|_| self.is_reverse)
                .map_or(mapping.equivalence, |(_, other)| other),
        })
    }
}

fn rendered(translations: &[Translation]) -> Value {
    let is_match =
        |translation: &Translation| !["unmatched", "disjoint"].contains(&translation.equivalence);
    let result = translations.iter().any(is_match);
    let message = (!result).then(|| json!({ "name": "message", "valueString": "The concept maps known here have no translation of this code." }));
    let matches = translations
        .iter()
        .map(|translation| Some(translation.rendered()));
    parameters(
        [
            Some(json!({ "name": "result", "valueBoolean": result })),
            message,
        ]
        .into_iter()
        .chain(matches),
    )
}

impl Translation {
    fn rendered(&self) -> Value {
        let concept = code_system(self.system).and_then(|system| system.concept(self.code));
        let mut coding = json!({ "system": self.system, "code": self.code });
        if let Some(display) = concept.and_then(|concept| concept.display) {
            coding["display"] = json!(display);
        }
        json!({ "name": "match", "part": [
            { "name": "equivalence", "valueCode": self.equivalence },
            { "name": "concept", "valueCoding": coding },
            { "name": "source", "valueUri": self.map },
        ]})
    }
}
