//! The visits of Elena Tsosie.

use chrono::NaiveDate;

use super::super::{ago, visit};
use super::{noted, screening};
use crate::act::clinical_test::{Found, Reading};
use crate::act::genetics::{Finding, Genetics, Value};
use crate::act::social_history::Said;
use crate::moment::{days, months, weekday};
use crate::story::Appointment;
use crate::story::event::{Event, Paper};

/// Ages in months of the check-ups on record.
const CHECK_UPS: [i64; 20] = [
    1, 2, 4, 6, 9, 12, 18, 24, 36, 60, 96, 133, 150, 200, 240, 270, 300, 318, 332, 344,
];

/// A cardiologist's reading of the electrocardiogram before the operation.
const CARDIOLOGY: Reading = Reading {
    kind: "cardiology-report",
    reader: "cardiology",
    findings: &[
        Found::Coded("rhythm"),
        Found::Words("ecg", "Normal electrocardiogram, rate 74 per minute."),
    ],
    conclusion: "Normal sinus rhythm, no sign of ischemia.",
};
const PATHOLOGY: Reading = Reading {
    kind: "pathology-report",
    reader: "pathology",
    findings: &[Found::Words(
        "gross",
        "Appendix 7 cm long with a reddened surface.",
    )],
    conclusion: "Acute suppurative appendicitis without perforation.",
};
const WRIST: &[Found] = &[
    Found::Coded("image-fracture"),
    Found::Words(
        "image-impression",
        "Fracture of the distal radius without displacement.",
    ),
];
const FETUS: &[Found] = &[Found::Amount("fetal-head", 48)];
/// A test of the family gene, with nothing found.
static GERMLINE: Genetics = Genetics {
    name: "germline",
    specimen: "blood-edta",
    findings: &[
        Finding {
            role: "variant",
            element: "code",
            value: Some(Value::Code("LA9634-2")),
            components: &[
                ("gene-studied", Value::Code("HGNC:1100")),
                ("genomic-source-class", Value::Code("LA6683-2")),
                ("reference-sequence-assembly", Value::Code("LA14029-5")),
            ],
        },
        Finding {
            role: "diagnostic-implication",
            element: "code",
            value: None,
            components: &[("clinical-significance", Value::Code("LA6675-8"))],
        },
    ],
    conclusion: "No pathogenic variant found in BRCA1.",
    calls: &[],
};

/// All visits.
pub(super) fn all(as_of: NaiveDate, birth: NaiveDate) -> Vec<Appointment> {
    let mut visits: Vec<Appointment> = CHECK_UPS.iter().map(|age| check_up(birth, *age)).collect();
    visits.push(operation(birth));
    visits.extend(illnesses(as_of));
    visits.extend(pregnancy(as_of));
    visits.extend(talks(as_of));
    visits
}

fn check_up(birth: NaiveDate, age: i64) -> Appointment {
    let grown = age >= 216;
    let kind = if grown { "annual-physical" } else { "wellness" };
    let date = weekday(days(months(birth, age), 6));
    let notes: &[&str] = if age >= 300 {
        &["history-physical"]
    } else {
        &[]
    };
    Appointment {
        tests: match age {
            12 => vec!["lead"],
            318.. => vec!["cmp", "cbc-diff", "lipid"],
            _ => Vec::new(),
        },
        asks_habits: grown,
        ..noted(kind, date, None, notes)
    }
}

fn operation(birth: NaiveDate) -> Appointment {
    Appointment {
        provider: "surgery",
        tests: vec!["cbc-diff"],
        procedures: vec!["ecg", "appendectomy"],
        given: vec![("morphine-inj", 3), ("ondansetron-inj", 2)],
        events: vec![
            Event::Read(PATHOLOGY, Some(("abdomen", "Wound after the operation"))),
            Event::Read(CARDIOLOGY, None),
            Event::PartialPressure([Ok(112), Err("unknown")]),
            Event::PartialPressure([Err("error"), Ok(68)]),
            Event::Oxygen(96, 2.0, 28),
        ],
        ..noted(
            "inpatient",
            weekday(months(birth, 245)),
            Some("appendicitis"),
            &["surgical-note", "procedure-note", "discharge-summary"],
        )
    }
}

fn illnesses(as_of: NaiveDate) -> [Appointment; 3] {
    let wrist = "Fracture of the distal radius without displacement.";
    [
        Appointment {
            imaging: Some(("wrist-xr", wrist)),
            procedures: vec!["fracture-immobilization"],
            findings: WRIST,
            ..noted(
                "emergency",
                ago(as_of, 3, 5),
                Some("forearm-fracture"),
                &["emergency-note"],
            )
        },
        Appointment {
            tests: vec!["ua"],
            events: vec![Event::Mistaken("ciprofloxacin-500")],
            ..visit("symptom-visit", ago(as_of, 1, 6), Some("uti"))
        },
        Appointment {
            procedures: vec!["spirometry"],
            events: vec![
                Event::Found(Found::Amount("fev1-fvc", 76)),
                Event::Reported("montelukast-10", "internal-medicine"),
            ],
            ..noted(
                "follow-up",
                ago(as_of, 0, 4),
                Some("asthma"),
                &[
                    "progress-note",
                    "consult-note",
                    "lab-report",
                    "episode-summary",
                ],
            )
        },
    ]
}

/// Two visits before the birth, the birth, and the visit after it.
fn pregnancy(as_of: NaiveDate) -> Vec<Appointment> {
    let told = |answer| Event::Told("pregnancy-status", Said::Code(answer));
    let start = ago(as_of, 2, 6);
    let about = Some("normal-pregnancy");
    vec![
        Appointment {
            provider: "obgyn",
            tests: vec!["hcg-urine", "abo-rh", "cbc"],
            events: vec![told("77386006")],
            ..visit("prenatal", weekday(days(start, 50)), about)
        },
        Appointment {
            provider: "obgyn",
            imaging: Some(("ob-ultrasound", "Single living fetus of 20 weeks.")),
            findings: FETUS,
            events: vec![told("77386006")],
            ..visit("prenatal-follow-up", weekday(days(start, 140)), about)
        },
        Appointment {
            provider: "obgyn",
            procedures: vec!["childbirth"],
            ..noted("delivery", days(start, 276), about, &["discharge-summary"])
        },
        Appointment {
            provider: "obgyn",
            procedures: vec!["iud-insertion"],
            events: vec![
                told("60001007"),
                Event::Told("pregnancy-intent", Said::Code("454401000124105")),
            ],
            ..visit("follow-up", ago(as_of, 1, 4), about)
        },
    ]
}

/// Visits in which she was asked about her life and her wishes.
fn talks(as_of: NaiveDate) -> [Appointment; 3] {
    [
        Appointment {
            events: screening::circumstances(),
            ..visit("office-visit", ago(as_of, 1, 8), Some("transport-lack"))
        },
        Appointment {
            events: screening::wishes(as_of),
            ..visit("office-visit", ago(as_of, 0, 9), Some("stress"))
        },
        Appointment {
            events: vec![
                Event::Filed(Paper::ProblemList),
                Event::Filed(Paper::Aid("nebulizer", "asthma")),
                Event::Filed(Paper::Account),
                Event::Filed(Paper::Claim),
                Event::Filed(Paper::Summary),
                Event::Filed(Paper::Call(
                    12,
                    "The genetic test found nothing. Come back in a year.",
                )),
                Event::Cleaned(200),
                Event::Inherited("mother", "breast-cancer", 41),
                Event::Sequenced(&GERMLINE),
                Event::Consented(true),
            ],
            ..noted("office-visit", ago(as_of, 0, 7), None, &["consult-note"])
        },
    ]
}
