//! The readable part of a clinical document (HL7 CDA release 2, narrative blocks): titles,
//! paragraphs, lists and tables, as text. No markup of the document reaches a page.

use roxmltree::{Document, Node, ParsingOptions};

/// Most blocks that are shown.
const LONGEST: usize = 2000;
/// Deepest nesting that is followed.
const DEEPEST: usize = 40;

/// A piece of the readable part.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    /// Title of a section.
    Title(String),
    /// A paragraph.
    Paragraph(String),
    /// A list.
    List(Vec<String>),
    /// Rows of a table; the first is the header if there is one.
    Table {
        /// The header.
        head: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
}

/// The title and the readable part of a document; `None` when it is not a clinical document. No
/// document type declaration is accepted, so nothing expands and nothing is fetched.
pub fn read(text: &str) -> Option<(String, Vec<Block>)> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: 200_000,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    (root.tag_name().name() == "ClinicalDocument").then_some(())?;
    let title = child(root, "title").map(words).unwrap_or_default();
    let mut blocks = Vec::new();
    let sections = root
        .descendants()
        .filter(|node| node.tag_name().name() == "section");
    for section in sections {
        if let Some(title) = child(section, "title") {
            blocks.push(Block::Title(words(title)));
        }
        if let Some(text) = child(section, "text") {
            narrative(text, &mut blocks, 0);
        }
    }
    blocks.truncate(LONGEST);
    Some((title, blocks))
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    children(node, name).next()
}

fn children<'a>(node: Node<'a, 'a>, name: &str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children()
        .filter(move |child| child.tag_name().name() == name)
}

/// All text of a node, with single spaces.
fn words(node: Node<'_, '_>) -> String {
    let mut text = String::new();
    for part in node
        .descendants()
        .filter_map(|node| node.text().filter(|_| node.is_text()))
    {
        text.push_str(part);
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Elements of a narrative block that hold others.
const HOLDERS: &[&str] = &[
    "text",
    "list",
    "table",
    "paragraph",
    "content",
    "item",
    "section",
];

fn narrative(node: Node<'_, '_>, blocks: &mut Vec<Block>, depth: usize) {
    if depth > DEEPEST || blocks.len() > LONGEST {
        return;
    }
    for part in node.children() {
        match part.tag_name().name() {
            "list" => blocks.push(Block::List(children(part, "item").map(words).collect())),
            "table" => blocks.push(table(part)),
            "br" => {}
            name if HOLDERS.contains(&name) && part.children().any(|inner| inner.is_element()) => {
                narrative(part, blocks, depth + 1);
            }
            _ => {
                let text = words(part);
                if !text.is_empty() {
                    blocks.push(Block::Paragraph(text));
                }
            }
        }
    }
}

fn table(node: Node<'_, '_>) -> Block {
    let cells = |row: Node<'_, '_>| -> Vec<String> {
        row.children()
            .filter(|cell| matches!(cell.tag_name().name(), "td" | "th"))
            .map(words)
            .collect()
    };
    let rows_of = |part: &str| -> Vec<Vec<String>> {
        node.descendants()
            .filter(|row| {
                let holder = row.parent().map(|parent| parent.tag_name().name());
                row.tag_name().name() == "tr" && holder.unwrap_or_default() == part
            })
            .map(cells)
            .collect()
    };
    let mut rows = rows_of("tbody");
    rows.extend(rows_of("table"));
    Block::Table {
        head: rows_of("thead").into_iter().next().unwrap_or_default(),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> String {
        format!(
            "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><title>Summary</title><component>\
             <structuredBody><component><section><title>Allergies</title><text>{text}</text>\
             </section></component></structuredBody></component></ClinicalDocument>"
        )
    }

    #[test]
    fn titles_lists_and_tables_are_read_as_text() {
        let text = document(
            "<list><item>A &lt;script&gt;</item><item>B</item></list><table><thead><tr><th>H</th></tr></thead>\
             <tbody><tr><td>1<content>2</content></td></tr></tbody></table><paragraph>P</paragraph>",
        );
        let (title, blocks) = read(&text).unwrap();
        assert_eq!(title, "Summary");
        assert_eq!(
            blocks,
            [
                Block::Title("Allergies".into()),
                Block::List(vec!["A <script>".into(), "B".into()]),
                Block::Table {
                    head: vec!["H".into()],
                    rows: vec![vec!["1 2".into()]]
                },
                Block::Paragraph("P".into()),
            ]
        );
    }

    #[test]
    fn what_is_no_clinical_document_is_not_read() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\">]><ClinicalDocument>&x;</ClinicalDocument>";
        for text in ["", "<html/>", "{}", bomb, "<ClinicalDocument>"] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_ends() {
        let deep = "<paragraph>".repeat(2000) + "x" + &"</paragraph>".repeat(2000);
        let _ = read(&document(&deep));
    }
}
