//! What happens by itself: ended rows are forgotten, signing keys rotate.

use std::time::Duration;

use actix_web::web::Data;
use chrono::{DateTime, Utc};

use crate::key_ring::KeyRing;
use crate::keys::{KeyError, SigningKey};
use crate::server::Server;
use crate::start_error::StartError;
use crate::store::{Store, StoreError, keys, purge};

/// How often.
const INTERVAL: Duration = Duration::from_hours(1);
/// How often keys are looked at, what was counted is written down, and what has ended is forgotten.
const COUNTING: Duration = Duration::from_mins(1);

/// The ring to start with. Making an RSA key is most of a first start; nobody has met this server then,
/// so nobody waits for its keys yet, and [`keep`] makes them. At any other start they are what they
/// have to be before anybody is answered.
pub async fn ring_at_start(store: &Store, now: DateTime<Utc>) -> Result<KeyRing, StartError> {
    if store.read(keys::count)? == 0 {
        return Ok(KeyRing::load(&[], now)?);
    }
    forge(store, now).await
}

/// The ring of the stored keys and of those that are due, which are stored first.
async fn forge(store: &Store, now: DateTime<Utc>) -> Result<KeyRing, StartError> {
    let stored = store.read(keys::all)?;
    let forged = tokio::task::spawn_blocking(move || KeyRing::forge(&stored, now));
    let (ring, fresh) = forged.await.map_err(|_| KeyError)??;
    let mut named = Vec::new();
    for key in fresh {
        named.push((SigningKey::load(&key)?.kid().to_owned(), key));
    }
    store
        .write::<_, StartError>(move |tx| {
            for (kid, key) in &named {
                keys::insert(tx, kid, key, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(ring)
}

/// Keeps house until it is dropped.
pub async fn keep(server: Data<Server>) {
    let mut interval = tokio::time::interval(INTERVAL);
    let mut counting = tokio::time::interval(COUNTING);
    // The first tick is at once, and the start has just done what is done hourly.
    interval.tick().await;
    loop {
        tokio::select! {
            _ = interval.tick() => {
                let now = server.clock.now();
                server.store.write_later(move |tx| purge::rest(tx, now));
            }
            // The first tick of this one makes the keys of a first start; if it cannot, the next one does.
            _ = counting.tick() => {
                rotate(&server, server.clock.now()).await;
                write_usage(&server).await;
                forget(&server.store, server.clock.now()).await;
            }
        }
    }
}

/// Forgets what has ended, a little at a time, so that requests get their turn in between.
async fn forget(store: &Store, now: DateTime<Utc>) {
    loop {
        let some = store.write::<_, StoreError>(move |tx| Ok(purge::some(tx, now)?));
        match some.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "what has ended could not be forgotten");
                return;
            }
        }
    }
}

async fn write_usage(server: &Server) {
    if let Err(error) = server.write_usage().await {
        tracing::warn!(%error, "uses of tokens could not be written down");
    }
}

/// Makes new signing keys when there are none, or the old ones have signed for long enough.
async fn rotate(server: &Server, now: DateTime<Utc>) {
    if !server.keys.present().is_due(now) {
        return;
    }
    match forge(&server.store, now).await {
        Ok(ring) => server.keys.exchange(ring),
        Err(error) => tracing::error!(%error, "the signing keys cannot be rotated"),
    }
}
