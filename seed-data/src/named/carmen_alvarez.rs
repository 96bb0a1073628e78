//! Carmen Alvarez, 58: a melanoma whose genes were read.

use chrono::NaiveDate;

use super::{ago, born, complete, episode, place, quiet, visit};
use crate::act::clinical_test::{Found, Reading};
use crate::act::genetics::{Finding, Genetics, Value};
use crate::document::vcf::Call;
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::COMMERCIAL;
use crate::story::event::Event;
use crate::story::{Appointment, Habits, Story};
use crate::table::people::Demographic;
static SOMATIC: Genetics = Genetics {
    name: "somatic",
    specimen: "tissue",
    findings: &[
        Finding {
            role: "variant",
            element: "code",
            value: Some(Value::Code("LA9633-4")),
            components: &[
                ("gene-studied", Value::Code("HGNC:1097")),
                ("reference-sequence-assembly", Value::Code("LA14029-5")),
                ("genomic-source-class", Value::Code("LA6684-0")),
                ("genomic-hgvs", Value::Code("NC_000007.13:g.140453136A>T")),
                ("protein-hgvs", Value::Code("NP_004324.2:p.Val600Glu")),
                ("variation-code", Value::Code("13961")),
                ("ref-allele", Value::Text("A")),
                ("alt-allele", Value::Text("T")),
                ("sample-allelic-frequency", Value::Amount(310)),
                ("allelic-read-depth", Value::Amount(208_000)),
            ],
        },
        Finding {
            role: "diagnostic-implication",
            element: "code",
            value: None,
            components: &[
                ("clinical-significance", Value::Code("LA6668-3")),
                ("predicted-phenotype", Value::Code("93655004")),
            ],
        },
        Finding {
            role: "therapeutic-implication",
            element: "code",
            value: None,
            components: &[
                ("medication-assessed", Value::Code("1424911")),
                ("drug-efficacy", Value::Code("LA6677-4")),
            ],
        },
        Finding {
            role: "biomarker",
            element: "tumor-mutation-burden",
            value: Some(Value::Amount(14_200)),
            components: &[],
        },
    ],
    conclusion: "BRAF p.Val600Glu found: pathogenic, responds to BRAF inhibitors.",
    calls: &[Call {
        chromosome: "7",
        position: 140_453_136,
        id: "rs113488022",
        reference: "A",
        alternate: "T",
        gene: "BRAF",
        genotype: "0/1",
        reads: (144, 64),
    }],
};
const SKIN: Reading = Reading {
    kind: "pathology-report",
    reader: "pathology",
    findings: &[Found::Words(
        "gross",
        "Skin ellipse 3 cm by 1 cm with a dark irregular lesion.",
    )],
    conclusion: "Malignant melanoma, superficial spreading, margins free.",
};

fn identity(as_of: NaiveDate) -> Identity {
    let home = place("Boston", "MA", "02115", "617");
    Identity {
        races: vec![Demographic::named("race", "2106-3")],
        ethnicity: Some(Demographic::named("ethnicity", "2135-2")),
        marital: Some(Demographic::named("marital", "D")),
        street: Some("402 Walnut St".to_owned()),
        phone: Some("617-555-0185".to_owned()),
        record_number: "5800567".to_owned(),
        particulars: Particulars {
            detailed_ethnicity: Some(Demographic::named("ethnicity-detailed", "2180-8")),
            ..Particulars::default()
        },
        ..super::identity(
            "carmen-alvarez",
            &["Carmen", "Rosa"],
            "Alvarez",
            Sex::Female,
            born(as_of, 58, 4, 21),
            home,
        )
    }
}

pub(super) fn story(as_of: NaiveDate) -> Story {
    complete(Story {
        coverage: Some((COMMERCIAL, ago(as_of, 6, 0))),
        episodes: vec![episode("melanoma", ago(as_of, 1, 1), None)],
        allergies: vec![("shellfish", ago(as_of, 30, 0))],
        habits: Some(Habits {
            smoking: "266919005",
            pack_years: None,
            alcohol: "228276006",
        }),
        appointments: appointments(as_of),
        ..quiet(as_of, identity(as_of), 0.0)
    })
}

fn appointments(as_of: NaiveDate) -> Vec<Appointment> {
    let about = Some("melanoma");
    let oncology = |months| Appointment {
        provider: "oncology",
        ..visit("office-visit", ago(as_of, 0, months), about)
    };
    vec![
        visit("annual-physical", ago(as_of, 2, 0), None),
        Appointment {
            events: vec![Event::Read(
                SKIN,
                Some(("arm", "Pigmented lesion of the arm")),
            )],
            ..visit("office-visit", ago(as_of, 1, 1), about)
        },
        Appointment {
            events: vec![Event::Sequenced(&SOMATIC)],
            ..oncology(12)
        },
        Appointment {
            imaging: Some(("chest-ct", "No metastasis.")),
            tests: vec!["cmp", "ldh"],
            ..oncology(10)
        },
        Appointment {
            procedures: vec!["sentinel-node-biopsy"],
            notes: vec!["surgical-note"],
            ..visit("inpatient", ago(as_of, 0, 9), about)
        },
        Appointment {
            tests: vec!["cbc-diff", "cmp"],
            notes: vec!["consult-note"],
            ..oncology(3)
        },
    ]
}
