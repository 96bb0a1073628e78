//! Rounds of writing and dying.

use std::fs;
use std::path::{Path, PathBuf};

use bench::{Key, Own};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use server::store::{Limits, Location, Store};

use crate::disk::{Disk, Image};
use crate::writers::{Acknowledged, missing, write};

const ROUNDS: usize = 50;

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_s4s"))
}

/// A stack on some folder with a token for everything.
async fn start(folder: &Path, key: &Key, id: u128) -> (Own, String) {
    let own = Own::start(&program(), folder, key).unwrap();
    let token = own.backend_token(key, id).await.unwrap();
    (own, token)
}

/// The index that was kept is the one that would be made from the resources.
fn assert_index_is_current(image: &Image) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in image.iter().filter(|(name, _)| name.starts_with("fhir")) {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let file = folder.path().join(server::cli::DATABASE);
    let store = Store::open(&Location::File(file), "power", Limits::default()).unwrap();
    let kept = store.index_digest().unwrap();
    store.reindex(|_| ()).unwrap();
    assert_eq!(store.index_digest().unwrap(), kept);
}

fn read(folder: &Path) -> Image {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files
        .filter(|file| file.file_type().unwrap().is_file())
        .map(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            (name, fs::read(file.path()).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_killed_server_loses_no_acknowledged_write() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::generate().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut written: Vec<Acknowledged> = Vec::new();
    for round in 0..ROUNDS {
        let (mut own, token) = start(folder.path(), &key, round as u128).await;
        assert_eq!(missing(&own.fhir, &token, recent(&written)).await, []);
        let base = own.fhir.clone();
        let enough = random.random_range(1..60);
        written.extend(write(&base, &token, round, enough, || own.kill()).await);
    }
    let (own, token) = start(folder.path(), &key, 1000).await;
    assert_eq!(missing(&own.fhir, &token, &written).await, []);
    drop(own);
    assert_index_is_current(&read(folder.path()));
}

#[tokio::test]
async fn a_power_cut_loses_no_acknowledged_write() {
    let mut random = ChaCha8Rng::seed_from_u64(10);
    let lost = rounds(ROUNDS, false, &mut random).await;
    assert_eq!(lost, []);
}

#[tokio::test]
async fn a_disk_that_lies_about_synchronising_loses_some() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let lost = rounds(1, true, &mut random).await;
    assert!(!lost.is_empty());
}

/// Writes, cuts the power, starts again on what is left; returns what is missing at the end.
async fn rounds(number: usize, lies: bool, random: &mut ChaCha8Rng) -> Vec<Acknowledged> {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::generate().unwrap();
    let mut image = empty_stack(&key).await;
    let mut written: Vec<Acknowledged> = Vec::new();
    for round in 0..number {
        let disk = Disk::mount(&image, folder.path(), lies);
        let (mut own, token) = start(folder.path(), &key, round as u128).await;
        let lost = missing(&own.fhir, &token, recent(&written)).await;
        if !lost.is_empty() {
            return lost;
        }
        let (base, enough) = (own.fhir.clone(), random.random_range(1..60));
        // In every other round nothing survives that was not synchronised; else half of it does.
        let share = if round % 2 == 0 { 0.0 } else { 0.5 };
        let mut left = Image::new();
        let cut = || {
            left = disk.cut(|| random.random_bool(share));
            own.kill();
        };
        let seen = write(&base, &token, round, enough, cut).await;
        // Acknowledgements of the instant between the cut and the end are not promises.
        written.extend(seen.into_iter().take(enough));
        image = left;
    }
    let _disk = Disk::mount(&image, folder.path(), false);
    let (own, token) = start(folder.path(), &key, 1000).await;
    let lost = missing(&own.fhir, &token, &written).await;
    drop(own);
    if lost.is_empty() {
        assert_index_is_current(&read(folder.path()));
    }
    lost
}

/// The data of a stack that was started and ended in peace.
async fn empty_stack(key: &Key) -> Image {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path(), key, 5000).await);
    read(folder.path())
}

/// The last round's, which are the ones in danger.
fn recent(written: &[Acknowledged]) -> &[Acknowledged] {
    &written[written.len().saturating_sub(80)..]
}
