//! Tests of the module beside.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(text: &str) -> Value {
    parse(text.as_bytes()).unwrap().value
}

fn fault(bytes: &[u8]) -> (Code, usize, usize) {
    let fault = parse(bytes).unwrap_err();
    (fault.code, fault.line, fault.column)
}

#[test]
fn numbers_keep_their_text_and_keys_their_order() {
    let text = r#"{"z":1.00,"a":[-0.0,1e2,1E+05,12345678901234567890.123],"m":{"b":1,"a":2}}"#;
    assert_eq!(read(text).to_string(), text);
}

#[test]
fn all_kinds_of_values_are_read() {
    let text = "\u{feff} { \"a\" : [ true , false , null , \"\" , {} , [] ] }\r\n\t";
    assert_eq!(read(text), json!({"a": [true, false, null, "", {}, []]}));
    let escapes = r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀""#;
    assert_eq!(read(escapes), json!("\"\\/\u{8}\u{c}\n\r\té😀é😀"));
}

#[test]
fn what_is_not_json_is_refused_where_it_stops_being_so() {
    for (text, line, column) in [
        ("", 1, 1),
        ("  ", 1, 3),
        ("{\"a\":1", 1, 7),
        ("{\"a\":1,}", 1, 8),
        ("[1,]", 1, 4),
        ("{\"a\":1}\n{}", 2, 1),
        ("{\"a\":NaN}", 1, 6),
        ("{/**/}", 1, 2),
        ("[01]", 1, 3),
        ("[1.]", 1, 4),
        ("[+1]", 1, 2),
        ("[\"a\nb\"]", 1, 4),
        ("[\"é\\x\"]", 1, 5),
        ("[\"\\ud83d\"]", 1, 9),
        ("[\"\\udc00\"]", 1, 9),
        ("[\"\\u12g4\"]", 1, 5),
        ("'a'", 1, 1),
        ("{a:1}", 1, 2),
        ("[tru]", 1, 2),
        ("[1 2]", 1, 4),
        ("\u{feff}\u{feff}{}", 1, 1),
    ] {
        assert_eq!(
            fault(text.as_bytes()),
            (Code::Structure, line, column),
            "{text:?}"
        );
    }
    assert_eq!(fault(b"[\n\"\xff\"]"), (Code::Structure, 2, 2));
}

#[test]
fn repeated_keys_are_noted_with_their_path() {
    let text = r#"{"a":[{"b":1,"b":2}],"a":0,"c":{"d e":1,"d e":1}}"#;
    let document = parse(text.as_bytes()).unwrap();
    assert_eq!(document.duplicates, [".a[0].b", ".a", ".c.?"]);
}

#[test]
fn nesting_is_bounded_without_recursion() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(fault(nested(MAX_DEPTH + 1).as_bytes()).0, Code::TooCostly);
    assert_eq!(fault("[".repeat(100_000).as_bytes()).0, Code::TooCostly);
    assert_eq!(
        fault("{\"x\":".repeat(100_000).as_bytes()).0,
        Code::TooCostly
    );
    let extensions = "{\"extension\":[".repeat(65);
    assert_eq!(fault(extensions.as_bytes()).0, Code::Structure);
}

#[test]
fn lengths_are_bounded() {
    let items = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert!(parse(items(MAX_ITEMS).as_bytes()).is_ok());
    assert_eq!(fault(items(MAX_ITEMS + 1).as_bytes()).0, Code::TooLong);
    let members: Vec<String> = (0..=MAX_MEMBERS).map(|at| format!("\"{at}\":0")).collect();
    assert_eq!(
        fault(format!("{{{}}}", members.join(",")).as_bytes()).0,
        Code::TooLong
    );
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(value in any_value()) {
        prop_assert_eq!(read(&value.to_string()), value);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn it_reads_what_serde_json_reads(text in r#"[\[\]{}:,"a0-9.eE+\-ntrufls \\]{0,24}"#) {
        let theirs: Result<Value, _> = serde_json::from_str(&text);
        match parse(text.as_bytes()) {
            Ok(document) => {
                // Theirs writes exponents its own way.
                let again: Value = serde_json::from_str(&document.value.to_string()).unwrap();
                prop_assert_eq!(again, theirs.unwrap());
            }
            Err(_) => prop_assert!(theirs.is_err(), "{}", text),
        }
    }
}
