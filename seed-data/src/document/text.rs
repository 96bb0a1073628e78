//! Clinical notes as lines of text, made of the patient's own facts.

use crate::chart::Chart;
use crate::resource::encounter::Visit;

/// What a note says, by section.
#[derive(Debug, Clone, Default)]
pub(crate) struct Note {
    pub(crate) title: &'static str,
    pub(crate) history: String,
    pub(crate) findings: Vec<String>,
    pub(crate) assessment: Vec<String>,
    pub(crate) plan: Vec<String>,
}

impl Note {
    /// The lines of the note as written in `visit`.
    pub(crate) fn lines(&self, chart: &Chart, visit: &Visit) -> Vec<String> {
        let person = &chart.identity;
        let date = visit.start.date();
        let mut lines = vec![
            format!("Cedar Ridge Health System - {}", self.title),
            format!(
                "Patient: {}    Born: {}    Record: {}",
                person.full_name(),
                person.birth,
                person.record_number
            ),
            format!(
                "Date: {date}    Seen by: {}",
                visit.practitioner.full_name()
            ),
            "Synthetic patient, test data only.".to_owned(),
            String::new(),
            format!(
                "{}-year-old {}. {}",
                chart.age(date),
                person.sex.gender(),
                self.history
            ),
        ];
        section(&mut lines, "Findings", &self.findings);
        section(&mut lines, "Assessment", &self.assessment);
        section(&mut lines, "Plan", &self.plan);
        lines.push(String::new());
        lines.push(format!("Signed by {}", visit.practitioner.full_name()));
        lines
    }
}

fn section(lines: &mut Vec<String>, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(format!("{title}:"));
    lines.extend(items.iter().map(|item| format!("- {item}")));
}

/// The lines as a text file.
pub(crate) fn file(lines: &[String]) -> Vec<u8> {
    let mut text = lines.join("\n");
    text.push('\n');
    text.into_bytes()
}
