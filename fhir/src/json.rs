//! Looking up members of JSON objects.

use serde_json::{Map, Value};

/// Up to so many members are compared one by one: that is sooner done than computing a hash.
const FEW: usize = 16;
static NOTHING: Value = Value::Null;

/// The member of this name.
pub fn member<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    if object.len() > FEW {
        return object.get(name);
    }
    let mut members = object.iter();
    members
        .find(|(key, _)| key.as_str() == name)
        .map(|(_, value)| value)
}

/// The member of this name; `null` if there is none, or if the value is no object.
pub fn at<'v>(value: &'v Value, name: &str) -> &'v Value {
    let found = value.as_object().and_then(|object| member(object, name));
    found.unwrap_or(&NOTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_among_few_and_many() {
        for count in [0, 1, FEW, FEW + 1, 99] {
            let object: Value = (0..count)
                .map(|at| (at.to_string(), at.into()))
                .collect::<Map<_, _>>()
                .into();
            for sought in 0..100 {
                let expected = if sought < count {
                    sought.into()
                } else {
                    Value::Null
                };
                assert_eq!(at(&object, &sought.to_string()), &expected);
            }
        }
        assert_eq!(at(&Value::from("x"), "x"), &Value::Null);
    }
}
