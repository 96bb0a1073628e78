//! Labels that follow from what a resource is, whether it bears them or not: a sensitive category
//! of consent goes by them, and nobody who writes a record need think of it.

use fhir::json::at;
use serde_json::Value as Json;

/// The system of the label, and the label: information about genetic disease (HL7 v3 `ActCode`).
pub(super) const GENETIC: (&str, &str) =
    ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "GDIS");

/// Types that are genetic whatever they say.
const TYPES: &[&str] = &["MolecularSequence"];
/// Profiles that begin so are those of HL7 Genomics Reporting.
const PROFILES: &str = "http://hl7.org/fhir/uv/genomics-reporting/";
/// Elements that say what a resource is about.
const ABOUT: &[&str] = &["category", "code", "type", "method"];
/// Systems all of whose codes are about genes: the codes of the guide that wait for LOINC, and names
/// of genes, variants and alleles.
const SYSTEMS: &[&str] = &[
    "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/",
    "http://www.genenames.org",
    "http://varnomen.hgvs.org",
    "http://www.ncbi.nlm.nih.gov/clinvar",
];
const DIAGNOSTIC_SERVICE: &str = "http://terminology.hl7.org/CodeSystem/v2-0074";
const LOINC: &str = "http://loinc.org";

/// Codes of LOINC for reports, findings, implications and their parts (HL7 Genomics Reporting 3.0.0),
/// sorted.
const CODES: &[&str] = &[
    "48000-4", // Chromosome
    "48001-2", // Cytogenetic (chromosome) location
    "48002-0", // Genomic source class
    "48003-8", // DNA sequence variation identifier
    "48004-6", // DNA change (c.HGVS)
    "48005-3", // Amino acid change (pHGVS)
    "48013-7", // Genomic reference sequence
    "48018-6", // Gene studied
    "48019-4", // DNA change type
    "51958-7", // Transcript reference sequence
    "51963-7", // Medication assessed
    "51968-6", // Genetic analysis, overall interpretation
    "51969-4", // Genetic analysis report
    "53034-5", // Allelic state
    "53037-8", // Genetic variation clinical significance
    "55233-1", // Genetic analysis master panel
    "62374-4", // Human reference sequence assembly version
    "69547-8", // Genomic ref allele
    "69548-6", // Genetic variant assessment
    "69551-0", // Genomic alt allele
    "81247-9", // Master HL7 genetic variant reporting panel
    "81252-9", // Discrete genetic variant
    "81254-5", // Genomic allele start-end
    "81258-6", // Sample variant allelic frequency
    "81290-9", // Genomic DNA change (gHGVS)
    "81291-7", // Variant ISCN
    "81301-4", // Genomic structural variant outer start-end
    "81302-2", // Genomic structural variant inner start-end
    "81695-9", // Microsatellite instability
    "82120-7", // Allelic phase
    "82121-5", // Allelic read depth
    "82155-3", // Genomic structural variant copy number
    "83005-9", // Variant category
    "84413-4", // Genotype display name
    "84414-2", // Haplotype name
    "86206-0", // Whole genome sequence analysis
    "94076-7", // Mutations per megabase in tumour
    "94186-4", // Inheritance pattern
];

/// Whether a resource tells of genes: by its type, a label or profile that it claims, or a code in
/// one of the places that say what it is about, its components and what it contains included.
pub(super) fn is_genetic(resource: &Json) -> bool {
    let meta = at(resource, "meta");
    TYPES.contains(&text(at(resource, "resourceType")))
        || each(at(meta, "security"))
            .any(|label| (text(at(label, "system")), text(at(label, "code"))) == GENETIC)
        || each(at(meta, "profile")).any(|profile| text(profile).starts_with(PROFILES))
        || ABOUT.iter().any(|element| says_so(at(resource, element)))
        || each(at(resource, "component")).any(|component| says_so(at(component, "code")))
        || each(at(resource, "contained")).any(is_genetic)
}

/// Whether one of the codes of a concept, or of several concepts, is about genes.
fn says_so(concepts: &Json) -> bool {
    each(concepts)
        .chain(concepts.is_object().then_some(concepts))
        .flat_map(|concept| each(at(concept, "coding")))
        .any(|coding| {
            let (system, code) = (text(at(coding, "system")), text(at(coding, "code")));
            match system {
                LOINC => CODES.binary_search(&code).is_ok(),
                DIAGNOSTIC_SERVICE => code == "GE",
                _ => SYSTEMS.iter().any(|known| system.starts_with(known)),
            }
        })
}

fn each(array: &Json) -> impl Iterator<Item = &Json> {
    array.as_array().into_iter().flatten()
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_label_is_the_one_that_consent_goes_by() {
        assert_eq!(
            format!("{}|{}", GENETIC.0, GENETIC.1),
            smart::scope::GENETIC
        );
        assert!(CODES.is_sorted());
    }

    #[test]
    fn what_tells_of_genes_is_genetic_wherever_it_says_so() {
        let concept = |system: &str, code: &str| json!({ "coding": [{ "system": "http://x", "code": "y" }, { "system": system, "code": code }] });
        let laboratory = concept(
            "http://terminology.hl7.org/CodeSystem/observation-category",
            "laboratory",
        );
        let variant = json!({ "resourceType": "Observation", "category": [laboratory], "code": concept(LOINC, "69548-6") });
        for genetic in [
            variant.clone(),
            json!({ "resourceType": "MolecularSequence" }),
            json!({ "resourceType": "DiagnosticReport", "category": [laboratory, concept(DIAGNOSTIC_SERVICE, "GE")] }),
            json!({ "resourceType": "DocumentReference", "type": concept(LOINC, "51969-4") }),
            json!({ "resourceType": "Observation", "code": { "text": "TPMT" }, "component": [{ "code": concept(LOINC, "48018-6") }] }),
            json!({ "resourceType": "Observation", "code": concept("http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs", "diagnostic-implication") }),
            json!({ "resourceType": "RiskAssessment", "method": concept(LOINC, "51969-4") }),
            json!({ "resourceType": "Procedure", "meta": { "profile": ["http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/genomic-study"] } }),
            json!({ "resourceType": "Condition", "meta": { "security": [{ "system": GENETIC.0, "code": GENETIC.1 }] } }),
            json!({ "resourceType": "DiagnosticReport", "contained": [variant] }),
        ] {
            assert!(is_genetic(&genetic), "{genetic}");
        }
        for other in [
            json!({ "resourceType": "Observation", "category": [laboratory], "code": concept(LOINC, "718-7") }),
            json!({ "resourceType": "DiagnosticReport", "category": [concept(DIAGNOSTIC_SERVICE, "LAB")] }),
            json!({ "resourceType": "RiskAssessment", "method": { "text": "69548-6" } }),
            json!({ "resourceType": "Bundle", "type": "collection" }),
            json!("69548-6"),
        ] {
            assert!(!is_genetic(&other), "{other}");
        }
    }
}
