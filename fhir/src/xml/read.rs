//! From XML to JSON.

use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};
use serde_json::{Map, Number, Value};

use super::attribute::{Attributes, attributes, none_left, take};
use super::fault::{Breach, Fault, shown};
use super::field::{Content, Fields};
use super::write::position;
use super::{MAX_DEPTH, NAMESPACE, XHTML};
use crate::definition::{self, Kind, Type};

/// Reads a resource. Its members come in the order of their definitions, `resourceType` first.
/// What has the wrong form (`<birthDate value="x"/>`) is read as it is: that is for
/// [`crate::validate`] to say. A byte order mark in front is skipped.
pub fn read(bytes: &[u8]) -> Result<Value, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Fault::new(Breach::Encoding, "The text is not UTF-8."))?;
    let mut reader = Reader::new(text);
    let Step::Start(tag) = reader.next()? else {
        return Err(Fault::structure("The text has no element."));
    };
    let resource = reader.resource(&tag)?;
    match reader.next()? {
        Step::End if reader.depth == 0 => Ok(resource),
        _ => Err(Fault::structure("The text has more than one root element.")),
    }
}

struct Reader<'t> {
    events: NsReader<&'t [u8]>,
    text: &'t str,
    /// Where the event that was read last begins.
    start: usize,
    depth: usize,
}

/// What comes next; space, comments and the declaration are passed over.
enum Step {
    Start(Tag),
    /// The end of the open element, or of the text when none is open.
    End,
}

/// A start tag.
struct Tag {
    name: String,
    is_narrative: bool,
    attributes: Attributes,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let mut events = NsReader::from_str(text);
        events.config_mut().expand_empty_elements = true;
        Self {
            events,
            text,
            start: 0,
            depth: 0,
        }
    }

    fn next(&mut self) -> Result<Step, Fault> {
        loop {
            self.start = self.position();
            let (namespace, event) = self
                .events
                .read_resolved_event()
                .map_err(|error| malformed(&error))?;
            match event {
                Event::Start(tag) => {
                    let tag = start(&namespace, &tag)?;
                    self.depth += 1;
                    return Ok(Step::Start(tag));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Step::End);
                }
                Event::Eof if self.depth == 0 => return Ok(Step::End),
                Event::Eof => return Err(Fault::structure("The text ends inside an element.")),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Comment(_) => {}
                Event::Decl(declaration) => check_declaration(&declaration)?,
                other => return Err(refused(&other)),
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.events.buffer_position()).unwrap_or(self.text.len())
    }

    fn resource(&mut self, tag: &Tag) -> Result<Value, Fault> {
        let ty = definition::find(&tag.name)
            .filter(|ty| ty.kind == Kind::Resource && !ty.is_abstract && !tag.is_narrative)
            .ok_or_else(|| {
                let name = shown(&tag.name);
                Fault::structure(format!("{name} is not a resource type of R4."))
            })?;
        let within = |fault: Fault| fault.inside(ty.path);
        none_left(&tag.attributes).map_err(within)?;
        let mut members = Map::new();
        members.insert("resourceType".into(), Value::from(ty.path));
        self.children(ty, &mut members).map_err(within)?;
        Ok(Value::Object(members))
    }

    /// Reads elements until the open one ends.
    fn children(&mut self, ty: &Type, members: &mut Map<String, Value>) -> Result<(), Fault> {
        if self.depth > 2 * MAX_DEPTH {
            return Err(Fault::new(
                Breach::Cost,
                format!("Elements are nested deeper than the {MAX_DEPTH} levels that are read."),
            ));
        }
        let mut fields = Fields::default();
        while let Step::Start(tag) = self.next()? {
            let name = tag.name.clone();
            self.child(ty, tag, &mut fields)
                .map_err(|fault| fault.inside(&shown(&name)))?;
        }
        fields.into_members(members);
        Ok(())
    }

    fn child(&mut self, ty: &Type, tag: Tag, fields: &mut Fields) -> Result<(), Fault> {
        let found = ty
            .json_element(&tag.name)
            .filter(|(element, _)| !super::is_attribute(element));
        let Some((element, member)) = found else {
            return Err(Fault::structure(format!(
                "{} has no element {}.",
                ty.path,
                shown(&tag.name)
            )));
        };
        if tag.is_narrative != (member.name == "xhtml") {
            return Err(Fault::structure(
                "The element is in the wrong namespace: a narrative's div is XHTML, all else is FHIR.",
            ));
        }
        let key = tag.name.clone();
        let content = self.content(member, tag)?;
        fields.add(&key, element, position(ty, element), content)
    }

    fn content(&mut self, ty: &'static Type, tag: Tag) -> Result<Content, Fault> {
        match ty.kind {
            Kind::Primitive if tag.is_narrative => self.narrative().map(Content::Value),
            Kind::Primitive => self.primitive(ty, tag),
            Kind::Resource => self.contained(&tag).map(Content::Value),
            Kind::Complex | Kind::Backbone => self.complex(ty, tag).map(Content::Value),
        }
    }

    fn complex(&mut self, ty: &Type, mut tag: Tag) -> Result<Value, Fault> {
        let mut members = Map::new();
        for element in ty.elements().filter(|element| super::is_attribute(element)) {
            if let Some(value) = take(&mut tag.attributes, element.name) {
                members.insert(element.name.into(), Value::String(value));
            }
        }
        none_left(&tag.attributes)?;
        self.children(ty, &mut members)?;
        Ok(Value::Object(members))
    }

    fn primitive(&mut self, ty: &Type, mut tag: Tag) -> Result<Content, Fault> {
        let value = take(&mut tag.attributes, "value");
        if value.as_deref() == Some("") {
            return Err(Fault::structure("A value is not empty."));
        }
        let element = definition::find("Element")
            .ok_or_else(|| Fault::structure("The tables have no Element."))?;
        let beside = match self.complex(element, tag)? {
            Value::Object(members) if members.is_empty() => None,
            beside => Some(beside),
        };
        if value.is_none() && beside.is_none() {
            return Err(Fault::structure(
                "The element has no value and no extension.",
            ));
        }
        Ok(Content::Primitive(
            value.map(|text| scalar(ty, text)),
            beside,
        ))
    }

    /// The resource inside an element such as `contained`.
    fn contained(&mut self, tag: &Tag) -> Result<Value, Fault> {
        none_left(&tag.attributes)?;
        let Step::Start(inner) = self.next()? else {
            return Err(Fault::structure("There is no resource in this element."));
        };
        let resource = self.resource(&inner)?;
        match self.next()? {
            Step::End => Ok(resource),
            Step::Start(_) => Err(Fault::structure("There are two resources in this element.")),
        }
    }

    /// The `div` as it is written. Its content is judged by [`crate::validate`].
    fn narrative(&mut self) -> Result<Value, Fault> {
        let start = self.start;
        let tag = self.text.get(start..self.position()).unwrap_or_default();
        if !tag.starts_with("<div") {
            return Err(Fault::structure("A narrative's div has no prefix."));
        }
        let declared = tag.contains("xmlns=");
        self.events
            .read_to_end(quick_xml::name::QName("div"))
            .map_err(|error| malformed(&error))?;
        self.depth = self.depth.saturating_sub(1);
        let text = self.text.get(start..self.position()).unwrap_or_default();
        Ok(Value::String(if declared {
            text.to_owned()
        } else {
            text.replacen("<div", &format!("<div xmlns=\"{XHTML}\""), 1)
        }))
    }
}

fn start(namespace: &ResolveResult<'_>, tag: &BytesStart<'_>) -> Result<Tag, Fault> {
    let local = tag.local_name();
    let name: &str = local.as_ref();
    let is_narrative = match namespace {
        ResolveResult::Bound(Namespace(NAMESPACE)) => false,
        ResolveResult::Bound(Namespace(XHTML)) => true,
        _ => {
            return Err(Fault::structure(format!(
                "The element {} is not in the namespace {NAMESPACE}.",
                shown(name)
            )));
        }
    };
    let attributes = if is_narrative {
        Attributes::new()
    } else {
        attributes(tag)?
    };
    Ok(Tag {
        name: name.to_owned(),
        is_narrative,
        attributes,
    })
}

/// XML 1.0 in UTF-8 is what is read.
fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), Fault> {
    let is_utf8 = match declaration.encoding() {
        None => true,
        Some(Ok(encoding)) => encoding.eq_ignore_ascii_case("utf-8"),
        Some(Err(_)) => false,
    };
    let is_version_1 = matches!(declaration.xml_version(), Ok(XmlVersion::Explicit1_0));
    if is_utf8 && is_version_1 {
        return Ok(());
    }
    Err(Fault::new(
        Breach::Encoding,
        "The declaration must be of XML 1.0 in UTF-8.",
    ))
}

fn refused(event: &Event<'_>) -> Fault {
    match event {
        Event::DocType(_) => Fault::new(Breach::Security, "A document type is not allowed."),
        Event::PI(_) => Fault::new(Breach::Security, "Processing instructions are not allowed."),
        Event::GeneralRef(_) => Fault::new(
            Breach::Security,
            "References to entities are not allowed between elements.",
        ),
        _ => Fault::structure("There is text between the elements."),
    }
}

fn malformed(error: &quick_xml::Error) -> Fault {
    let text: String = error.to_string().chars().take(160).collect();
    let text = text.replace(['<', '>', '"', '&'], "'");
    Fault::structure(format!("The XML is not well-formed: {text}."))
}

/// The JSON of a primitive. A text that is no number or boolean stays a string, which is then
/// found not to be valid.
fn scalar(ty: &Type, text: String) -> Value {
    match ty.name {
        "boolean" => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(text),
        },
        "decimal" | "integer" | "positiveInt" | "unsignedInt" => number(text),
        _ => Value::String(text),
    }
}

/// Keeps the text of a number that JSON can write as it is.
fn number(text: String) -> Value {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if is_plain && text.parse::<Number>().is_ok() {
        return Value::Number(Number::from_string_unchecked(text));
    }
    Value::String(text)
}
