//! A PDF 1.4 of one page: Helvetica, no compression, no dates, so that bytes repeat.
//! Writing to a `String` cannot fail, so results of `write!` are let go.

use std::fmt::Write;

/// The lines of a page as a PDF file. Characters outside printable ASCII become `?`.
pub(crate) fn page(lines: &[String]) -> Vec<u8> {
    let content = content(lines);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    file(&objects)
}

/// The drawing instructions: 11 points, 15 points from line to line.
fn content(lines: &[String]) -> String {
    let mut text = String::from("BT\n/F1 11 Tf\n15 TL\n54 738 Td\n");
    for line in lines {
        let _ = writeln!(text, "({}) Tj T*", escape(line));
    }
    text.push_str("ET");
    text
}

fn escape(line: &str) -> String {
    let mut out = String::new();
    for character in line.chars() {
        match character {
            '(' | ')' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            _ => out.push('?'),
        }
    }
    out
}

/// Header, numbered objects, cross-reference table, trailer.
fn file(objects: &[String]) -> Vec<u8> {
    let mut out = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(objects) {
        offsets.push(out.len());
        let _ = write!(out, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    let size = objects.len() + 1;
    let _ = write!(out, "xref\n0 {size}\n0000000000 65535 f \n");
    for offset in offsets {
        let _ = writeln!(out, "{offset:010} 00000 n ");
    }
    let _ = write!(
        out,
        "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cross_reference_table_points_at_the_objects() {
        let bytes = page(&["Report (draft) of José".to_owned()]);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("(Report \\(draft\\) of Jos?) Tj"));
        let start: usize = text
            .split("startxref\n")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(text[start..].starts_with("xref"));
        for (number, line) in (1..).zip(text[start..].lines().skip(3).take(5)) {
            let offset: usize = line[..10].parse().unwrap();
            assert!(
                text[offset..].starts_with(&format!("{number} 0 obj")),
                "{line}"
            );
        }
    }
}
