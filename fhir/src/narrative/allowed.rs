//! What a narrative may consist of: the HTML of R4, without anything active.
//! <http://hl7.org/fhir/R4/narrative.html#xhtml>

/// Elements of a narrative, sorted.
pub(super) const ELEMENTS: [&str; 60] = [
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
pub(super) const ATTRIBUTES: [&str; 55] = [
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

/// Attributes whose value is a URL, sorted.
pub(super) const URLS: [&str; 5] = ["cite", "href", "longdesc", "src", "usemap"];

/// Schemes a link may have, sorted; a relative link has none.
pub(super) const SCHEMES: [&str; 7] = ["cid", "ftp", "http", "https", "mailto", "tel", "urn"];

/// What makes a style active, or hides that it is.
pub(super) const ACTIVE_STYLES: [&str; 8] = [
    "/*",
    "\\",
    "@import",
    "behavior",
    "expression(",
    "image-set(",
    "javascript:",
    "moz-binding",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        let lists: [&[&str]; 4] = [&ELEMENTS, &ATTRIBUTES, &URLS, &SCHEMES];
        assert!(lists.iter().all(|list| list.is_sorted()));
    }
}
