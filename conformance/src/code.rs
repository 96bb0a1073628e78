//! The form and the check digits of codes; no code list is needed for these.

/// What is wrong with `code` as a code of `system`; nothing for systems whose form is unknown.
pub(crate) fn fault(system: &str, code: &str) -> Option<String> {
    let legal = match system {
        "http://loinc.org" => is_loinc(code),
        "http://snomed.info/sct" => is_snomed(code),
        "http://hl7.org/fhir/sid/cvx" => (1..=3).contains(&code.len()) && is_number(code),
        "http://www.nlm.nih.gov/research/umls/rxnorm" => is_number(code),
        _ => return absolute(system).err(),
    };
    (!legal).then(|| format!("{code} is not a legal code of {system}"))
}

/// Code systems are absolute URIs.
fn absolute(system: &str) -> Result<(), String> {
    url::Url::parse(system)
        .map(|_| ())
        .map_err(|_| format!("the code system {system:?} is not an absolute URI"))
}

fn is_number(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit())
}

/// Digits, a hyphen and a mod 10 check digit; parts and answers (`LP…`, `LA…`) by form alone.
fn is_loinc(code: &str) -> bool {
    let Some((body, check)) = code.rsplit_once('-') else {
        return false;
    };
    let digits = body.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let form = is_number(digits) && is_number(check) && check.len() == 1;
    form && (digits.len() < body.len() || mod_ten(digits) == check.parse().ok())
}

/// The Luhn check digit.
fn mod_ten(digits: &str) -> Option<u32> {
    let mut sum = 0;
    for (place, digit) in digits.chars().rev().enumerate() {
        let digit = digit.to_digit(10)?;
        sum += match (place % 2, digit * 2) {
            (0, double) if double > 9 => double - 9,
            (0, double) => double,
            _ => digit,
        };
    }
    Some((10 - sum % 10) % 10)
}

/// Verhoeff: the dihedral group of order ten, as a rule instead of its table.
fn multiply(a: usize, b: usize) -> usize {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

const PERMUTATION: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// 6 to 18 digits that end in a Verhoeff check digit.
fn is_snomed(code: &str) -> bool {
    if !(6..=18).contains(&code.len()) || !is_number(code) || code.starts_with('0') {
        return false;
    }
    let check = code
        .bytes()
        .rev()
        .enumerate()
        .fold(0, |check, (place, byte)| {
            let digit =
                (0..place % 8).fold(usize::from(byte - b'0'), |digit, _| PERMUTATION[digit]);
            multiply(check, digit)
        });
    check == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_loinc() {
        for code in [
            "8480-6",
            "72166-2",
            "85354-9",
            "29463-7",
            "LA6668-3",
            "LP29708-2",
        ] {
            assert!(is_loinc(code), "{code}");
        }
        for code in ["8480-7", "8480", "", "-", "84806", "8480-66", "x-1"] {
            assert!(!is_loinc(code), "{code}");
        }
    }

    #[test]
    fn check_digits_of_snomed() {
        for code in ["716186003", "44054006", "38341003", "8517006", "266919005"] {
            assert!(is_snomed(code), "{code}");
        }
        for code in ["716186004", "44054060", "12345", "", "0", "4405400a"] {
            assert!(!is_snomed(code), "{code}");
        }
    }

    #[test]
    fn unknown_systems_are_only_asked_to_be_absolute() {
        assert!(fault("urn:oid:1.2.3", "x").is_none());
        assert!(fault("snomed", "x").is_some());
    }
}
