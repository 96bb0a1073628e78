//! Every resource conforms to the profiles of US Core that it claims, release by release.

#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

mod faults;

use faults::assert_sound;
use seed_data::{Config, Named, Population, UsCore};

fn assert_claims_hold(us_core: UsCore) {
    let found = assert_sound(&Population::new(Config {
        patients: 10,
        named: Named::All,
        us_core,
        profiles: true,
        ..Config::default()
    }));
    assert!(found.claims > 1_000, "only {} claims", found.claims);
}

#[test]
fn claims_of_3_1_1_hold() {
    assert_claims_hold(UsCore::V3_1_1);
}

#[test]
fn claims_of_4_0_0_hold() {
    assert_claims_hold(UsCore::V4_0_0);
}

#[test]
fn claims_of_5_0_1_hold() {
    assert_claims_hold(UsCore::V5_0_1);
}

#[test]
fn claims_of_6_1_0_hold() {
    assert_claims_hold(UsCore::V6_1_0);
}

#[test]
fn claims_of_7_0_0_hold() {
    assert_claims_hold(UsCore::V7_0_0);
}
