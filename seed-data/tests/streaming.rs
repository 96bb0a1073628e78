//! A population of any size is made in constant memory. Alone in its program, so that nothing else allocates.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test whose world cannot be read fails"
)]

use seed_data::{Config, Named, Population, Richness};

/// The memory of this program in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_the_population() {
    let population = Population::new(Config {
        patients: 1_000_000,
        named: Named::None,
        richness: Richness::Slim,
        ..Config::default()
    });
    let mut records = population.records();
    let warm = records.by_ref().take(300).count();
    let before = resident();
    let made: usize = records.take(1_500).map(|record| record.seeds.len()).sum();
    let grown = resident().saturating_sub(before);
    assert!(warm == 300 && made > 15_000, "{made} resources");
    assert!(grown < 6_000, "{grown} KiB more after 1,500 patients");
}
