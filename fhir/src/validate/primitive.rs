//! The form of primitive values. <http://hl7.org/fhir/R4/datatypes.html#primitive>

use serde_json::Value;

use super::calendar::{is_date, is_date_time, is_instant, is_time};
use super::issue::Code;

/// The most characters of a string. <http://hl7.org/fhir/R4/datatypes.html#string>
pub const MAX_STRING: usize = 1024 * 1024;

/// How a primitive type is written in JSON.
enum Form {
    Boolean,
    /// A number whose text passes the check.
    Number(fn(&str) -> bool),
    /// A string that passes the check.
    Text(fn(&str) -> bool),
}

/// A primitive type, its form, and what is accepted in words.
struct Grammar {
    name: &'static str,
    form: Form,
    accepted: &'static str,
}

const fn grammar(name: &'static str, form: Form, accepted: &'static str) -> Grammar {
    Grammar {
        name,
        form,
        accepted,
    }
}

/// The primitive types but `xhtml`, which is a matter of `crate::narrative`; sorted by name.
const GRAMMARS: [Grammar; 19] = [
    grammar(
        "base64Binary",
        Form::Text(is_base64),
        "base64 with its padding",
    ),
    grammar("boolean", Form::Boolean, "true or false"),
    grammar(
        "canonical",
        Form::Text(is_uri),
        "a canonical URL without spaces",
    ),
    grammar(
        "code",
        Form::Text(is_code),
        "a code with single spaces inside at most",
    ),
    grammar(
        "date",
        Form::Text(is_date),
        "YYYY, YYYY-MM or YYYY-MM-DD in the calendar",
    ),
    grammar(
        "dateTime",
        Form::Text(is_date_time),
        "YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone",
    ),
    grammar(
        "decimal",
        Form::Number(is_decimal),
        "a number of a magnitude up to 1e308",
    ),
    grammar(
        "id",
        Form::Text(is_id),
        "1 to 64 letters, digits, \"-\" or \".\"",
    ),
    grammar(
        "instant",
        Form::Text(is_instant),
        "YYYY-MM-DDThh:mm:ss with a time zone",
    ),
    grammar(
        "integer",
        Form::Number(is_integer),
        "a whole number of 32 bits",
    ),
    grammar(
        "markdown",
        Form::Text(is_string),
        "text that is not blank, without control characters",
    ),
    grammar(
        "oid",
        Form::Text(is_oid),
        "urn:oid: and numbers separated by dots",
    ),
    grammar(
        "positiveInt",
        Form::Number(is_positive),
        "a whole number from 1 to 2147483647",
    ),
    grammar(
        "string",
        Form::Text(is_string),
        "text that is not blank, without control characters",
    ),
    grammar(
        "time",
        Form::Text(is_time),
        "hh:mm:ss from 00:00:00 to 23:59:59",
    ),
    grammar(
        "unsignedInt",
        Form::Number(is_unsigned),
        "a whole number from 0 to 2147483647",
    ),
    grammar("uri", Form::Text(is_uri), "a URI without spaces"),
    grammar("url", Form::Text(is_uri), "a URL without spaces"),
    grammar(
        "uuid",
        Form::Text(is_uuid),
        "urn:uuid: and a UUID in lower case",
    ),
];

/// Why a value is not one of its type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) accepted: &'static str,
}

/// Checks the JSON kind and the grammar of a primitive's value.
pub(super) fn check(type_name: &str, value: &Value) -> Result<(), Fault> {
    let Ok(at) = GRAMMARS.binary_search_by_key(&type_name, |grammar| grammar.name) else {
        return Ok(());
    };
    let grammar = &GRAMMARS[at];
    match (&grammar.form, value) {
        (Form::Boolean, Value::Bool(_)) => Ok(()),
        (Form::Number(accepts), Value::Number(number)) => {
            grammar.judge(accepts(number.as_str()), Code::Value)
        }
        (Form::Text(accepts), Value::String(text)) => {
            let is_long = grammar.is_bounded() && text.len() > MAX_STRING;
            if is_long && text.chars().count() > MAX_STRING {
                return Err(Fault {
                    code: Code::TooLong,
                    accepted: "at most 1048576 characters",
                });
            }
            grammar.judge(accepts(text), Code::Value)
        }
        _ => grammar.judge(false, Code::Structure),
    }
}

impl Grammar {
    fn judge(&self, is_accepted: bool, code: Code) -> Result<(), Fault> {
        if is_accepted {
            return Ok(());
        }
        let accepted = match (&self.form, code) {
            (Form::Boolean, _) => "the boolean true or false",
            (Form::Number(_), Code::Structure) => "a JSON number",
            (Form::Text(_), Code::Structure) => "a JSON string",
            _ => self.accepted,
        };
        Err(Fault { code, accepted })
    }

    /// `base64Binary` alone may be of any length.
    fn is_bounded(&self) -> bool {
        self.name != "base64Binary"
    }
}

/// Whether the text is a FHIR `id`.
pub(super) fn is_id(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(is_letter)
}

/// Not blank (<http://hl7.org/fhir/R4/xml.html>: "at least one character of non-whitespace
/// content"), and no control character but tab, line feed and carriage return.
fn is_string(text: &str) -> bool {
    let is_control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    !text.bytes().any(is_control)
        && !text.contains(BEYOND_XML)
        && text.chars().any(|letter| !letter.is_whitespace())
}

/// No character in XML (XML 1.0 §2.2), so a text with one of them has no XML form.
const BEYOND_XML: [char; 2] = ['\u{fffe}', '\u{ffff}'];

fn is_code(text: &str) -> bool {
    let is_control = |byte: u8| byte < 0x20;
    !text.bytes().any(is_control)
        && !text.contains(BEYOND_XML)
        && text
            .split(|letter: char| letter.is_ascii_whitespace())
            .all(|part| !part.is_empty())
}

fn is_uri(text: &str) -> bool {
    let is_unfit = |letter: char| letter.is_whitespace() || letter.is_control();
    !text.is_empty() && !text.contains(is_unfit) && !text.contains(BEYOND_XML)
}

fn is_oid(text: &str) -> bool {
    let Some(numbers) = text.strip_prefix("urn:oid:") else {
        return false;
    };
    let Some((root, rest)) = numbers.split_once('.') else {
        return false;
    };
    matches!(root, "0" | "1" | "2") && rest.split('.').all(is_natural)
}

/// `0`, or digits that do not start with it.
fn is_natural(text: &str) -> bool {
    text == "0"
        || (text.bytes().all(|byte| byte.is_ascii_digit())
            && !text.is_empty()
            && !text.starts_with('0'))
}

fn is_uuid(text: &str) -> bool {
    text.strip_prefix("urn:uuid:").is_some_and(|uuid| {
        uuid.len() == 36
            && uuid.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            })
    })
}

/// Groups of four letters, white space anywhere between, padding only at the end.
fn is_base64(text: &str) -> bool {
    let mut length = 0_usize;
    let mut padding = 0_usize;
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'=' => padding += 1,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'/' if padding == 0 => {}
            _ => return false,
        }
        length += 1;
    }
    length > 0 && length.is_multiple_of(4) && padding <= 2
}

/// R4 leaves the magnitude open; what a binary64 cannot hold is refused.
fn is_decimal(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_integer(text: &str) -> bool {
    is_natural(text.strip_prefix('-').unwrap_or(text)) && text.parse::<i32>().is_ok()
}

fn is_unsigned(text: &str) -> bool {
    is_natural(text) && is_integer(text)
}

fn is_positive(text: &str) -> bool {
    text != "0" && is_unsigned(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::definition::{self, Kind};

    #[test]
    fn every_primitive_type_has_a_grammar() {
        let names: Vec<_> = GRAMMARS.iter().map(|grammar| grammar.name).collect();
        assert!(names.is_sorted());
        let primitives = definition::all().filter(|ty| ty.kind == Kind::Primitive);
        for ty in primitives.filter(|ty| ty.name != "xhtml") {
            assert!(names.contains(&ty.name), "{}", ty.name);
        }
    }

    /// A type, values it has and values it does not have, as JSON.
    const VALUES: [(&str, &str, &str); 14] = [
        ("boolean", "true false", r#""true" 1"#),
        ("integer", "0 -7 2147483647", r#"2147483648 1.0 1e2 "1""#),
        ("unsignedInt", "0 12", "-1 1.5"),
        ("positiveInt", "1", "0 -3"),
        ("decimal", "1.5 -2 1e300", r#""1.5" true"#),
        (
            "string",
            r#"" a\tb\r\n" "é""#,
            r#""" " \n" "a\u0000" "a\uffff" 5"#,
        ),
        ("markdown", r##""# a""##, r#""\u000ba""#),
        ("code", r#""a" "a b""#, r#""" " a" "a " "a  b""#),
        ("id", r#""a-B.9""#, r#""" "a_b" "é" "a b""#),
        (
            "uri",
            r#""urn:x" "a/b#c""#,
            r#""" "a b" "a\u00a0b" "a\ufffe""#,
        ),
        ("canonical", r#""http://a|1""#, r#""http://a |1""#),
        (
            "oid",
            r#""urn:oid:1.2.0""#,
            r#""1.2" "urn:oid:3.1" "urn:oid:1.02" "urn:oid:1" "urn:oid:1.""#,
        ),
        (
            "uuid",
            r#""urn:uuid:c757873d-ec9a-4326-a141-556f43239520""#,
            r#""urn:uuid:c757873d" "urn:uuid:C757873D-ec9a-4326-a141-556f43239520""#,
        ),
        (
            "base64Binary",
            r#""YQ==" "YW Jj\nYWJj""#,
            r#""" "YQ" "Y===" "YQ==YQ==" "Y-==""#,
        ),
    ];

    fn values(text: &str) -> Vec<Value> {
        let values = serde_json::Deserializer::from_str(text).into_iter();
        values.map(Result::unwrap).collect()
    }

    #[test]
    fn values_keep_to_their_grammar() {
        for (ty, accepted, refused) in VALUES {
            for value in values(accepted) {
                assert_eq!(check(ty, &value), Ok(()), "{ty} {value}");
            }
            for value in values(refused) {
                assert!(check(ty, &value).is_err(), "{ty} {value}");
            }
        }
        assert!(is_id(&"x".repeat(64)) && !is_id(&"x".repeat(65)));
    }

    #[test]
    fn a_decimal_may_be_precise_but_not_beyond_measure() {
        let number = |text: &str| Value::Number(text.parse().unwrap());
        for text in ["1.00", "0.1234567890123456789012345678901234567890", "1E-7"] {
            assert_eq!(check("decimal", &number(text)), Ok(()), "{text}");
        }
        assert_eq!(
            check("decimal", &number("1e400")).unwrap_err().code,
            Code::Value
        );
    }

    #[test]
    fn the_wrong_kind_is_structure_and_the_wrong_text_is_value() {
        assert_eq!(check("date", &json!(5)).unwrap_err().code, Code::Structure);
        assert_eq!(check("date", &json!("5")).unwrap_err().code, Code::Value);
        let long = json!("a".repeat(MAX_STRING + 1));
        assert_eq!(check("string", &long).unwrap_err().code, Code::TooLong);
    }
}
