//! What happens by itself: ended rows are forgotten, signing keys rotate.

use std::time::Duration;

use actix_web::web::Data;
use chrono::{DateTime, Utc};

use crate::key_ring::KeyRing;
use crate::keys::{KeyError, SigningKey};
use crate::server::Server;
use crate::start_error::StartError;
use crate::store::{Store, keys, purge};

/// How often.
const INTERVAL: Duration = Duration::from_hours(1);

/// The ring of the stored keys and of those that are due, which are stored first.
pub async fn forge(store: &Store, now: DateTime<Utc>) -> Result<KeyRing, StartError> {
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
    // The first tick is at once, and the start has just done all this.
    interval.tick().await;
    loop {
        interval.tick().await;
        let now = server.clock.now();
        server.store.write_later(move |tx| purge::purge(tx, now));
        rotate(&server, now).await;
    }
}

/// Makes new signing keys when the old ones have signed for long enough.
async fn rotate(server: &Server, now: DateTime<Utc>) {
    if !server.keys.current().is_due(now) {
        return;
    }
    match forge(&server.store, now).await {
        Ok(ring) => server.keys.exchange(ring),
        Err(error) => tracing::error!(%error, "the signing keys cannot be rotated"),
    }
}
