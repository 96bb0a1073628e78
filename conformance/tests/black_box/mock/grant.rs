//! What the mock's authorization server remembers: clients, sessions, requests, codes, tokens.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{ADA, CY};

pub const FULL: &str = "launch/patient openid fhirUser offline_access patient/*.rs";

/// An authorization request under way.
#[derive(Clone, Default)]
pub struct Pending {
    pub query: String,
    pub user: String,
    pub patient: String,
    pub done: bool,
}

/// A consent with all its tokens.
#[derive(Clone, Default)]
pub struct Family {
    pub client: String,
    pub user: String,
    pub patient: String,
    pub scope: String,
    pub nonce: String,
    pub ended: bool,
}

/// An issued code.
#[derive(Clone, Default)]
pub struct Code {
    pub redirect_uri: String,
    pub challenge: String,
    pub family: usize,
    pub used: bool,
}

/// A token: its family, its scope and whether it is over.
#[derive(Clone)]
pub struct Token {
    pub family: usize,
    pub scope: String,
    pub is_refresh: bool,
    pub over: bool,
}

pub struct State {
    serial: u64,
    pub clients: HashMap<String, Option<String>>,
    pub sessions: HashMap<String, String>,
    pub pending: HashMap<String, Pending>,
    pub codes: HashMap<String, Code>,
    pub families: Vec<Family>,
    pub tokens: HashMap<String, Token>,
    pub misses: usize,
    /// Public keys by client.
    pub keys: HashMap<String, serde_json::Value>,
    /// Assertions that were presented.
    pub assertions: HashSet<String>,
}

impl State {
    pub fn new() -> Self {
        let known = Family {
            client: "given".into(),
            patient: ADA.into(),
            user: "ada".into(),
            scope: FULL.into(),
            ..Family::default()
        };
        let mut state = Self {
            serial: 0,
            clients: HashMap::new(),
            sessions: HashMap::new(),
            pending: HashMap::new(),
            codes: HashMap::new(),
            families: vec![known],
            tokens: HashMap::new(),
            misses: 0,
            keys: HashMap::new(),
            assertions: HashSet::new(),
        };
        state.keep("access-token-of-ada-1".into(), 0, FULL, false);
        state
    }

    /// A text that is never given twice and has no prefix in common with others.
    pub fn random(&mut self, kind: &str) -> String {
        self.serial += 1;
        let digest = Sha256::digest(format!("{kind} {}", self.serial).as_bytes());
        format!("{}-{kind}", URL_SAFE_NO_PAD.encode(digest))
    }

    pub fn keep(&mut self, text: String, family: usize, scope: &str, is_refresh: bool) {
        let token = Token {
            family,
            scope: scope.to_owned(),
            is_refresh,
            over: false,
        };
        self.tokens.insert(text, token);
    }

    pub fn family(&mut self, family: Family) -> usize {
        self.families.push(family);
        self.families.len() - 1
    }

    /// A token of a consent that has not ended.
    pub fn live(&self, text: &str) -> Option<(&Token, &Family)> {
        let token = self.tokens.get(text).filter(|token| !token.over)?;
        let family = self.families.get(token.family)?;
        (!family.ended).then_some((token, family))
    }
}

/// The patients of a user.
pub fn patients(user: &str) -> &'static [&'static str] {
    match user {
        "ada" => &[ADA, super::BOB],
        "cy" => &[CY],
        _ => &[],
    }
}

/// Whether a scope lets a record be read.
pub fn allows(scope: &str, record: &serde_json::Value) -> bool {
    let name = record["resourceType"].as_str().unwrap_or_default();
    let is_shared = matches!(
        name,
        "Practitioner" | "Organization" | "Medication" | "Binary"
    );
    is_shared
        || scope
            .split_whitespace()
            .any(|word| covers(word, name, record))
}

fn covers(word: &str, name: &str, record: &serde_json::Value) -> bool {
    let Some(rest) = word.strip_prefix("patient/") else {
        return false;
    };
    let (what, category) = rest.split_once("?category=").unwrap_or((rest, ""));
    let is_type = what == "*.rs" || what == format!("{name}.rs");
    let code = category.rsplit('|').next().unwrap_or_default();
    is_type && (category.is_empty() || record["category"][0]["coding"][0]["code"] == code)
}

/// What is granted of a requested scope, without the laboratory when that was unticked.
pub fn granted(requested: &str, laboratory: bool, anything: bool) -> String {
    let is_known = |word: &&str| {
        anything
            || matches!(
                *word,
                "launch/patient" | "openid" | "fhirUser" | "offline_access"
            )
            || (word.starts_with("patient/") && !word.contains("NoSuchType"))
    };
    let words = requested.split_whitespace().filter(is_known);
    let narrowed =
        words.map(|word| match word {
            "patient/*.rs" if !laboratory => super::discovery::TYPES
                .iter()
                .filter(|name| **name != "Observation")
                .map(|name| format!("patient/{name}.rs"))
                .chain(["vital-signs", "social-history"].map(|code| {
                    format!("patient/Observation.rs?category=http://example.org|{code}")
                }))
                .collect::<Vec<_>>()
                .join(" "),
            word => word.to_owned(),
        });
    narrowed.collect::<Vec<_>>().join(" ")
}
