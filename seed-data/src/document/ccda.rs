//! A clinical document (HL7 CDA release 2) with the US realm header of C-CDA 2.1 and sections of text.
//! Writing to a `String` cannot fail, so results of `write!` are let go.

use std::fmt::Write;

use chrono::NaiveDate;

use crate::person::Identity;
use crate::table::care::{Organization, Practitioner};

/// A section: template of C-CDA 2.1 (entries optional), LOINC code, title.
type Kind = (&'static str, &'static str, &'static str);

/// Allergies and intolerances.
pub(crate) const ALLERGIES: Kind = ("2.16.840.1.113883.10.20.22.2.6", "48765-2", "Allergies");
/// Medications.
pub(crate) const MEDICATIONS: Kind = ("2.16.840.1.113883.10.20.22.2.1", "10160-0", "Medications");
/// Problems.
pub(crate) const PROBLEMS: Kind = ("2.16.840.1.113883.10.20.22.2.5", "11450-4", "Problems");
/// Immunizations.
pub(crate) const IMMUNIZATIONS: Kind =
    ("2.16.840.1.113883.10.20.22.2.2", "11369-6", "Immunizations");
/// Vital signs.
pub(crate) const VITAL_SIGNS: Kind = ("2.16.840.1.113883.10.20.22.2.4", "8716-3", "Vital Signs");
/// Encounters.
pub(crate) const ENCOUNTERS: Kind = ("2.16.840.1.113883.10.20.22.2.22", "46240-8", "Encounters");

/// What a document says about a patient.
#[derive(Debug)]
pub(crate) struct Summary<'a> {
    /// Identifies the document.
    pub(crate) id: &'a str,
    pub(crate) date: NaiveDate,
    pub(crate) patient: &'a Identity,
    pub(crate) author: &'static Practitioner,
    pub(crate) sections: Vec<(Kind, Vec<String>)>,
}

impl Summary<'_> {
    /// The document as XML.
    pub(crate) fn xml(&self) -> Vec<u8> {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        out.push_str("<ClinicalDocument xmlns=\"urn:hl7-org:v3\">\n");
        self.header(&mut out);
        self.record_target(&mut out);
        self.author(&mut out);
        out.push_str("<component><structuredBody>\n");
        for (kind, lines) in &self.sections {
            section(&mut out, *kind, lines);
        }
        out.push_str("</structuredBody></component>\n</ClinicalDocument>\n");
        out.into_bytes()
    }

    fn header(&self, out: &mut String) {
        let _ = write!(
            out,
            "<realmCode code=\"US\"/>\n\
             <typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/>\n\
             <templateId root=\"2.16.840.1.113883.10.20.22.1.1\" extension=\"2015-08-01\"/>\n\
             <id root=\"2.16.840.1.113883.19\" extension=\"{}\"/>\n\
             <code code=\"34133-9\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"Summary of episode note\"/>\n\
             <title>Summary of {}</title>\n\
             <effectiveTime value=\"{}\"/>\n\
             <confidentialityCode code=\"N\" codeSystem=\"2.16.840.1.113883.5.25\"/>\n\
             <languageCode code=\"en-US\"/>\n",
            escape(self.id),
            escape(&self.patient.full_name()),
            self.date.format("%Y%m%d"),
        );
    }

    fn record_target(&self, out: &mut String) {
        let person = self.patient;
        let place = &person.place;
        let street = person.street.as_deref().unwrap_or("unknown");
        let _ = write!(
            out,
            "<recordTarget><patientRole>\n\
             <id root=\"2.16.840.1.113883.19.5\" extension=\"{}\"/>\n\
             <addr use=\"HP\"><streetAddressLine>{}</streetAddressLine><city>{}</city><state>{}</state>\
             <postalCode>{}</postalCode><country>US</country></addr>\n\
             <telecom value=\"tel:{}\" use=\"HP\"/>\n\
             <patient>{}<administrativeGenderCode code=\"{}\" codeSystem=\"2.16.840.1.113883.5.1\"/>\
             <birthTime value=\"{}\"/></patient>\n\
             </patientRole></recordTarget>\n",
            escape(&person.record_number),
            escape(street),
            escape(place.city),
            place.state,
            place.zip,
            person.phone.as_deref().unwrap_or("unknown"),
            name(&person.given.join(" "), &person.family),
            person.sex.letter(),
            person.birth.format("%Y%m%d"),
        );
    }

    fn author(&self, out: &mut String) {
        let work = Organization::of(self.author.organization);
        let _ = write!(
            out,
            "<author><time value=\"{}\"/><assignedAuthor>\
             <id root=\"2.16.840.1.113883.19\" extension=\"prac-{}\"/>\
             <assignedPerson>{}</assignedPerson></assignedAuthor></author>\n\
             <custodian><assignedCustodian><representedCustodianOrganization>\
             <id root=\"2.16.840.1.113883.19\" extension=\"org-{}\"/><name>{}</name>\
             </representedCustodianOrganization></assignedCustodian></custodian>\n",
            self.date.format("%Y%m%d"),
            self.author.key,
            name(self.author.given, self.author.family),
            work.key,
            escape(work.name),
        );
    }
}

fn name(given: &str, family: &str) -> String {
    format!(
        "<name><given>{}</given><family>{}</family></name>",
        escape(given),
        escape(family)
    )
}

/// A section as a list; nothing to say is said.
fn section(out: &mut String, (template, code, title): Kind, lines: &[String]) {
    let _ = write!(
        out,
        "<component><section><templateId root=\"{template}\"/>\
         <code code=\"{code}\" codeSystem=\"2.16.840.1.113883.6.1\"/><title>{title}</title><text>"
    );
    if lines.is_empty() {
        out.push_str("<paragraph>None known.</paragraph>");
    } else {
        out.push_str("<list>");
        for line in lines {
            let _ = write!(out, "<item>{}</item>", escape(line));
        }
        out.push_str("</list>");
    }
    out.push_str("</text></section></component>\n");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_the_document() {
        let mut out = String::new();
        section(&mut out, PROBLEMS, &["a < b & \"c\"".to_owned()]);
        assert!(out.contains("<item>a &lt; b &amp; &quot;c&quot;</item>"));
        section(&mut out, PROBLEMS, &[]);
        assert!(out.contains("None known."));
    }
}
