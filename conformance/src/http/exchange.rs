//! The record of what was asked and answered. Secrets are taken out before anything is kept, and
//! bodies, which are health records, are not kept at all.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// HTTP method.
    pub method: String,
    /// URL, with secret parameters replaced.
    pub url: String,
    /// Request headers, with the value of `Authorization` and `Cookie` replaced.
    pub headers: Vec<(String, String)>,
    /// Form fields that were sent, with secrets replaced; other bodies are not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Status of the answer; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `Content-Type` of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Headers of the answer, with cookies and codes replaced.
    pub answer_headers: Vec<(String, String)>,
    /// Length of the body in bytes.
    pub bytes: usize,
    /// Time to the last byte.
    pub milliseconds: u64,
    /// Why there was no complete answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// All exchanges of a run, and which of them the present check rests on.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    exchanges: Vec<Exchange>,
    cited: BTreeSet<usize>,
}

impl Log {
    /// Keeps an exchange; its number counts from 0.
    pub(crate) fn record(&self, exchange: Exchange) -> usize {
        let mut entries = self.entries();
        let number = entries.exchanges.len();
        entries.exchanges.push(exchange);
        entries.cited.insert(number);
        number
    }

    /// The present check rests on an earlier exchange.
    pub(crate) fn cite(&self, number: usize) {
        self.entries().cited.insert(number);
    }

    /// The exchanges the check that ends now rests on.
    pub(crate) fn take_cited(&self) -> Vec<usize> {
        std::mem::take(&mut self.entries().cited)
            .into_iter()
            .collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries().exchanges.len()
    }

    /// All exchanges, in order.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.entries().exchanges.clone()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
