//! The units and prefixes of UCUM that clinical data use.

use super::parse::{Term, nested};

/// Units that are not made of others. Those marked take prefixes.
const BASES: &[(&str, bool)] = &[
    ("m", true),
    ("s", true),
    ("g", true),
    ("rad", true),
    ("K", true),
    ("C", true),
    ("cd", true),
    ("mol", true),
    ("[iU]", true),
    ("[arb'U]", false),
    ("[USP'U]", false),
    ("[pH]", false),
    ("[CFU]", false),
    ("[PFU]", false),
    ("[CCID_50]", false),
    ("[TCID_50]", false),
    ("[EID_50]", false),
    ("[FFU]", false),
    ("[ELU]", false),
    ("[GPL'U]", false),
    ("[MPL'U]", false),
    ("[APL'U]", false),
    ("[beth'U]", false),
    ("[anti'Xa'U]", false),
    ("[todd'U]", false),
    ("[knk'U]", false),
    ("[mclg'U]", false),
    ("[tb'U]", false),
    ("[Lf]", false),
    ("[D'ag'U]", false),
    ("[Amb'a'1'U]", false),
    ("[bdsk'U]", false),
    ("[dye'U]", false),
    ("[hnsf'U]", false),
    ("[smgy'U]", false),
    ("[ka'U]", false),
];

/// A unit that is so many times another: code, whether it takes prefixes, factor, unit.
type Derived = (&'static str, bool, f64, &'static str);

#[rustfmt::skip]
const DERIVED: &[Derived] = &[
    ("10*", false, 10.0, "1"), ("10^", false, 10.0, "1"), ("[pi]", false, std::f64::consts::PI, "1"),
    ("%", false, 0.01, "1"), ("[ppth]", false, 1e-3, "1"), ("[ppm]", false, 1e-6, "1"),
    ("[ppb]", false, 1e-9, "1"), ("[pptr]", false, 1e-12, "1"),
    ("[HPF]", false, 1.0, "1"), ("[LPF]", false, 100.0, "1"),
    ("sr", true, 1.0, "rad2"), ("Hz", true, 1.0, "s-1"), ("N", true, 1.0, "kg.m/s2"),
    ("Pa", true, 1.0, "N/m2"), ("J", true, 1.0, "N.m"), ("W", true, 1.0, "J/s"),
    ("A", true, 1.0, "C/s"), ("V", true, 1.0, "J/C"), ("F", true, 1.0, "C/V"),
    ("Ohm", true, 1.0, "V/A"), ("S", true, 1.0, "A/V"), ("Wb", true, 1.0, "V.s"),
    ("T", true, 1.0, "Wb/m2"), ("H", true, 1.0, "Wb/A"), ("lm", true, 1.0, "cd.sr"),
    ("lx", true, 1.0, "lm/m2"), ("Bq", true, 1.0, "s-1"), ("Ci", true, 3.7e10, "Bq"),
    ("Gy", true, 1.0, "J/kg"), ("Sv", true, 1.0, "J/kg"), ("RAD", true, 0.01, "J/kg"),
    ("REM", true, 0.01, "J/kg"), ("dyn", true, 1e-5, "N"), ("erg", true, 1e-7, "J"),
    ("deg", false, std::f64::consts::PI / 180.0, "rad"),
    ("'", false, 1.0 / 60.0, "deg"), ("''", false, 1.0 / 3600.0, "deg"),
    ("l", true, 1.0, "dm3"), ("L", true, 1.0, "dm3"), ("ar", true, 100.0, "m2"), ("st", true, 1.0, "m3"),
    ("min", false, 60.0, "s"), ("h", false, 60.0, "min"), ("d", false, 24.0, "h"),
    ("wk", false, 7.0, "d"), ("a", false, 365.25, "d"), ("a_j", false, 365.25, "d"),
    ("a_g", false, 365.2425, "d"), ("a_t", false, 365.24219, "d"), ("mo", false, 30.4375, "d"),
    ("mo_j", false, 30.4375, "d"), ("mo_g", false, 30.436_875, "d"), ("mo_s", false, 29.53059, "d"),
    ("t", true, 1000.0, "kg"), ("u", true, 1.660_540_2e-24, "g"), ("eV", true, 1.602_176_634e-19, "J"),
    ("bar", true, 1e5, "Pa"), ("atm", false, 101_325.0, "Pa"), ("[psi]", false, 6_894.757_293_168, "Pa"),
    ("m[Hg]", true, 133_322.0, "Pa"), ("m[H2O]", true, 9_806.65, "Pa"),
    ("[in_i'Hg]", false, 3_386.378_8, "Pa"), ("[in_i'H2O]", false, 249.088_91, "Pa"),
    ("eq", true, 1.0, "mol"), ("osm", true, 1.0, "mol"), ("kat", true, 1.0, "mol/s"),
    ("U", true, 1.0, "umol/min"), ("[IU]", true, 1.0, "[iU]"),
    ("cal", true, 4.184, "J"), ("cal_th", true, 4.184, "J"), ("cal_IT", true, 4.1868, "J"), ("[Cal]", false, 4184.0, "J"),
    ("g%", true, 10.0, "g/L"), ("[diop]", false, 1.0, "m-1"), ("[drp]", false, 0.05, "mL"),
    ("[S]", false, 1e-13, "s"), ("[MET]", false, 3.5, "mL/min/kg"), ("[Ch]", false, 1.0 / 3.0, "mm"),
    ("[in_i]", false, 2.54, "cm"), ("[ft_i]", false, 12.0, "[in_i]"), ("[yd_i]", false, 3.0, "[ft_i]"),
    ("[mi_i]", false, 5280.0, "[ft_i]"), ("[nmi_i]", false, 1852.0, "m"), ("[kn_i]", false, 1852.0, "m/h"),
    ("[sin_i]", false, 1.0, "[in_i]2"), ("[sft_i]", false, 1.0, "[ft_i]2"), ("[syd_i]", false, 1.0, "[yd_i]2"),
    ("[cin_i]", false, 1.0, "[in_i]3"), ("[cft_i]", false, 1.0, "[ft_i]3"),
    ("[in_us]", false, 100.0 / 3937.0, "m"), ("[ft_us]", false, 12.0, "[in_us]"), ("[yd_us]", false, 3.0, "[ft_us]"),
    ("[mi_us]", false, 5280.0, "[ft_us]"), ("[acr_us]", false, 43_560.0, "[ft_us]2"),
    ("[lb_av]", false, 453.592_37, "g"), ("[oz_av]", false, 0.0625, "[lb_av]"), ("[dr_av]", false, 0.0625, "[oz_av]"),
    ("[gr]", false, 64.798_91, "mg"), ("[stone_av]", false, 14.0, "[lb_av]"), ("[ston_av]", false, 2000.0, "[lb_av]"),
    ("[oz_tr]", false, 480.0, "[gr]"), ("[lb_tr]", false, 12.0, "[oz_tr]"),
    ("[gal_us]", false, 231.0, "[in_i]3"), ("[qt_us]", false, 0.25, "[gal_us]"), ("[pt_us]", false, 0.5, "[qt_us]"),
    ("[foz_us]", false, 1.0 / 128.0, "[gal_us]"), ("[cup_us]", false, 8.0, "[foz_us]"),
    ("[tbs_us]", false, 0.5, "[foz_us]"), ("[tsp_us]", false, 1.0 / 6.0, "[foz_us]"),
    ("[foz_m]", false, 30.0, "mL"), ("[cup_m]", false, 240.0, "mL"), ("[tbs_m]", false, 15.0, "mL"),
    ("[tsp_m]", false, 5.0, "mL"),
];

const PREFIXES: &[(&str, f64)] = &[
    ("da", 1e1),
    ("Y", 1e24),
    ("Z", 1e21),
    ("E", 1e18),
    ("P", 1e15),
    ("T", 1e12),
    ("G", 1e9),
    ("M", 1e6),
    ("k", 1e3),
    ("h", 1e2),
    ("d", 1e-1),
    ("c", 1e-2),
    ("m", 1e-3),
    ("u", 1e-6),
    ("n", 1e-9),
    ("p", 1e-12),
    ("f", 1e-15),
    ("a", 1e-18),
    ("z", 1e-21),
    ("y", 1e-24),
];

/// Temperatures with a zero of their own: code, factor and offset to kelvin.
const TEMPERATURES: &[(&str, f64, f64)] = &[
    ("Cel", 1.0, 273.15),
    ("[degF]", 5.0 / 9.0, 273.15 - 32.0 * 5.0 / 9.0),
];

pub(super) fn temperature(code: &str) -> Option<(f64, f64)> {
    TEMPERATURES
        .iter()
        .find(|(known, _, _)| *known == code)
        .map(|(_, factor, offset)| (*factor, *offset))
}

/// A unit, with or without a prefix.
pub(super) fn atom(code: &str, depth: usize) -> Option<Term> {
    if let Some((term, _)) = defined(code, depth) {
        return Some(term);
    }
    PREFIXES.iter().find_map(|(prefix, factor)| {
        let (term, takes_prefix) = defined(code.strip_prefix(prefix)?, depth)?;
        takes_prefix.then(|| term.scaled(*factor))
    })
}

/// A unit of the tables, and whether it takes prefixes.
fn defined(code: &str, depth: usize) -> Option<(Term, bool)> {
    if let Some((base, metric)) = BASES.iter().find(|(base, _)| *base == code) {
        return Some((Term::base(base), *metric));
    }
    let (_, metric, factor, unit) = DERIVED.iter().find(|(known, ..)| *known == code)?;
    Some((nested(unit, depth + 1)?.scaled(*factor), *metric))
}

#[cfg(test)]
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    let bases = BASES.iter().map(|(code, _)| *code);
    bases.chain(DERIVED.iter().map(|(code, ..)| *code))
}
