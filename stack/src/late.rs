//! An authorization server that is still being built while the FHIR server that will ask it is.

use std::future::ready;
use std::sync::OnceLock;

use smart::configuration::SmartConfiguration;
use smart::introspection::{
    Answer, AuthorizationServer, Introspection, SharedAuthorizationServer, Unavailable,
};

/// Answers like the server that it was told of; nobody is served before that.
#[derive(Default)]
pub struct Late(OnceLock<SharedAuthorizationServer>);

impl Late {
    /// From now on it is this one.
    pub fn is(&self, server: SharedAuthorizationServer) {
        self.0.get_or_init(|| server);
    }
}

impl AuthorizationServer for Late {
    fn introspect<'a>(&'a self, token: &'a str) -> Answer<'a, Introspection> {
        match self.0.get() {
            Some(server) => server.introspect(token),
            None => Box::pin(ready(Err(early()))),
        }
    }

    fn configuration(&self) -> Answer<'_, SmartConfiguration> {
        match self.0.get() {
            Some(server) => server.configuration(),
            None => Box::pin(ready(Err(early()))),
        }
    }
}

fn early() -> Unavailable {
    Unavailable::because("it is still being started")
}
