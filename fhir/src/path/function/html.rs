//! Whether a narrative keeps to the HTML that FHIR allows.
//! <http://hl7.org/fhir/R4/narrative.html#xhtml>

/// Elements of a narrative, sorted.
const ELEMENTS: [&str; 60] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "map",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];

/// Attributes of a narrative, sorted.
const ATTRIBUTES: [&str; 55] = [
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "char",
    "charoff",
    "charset",
    "cite",
    "class",
    "clear",
    "color",
    "colspan",
    "compact",
    "coords",
    "dir",
    "face",
    "frame",
    "headers",
    "height",
    "href",
    "hreflang",
    "hspace",
    "id",
    "lang",
    "longdesc",
    "name",
    "noshade",
    "nowrap",
    "rel",
    "rev",
    "rowspan",
    "rules",
    "scope",
    "shape",
    "size",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "title",
    "type",
    "usemap",
    "valign",
    "value",
    "vspace",
    "width",
    "xml:lang",
    "xmlns",
];

/// Whether the text is one well-nested `div` of allowed elements and attributes with some content.
pub(super) fn is_narrative(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("<div") && text.ends_with("</div>") && is_nested(text) && has_content(text)
}

fn has_content(text: &str) -> bool {
    let mut is_tag = false;
    let visible = |letter: char| {
        is_tag = letter == '<' || (is_tag && letter != '>');
        !is_tag && letter != '>' && !letter.is_whitespace()
    };
    text.contains("<img") || text.chars().any(visible)
}

/// Walks the tags and keeps the open elements on a stack.
fn is_nested(text: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let Some(end) = tag_end(rest) else {
            return false;
        };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if !accept(tag, &mut open) || (open.is_empty() && !rest.trim().is_empty()) {
            return false;
        }
    }
    open.is_empty()
}

/// Takes a tag without its brackets: whether it is allowed here.
fn accept<'t>(tag: &'t str, open: &mut Vec<&'t str>) -> bool {
    if let Some(comment) = tag.strip_prefix("!--") {
        return comment.ends_with("--");
    }
    if let Some(name) = tag.strip_prefix('/') {
        return open.pop() == Some(name.trim_end());
    }
    let (tag, is_closed) = match tag.strip_suffix('/') {
        Some(tag) => (tag, true),
        None => (tag, false),
    };
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    if !is_closed {
        open.push(name);
    }
    ELEMENTS.binary_search(&name).is_ok() && are_allowed(attributes)
}

/// The offset of the bracket that ends the tag or comment at the start of the text.
fn tag_end(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|at| at + 2);
    }
    let mut quote = None;
    text.char_indices().find_map(|(at, letter)| {
        match (quote, letter) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if letter == open => quote = None,
            _ => {}
        }
        None
    })
}

/// Whether all attributes are `name="value"` with an allowed name and no active content.
fn are_allowed(mut attributes: &str) -> bool {
    loop {
        attributes = attributes.trim_start();
        if attributes.is_empty() {
            return true;
        }
        let Some((name, after)) = attributes.split_once('=') else {
            return false;
        };
        let after = after.trim_start();
        let Some(quote) = after
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))
        else {
            return false;
        };
        let Some((value, rest)) = after[1..].split_once(quote) else {
            return false;
        };
        let value = value.trim_start().to_ascii_lowercase();
        let is_active = ["javascript:", "vbscript:", "data:text"];
        let is_known = ATTRIBUTES.binary_search(&name.trim_end()).is_ok();
        if !is_known || is_active.iter().any(|scheme| value.starts_with(scheme)) {
            return false;
        }
        attributes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_narrative_is_accepted() {
        for text in [
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Hello<br/>you &amp; me</p></div>",
            "<div xmlns='http://www.w3.org/1999/xhtml'><!-- > --><b class='x'>1 &gt; 0</b> </div>",
            "<div><img src=\"data:image/png;base64,AA==\" alt=\"a > b\"/></div>",
        ] {
            assert!(is_narrative(text), "{text}");
        }
    }

    #[test]
    fn anything_active_or_malformed_is_refused() {
        for text in [
            "",
            "plain",
            "<div> <p/> </div>",
            "<div><p>a</div></p>",
            "<div>a</div><div>b</div>",
            "<div>a",
            "<div><script>a</script></div>",
            "<div onclick=\"a()\">a</div>",
            "<div><a href=\" JavaScript:a()\">a</a></div>",
            "<div><p class=x>a</p></div>",
            "<div><iframe src=\"x\"/>a</div>",
        ] {
            assert!(!is_narrative(text), "{text}");
        }
    }
}
