//! Whether a narrative keeps to the HTML that FHIR allows, and to what can be shown safely.
//! <http://hl7.org/fhir/R4/narrative.html#xhtml>
//!
//! Beyond R4's own list, nothing that a browser would fetch while showing the narrative is
//! allowed: no image from elsewhere, no style with a URL.

mod allowed;
mod attribute;

use allowed::ELEMENTS;

use crate::xml::entity;

/// The namespace of the `div`.
const NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Why a text is not a narrative.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the text is not one div element")]
    NotDiv,
    #[error("the markup is not well-formed XML")]
    Malformed,
    #[error("an element is not closed where it should be")]
    Nesting,
    #[error("the element {0} is not among those a narrative may have")]
    Element(String),
    #[error("the attribute {0} is not among those a narrative may have")]
    Attribute(String),
    #[error("the attribute {0} has active or external content")]
    Active(String),
    #[error("there is nothing to read in it")]
    Empty,
}

/// Checks that the text is one well-nested `div` of allowed elements and attributes with some
/// content. Linear in the length of the text.
pub(crate) fn check(text: &str) -> Result<(), Fault> {
    let text = text.trim();
    if !text.starts_with("<div") || !text.ends_with('>') {
        return Err(Fault::NotDiv);
    }
    walk(text)
}

/// Walks the tags and keeps the open elements on a stack.
fn walk(text: &str) -> Result<(), Fault> {
    let mut open: Vec<&str> = Vec::new();
    let mut has_content = false;
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (words, markup) = rest.split_at(start);
        has_content |= !words.trim().is_empty();
        are_references(words)?;
        let end = tag_end(markup).ok_or(Fault::Malformed)?;
        let tag = &markup[1..end];
        rest = &markup[end + 1..];
        accept(tag, &mut open)?;
        has_content |= is_image(tag);
        if open.is_empty() && !rest.trim().is_empty() {
            return Err(Fault::NotDiv);
        }
    }
    if !open.is_empty() {
        return Err(Fault::Nesting);
    }
    if has_content {
        Ok(())
    } else {
        Err(Fault::Empty)
    }
}

fn is_image(tag: &str) -> bool {
    tag.split([' ', '\n', '\t', '\r', '/']).next() == Some("img")
}

/// Takes a tag without its brackets: whether it is allowed here.
fn accept<'t>(tag: &'t str, open: &mut Vec<&'t str>) -> Result<(), Fault> {
    if let Some(comment) = tag.strip_prefix("!--") {
        return comment
            .strip_suffix("--")
            .map(|_| ())
            .ok_or(Fault::Malformed);
    }
    if let Some(name) = tag.strip_prefix('/') {
        let is_open = open.pop() == Some(name.trim_end());
        return if is_open { Ok(()) } else { Err(Fault::Nesting) };
    }
    let (tag, is_closed) = match tag.strip_suffix('/') {
        Some(tag) => (tag, true),
        None => (tag, false),
    };
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    if ELEMENTS.binary_search(&name).is_err() {
        return Err(Fault::Element(name.chars().take(20).collect()));
    }
    if !is_closed {
        open.push(name);
    }
    attribute::check(attributes)
}

/// The offset of the bracket that ends the tag or comment at the start of the text.
fn tag_end(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.get(4..)?.find("-->").map(|at| at + 6);
    }
    let mut quote = None;
    text.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
        quote.is_none() && byte == b'>'
    })
}

/// Whether each `&` begins a reference to a character.
fn are_references(text: &str) -> Result<(), Fault> {
    let is_reference = |after: &str| {
        let name = after.split_once(';').map_or("", |(name, _)| name);
        entity::is_reference(name)
    };
    let all = text.split('&').skip(1).all(is_reference);
    if all { Ok(()) } else { Err(Fault::Malformed) }
}

#[cfg(test)]
mod tests;
