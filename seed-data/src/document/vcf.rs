//! The variants of a genetic test as a VCF file, version 4.2.

use chrono::NaiveDate;

/// A variant at a position of the assembly `GRCh37`, with the reads of the sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) chromosome: &'static str,
    /// From 1.
    pub(crate) position: u32,
    /// Its number in `dbSNP`.
    pub(crate) id: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) alternate: &'static str,
    pub(crate) gene: &'static str,
    /// `0/1` or `1/1`.
    pub(crate) genotype: &'static str,
    /// Reads of the reference and of the alternate allele.
    pub(crate) reads: (u32, u32),
}

const HEADER: &str = "##source=Northline Laboratory, synthetic test data\n\
##reference=GRCh37\n\
##INFO=<ID=GENE,Number=1,Type=String,Description=\"Gene symbol (HGNC)\">\n\
##FILTER=<ID=PASS,Description=\"All filters passed\">\n\
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"Reads of each allele\">\n\
##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Reads\">\n";
const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";

/// The file of a sample; calls are in the order of the genome.
pub(crate) fn file(sample: &str, date: NaiveDate, calls: &[Call]) -> Vec<u8> {
    let mut chromosomes: Vec<&str> = calls.iter().map(|call| call.chromosome).collect();
    chromosomes.dedup();
    let contigs: Vec<String> = chromosomes
        .iter()
        .map(|name| format!("##contig=<ID={name},assembly=GRCh37>\n"))
        .collect();
    let contigs = contigs.concat();
    let lines: String = calls.iter().map(Call::line).collect();
    format!(
        "##fileformat=VCFv4.2\n##fileDate={}\n{HEADER}{contigs}{COLUMNS}\t{sample}\n{lines}",
        date.format("%Y%m%d")
    )
    .into_bytes()
}

impl Call {
    fn line(&self) -> String {
        let Self {
            chromosome,
            position,
            id,
            reference,
            alternate,
            gene,
            genotype,
            reads: (kept, changed),
        } = self;
        let depth = kept + changed;
        format!(
            "{chromosome}\t{position}\t{id}\t{reference}\t{alternate}\t.\tPASS\tGENE={gene}\tGT:AD:DP\t\
             {genotype}:{kept},{changed}:{depth}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_the_columns_of_the_header() {
        let call = Call {
            chromosome: "7",
            position: 140_453_136,
            id: "rs113488022",
            reference: "A",
            alternate: "T",
            gene: "BRAF",
            genotype: "0/1",
            reads: (144, 64),
        };
        let text = String::from_utf8(file("s1", NaiveDate::MIN, &[call, call])).unwrap();
        assert!(text.starts_with("##fileformat=VCFv4.2\n"));
        assert_eq!(text.matches("##contig").count(), 1);
        let table: Vec<Vec<&str>> = text
            .lines()
            .filter(|line| !line.starts_with("##"))
            .map(|line| line.split('\t').collect())
            .collect();
        assert_eq!(table.len(), 3);
        assert!(table.iter().all(|cells| cells.len() == 10), "{table:?}");
        assert_eq!(table[1][9], "0/1:144,64:208");
    }
}
