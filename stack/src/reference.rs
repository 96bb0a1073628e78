//! A stack of our own that a run of `s4s check` is compared with: in memory, on free ports, with the
//! demo's people and clients, gone when the program ends.

use std::path::PathBuf;

use conformance::cli::Reference;
use conformance::configuration::{FileSettings, Secret};
use server::cli::ProfileName;

use crate::up::{Arguments, start};

fn arguments() -> Arguments {
    Arguments {
        fhir_port: 0,
        authz_port: 0,
        host: "127.0.0.1".into(),
        fhir_base: None,
        issuer: None,
        data: PathBuf::new(),
        ephemeral: true,
        patients: 0,
        empty: false,
        profile: ProfileName::Demo,
        us_core: seed_data::UsCore::default(),
        users: None,
        clients: None,
        workers: 1,
        retrieval_delay: 0,
        doors: authz::cli::Doors::default(),
    }
}

/// Starts it; the settings sign in with the demo's first two accounts.
pub async fn reference() -> Result<Reference, String> {
    let (base, accounts) = start(arguments()).await?;
    let mut people = accounts.users.into_iter();
    let (first, second) = (people.next(), people.next());
    let client = |with_secret: bool| {
        let mut clients = accounts.clients.iter();
        clients
            .find(|client| !client.keyed && client.client_secret.is_some() == with_secret)
            .cloned()
    };
    let confidential = client(true);
    Ok(Reference {
        settings: FileSettings {
            base_url: Some(base),
            username: first.as_ref().map(|user| user.username.clone()),
            password: first.map(|user| Secret::from(user.password)),
            second_username: second.as_ref().map(|user| user.username.clone()),
            second_password: second.map(|user| Secret::from(user.password)),
            client_id: client(false).map(|client| client.client_id),
            confidential_client_id: confidential.as_ref().map(|client| client.client_id.clone()),
            confidential_client_secret: confidential
                .and_then(|client| client.client_secret)
                .map(Secret::from),
            ..FileSettings::default()
        },
    })
}
