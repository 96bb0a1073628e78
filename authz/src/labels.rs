//! The kinds of data that scopes reach into, remembered: every request to a resource server asks,
//! and what people agree to has few forms.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use smart::category;
use smart::scope::ScopeSet;

/// Forms that are remembered; when there are more, all are forgotten.
const MOST: usize = 1000;

type Labels = Arc<[Cow<'static, str>]>;

/// Codes of categories by the text of the scopes.
#[derive(Debug, Default)]
pub struct KnownLabels(Mutex<HashMap<String, Labels>>);

impl KnownLabels {
    /// The codes of the categories that `scopes` reach into.
    pub fn of(&self, scopes: &str) -> Vec<Cow<'static, str>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(labels) = known.get(scopes) {
            return labels.to_vec();
        }
        let offered = category::offered(&ScopeSet::parse(scopes).known);
        let labels: Labels = offered
            .iter()
            .map(|category| Cow::Borrowed(category.code))
            .collect();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(scopes.to_owned(), Arc::clone(&labels));
        labels.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_are_those_of_the_scopes_and_few_forms_are_remembered() {
        let known = KnownLabels::default();
        for _ in 0..2 {
            let labels = known.of("patient/Condition.rs openid");
            assert!(labels.contains(&"problems".into()), "{labels:?}");
            assert!(!labels.contains(&"laboratory".into()), "{labels:?}");
        }
        for number in 0..2 * MOST {
            known.of(&format!("openid {number}"));
        }
        assert!(known.0.lock().unwrap().len() <= MOST);
        assert!(known.of("patient/*.rs").contains(&"laboratory".into()));
    }
}
