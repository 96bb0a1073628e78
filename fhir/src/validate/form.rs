//! The form of codes from systems too large or too open to enumerate.

/// A rule that every code of a value set follows.
pub(super) struct Form {
    pub(super) value_set: &'static str,
    pub(super) accepts: fn(&str) -> bool,
    pub(super) accepted: &'static str,
}

/// The required value sets of R4 whose codes are not enumerated in `data/valuesets.tsv`.
pub(super) const FORMS: [Form; 4] = [
    Form {
        value_set: "http://hl7.org/fhir/ValueSet/currencies",
        accepts: is_currency,
        accepted: "a currency of ISO 4217, three upper-case letters",
    },
    Form {
        value_set: "http://hl7.org/fhir/ValueSet/mimetypes",
        accepts: is_media_type,
        accepted: "a media type such as text/plain",
    },
    Form {
        value_set: "http://hl7.org/fhir/ValueSet/ucum-units",
        accepts: is_unit,
        accepted: "a UCUM unit, printable and without spaces",
    },
    Form {
        value_set: "http://loinc.org/vs/LL379-9",
        accepts: |code| code.starts_with("LA"),
        accepted: "an answer code of LOINC, LA and a number",
    },
];

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The names of FHIR's own formats, which `CapabilityStatement.format` may use for media types.
const FORMATS: [&str; 3] = ["json", "ttl", "xml"];

/// `type/subtype` with parameters if any (RFC 6838 section 4.2, RFC 9110 section 8.3.1).
fn is_media_type(code: &str) -> bool {
    FORMATS.contains(&code) || has_media_type_syntax(code)
}

fn has_media_type_syntax(code: &str) -> bool {
    let (name, parameters) = code.split_once(';').unwrap_or((code, "a=b"));
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&byte))
    };
    let has_names = name
        .trim_end()
        .split_once('/')
        .is_some_and(|(ty, subtype)| is_name(ty) && is_name(subtype));
    has_names
        && parameters
            .split(';')
            .all(|parameter| parameter.contains('='))
}

/// UCUM section 6: graphic ASCII, no spaces.
fn is_unit(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_form_of_their_system() {
        type Case = (
            fn(&str) -> bool,
            &'static [&'static str],
            &'static [&'static str],
        );
        let cases: [Case; 3] = [
            (is_currency, &["EUR"], &["eur", "EURO", "E1R", ""]),
            (
                is_media_type,
                &[
                    "text/plain",
                    "application/fhir+json; fhirVersion=4.0",
                    "image/*",
                ],
                &[
                    "text",
                    "text/",
                    "/plain",
                    "te xt/plain",
                    "text/plain;",
                    "a/b/c",
                ],
            ),
            (is_unit, &["mg/dL", "10*3/uL", "%"], &["", "m g", "µg"]),
        ];
        for (accepts, good, bad) in cases {
            assert!(good.iter().all(|code| accepts(code)), "{good:?}");
            assert!(bad.iter().all(|code| !accepts(code)), "{bad:?}");
        }
    }
}
