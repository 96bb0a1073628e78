//! How a named person breaks drugs down, as his genes say.

use crate::act::genetics::{Finding, Genetics, Value};
use crate::document::vcf::Call;

/// Two copies of CYP2C19*2.
const CYP2C19: Finding = Finding {
    role: "genotype",
    element: "code",
    value: Some(Value::Code("638797")),
    components: &[("gene-studied", Value::Code("HGNC:2621"))],
};
/// Clopidogrel would not work well.
const NO_CLOPIDOGREL: Finding = Finding {
    role: "therapeutic-implication",
    element: "code",
    value: None,
    components: &[
        ("medication-assessed", Value::Code("32968")),
        ("drug-metabolism", Value::Code("LA9657-3")),
    ],
};
const CYP2C19_2: Call = homozygous(("10", 96_541_616, "rs4244285"), ("G", "A"), "CYP2C19");

/// One gene, for a drug that was thought of.
pub(super) static CLOPIDOGREL: Genetics = Genetics {
    name: "pharmacogenomic",
    specimen: "blood-edta",
    findings: &[CYP2C19, NO_CLOPIDOGREL],
    conclusion: "CYP2C19 poor metabolizer: choose another drug than clopidogrel.",
    calls: &[CYP2C19_2],
};

/// A variant on both chromosomes.
const fn homozygous(
    (chromosome, position, id): (&'static str, u32, &'static str),
    (reference, alternate): (&'static str, &'static str),
    gene: &'static str,
) -> Call {
    Call {
        chromosome,
        position,
        id,
        reference,
        alternate,
        gene,
        genotype: "1/1",
        reads: (0, 96),
    }
}
