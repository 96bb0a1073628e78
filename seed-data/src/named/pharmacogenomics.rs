//! How two named people break drugs down, as their genes say.

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
/// Two copies of TPMT*3A, a name without a code of its own.
const TPMT: Finding = Finding {
    role: "genotype",
    element: "code",
    value: Some(Value::Words("TPMT*3A/*3A")),
    components: &[("gene-studied", Value::Code("HGNC:12014"))],
};
/// Azathioprine would do harm.
const NO_AZATHIOPRINE: Finding = Finding {
    role: "therapeutic-implication",
    element: "code",
    value: None,
    components: &[
        ("medication-assessed", Value::Code("1256")),
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

/// Two genes, for an old entry of the problem list.
pub(super) static PANEL: Genetics = Genetics {
    name: "pharmacogenomic",
    specimen: "blood-edta",
    findings: &[CYP2C19, NO_CLOPIDOGREL, TPMT, NO_AZATHIOPRINE],
    conclusion: "CYP2C19 poor metabolizer: choose another drug than clopidogrel. TPMT poor metabolizer: no \
                 azathioprine, mercaptopurine or thioguanine in usual doses. This confirms the thiopurine \
                 methyltransferase deficiency of the problem list.",
    calls: &[
        homozygous(("6", 18_130_918, "rs1142345"), ("T", "C"), "TPMT"),
        homozygous(("6", 18_139_228, "rs1800460"), ("C", "T"), "TPMT"),
        CYP2C19_2,
    ],
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
