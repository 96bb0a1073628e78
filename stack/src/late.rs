//! An authorization server that is still being built while the FHIR server that will ask it is.

use std::future::ready;
use std::sync::OnceLock;

use smart::configuration::SmartConfiguration;
use smart::introspection::{
    Answer, AuthorizationServer, Disclosure, Introspection, SharedAuthorizationServer, Unavailable,
};

/// Answers like the server that it was told of; nobody is served before that.
#[derive(Default)]
pub struct Late(OnceLock<SharedAuthorizationServer>);

impl Late {
    /// From now on it is this one.
    pub fn is(&self, server: SharedAuthorizationServer) {
        self.0.get_or_init(|| server);
    }

    fn ask<'a, T: Send + 'a>(
        &'a self,
        question: impl FnOnce(&'a dyn AuthorizationServer) -> Answer<'a, T>,
    ) -> Answer<'a, T> {
        match self.0.get() {
            Some(server) => question(&**server),
            None => Box::pin(ready(Err(Unavailable::because(
                "it is still being started",
            )))),
        }
    }
}

impl AuthorizationServer for Late {
    fn introspect_for<'a>(&'a self, token: &'a str, purpose: &'a str) -> Answer<'a, Introspection> {
        self.ask(|server| server.introspect_for(token, purpose))
    }

    fn disclosed<'a>(&'a self, disclosure: Disclosure<'a>) -> Answer<'a, ()> {
        self.ask(|server| server.disclosed(disclosure))
    }

    fn configuration(&self) -> Answer<'_, SmartConfiguration> {
        self.ask(|server| server.configuration())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Notes what it is asked and told.
    #[derive(Default)]
    struct Noting(Mutex<Vec<String>>);

    impl AuthorizationServer for Noting {
        fn introspect_for<'a>(
            &'a self,
            token: &'a str,
            purpose: &'a str,
        ) -> Answer<'a, Introspection> {
            self.0.lock().unwrap().push(format!("{token} {purpose}"));
            Box::pin(ready(Ok(Introspection::inactive())))
        }

        fn disclosed<'a>(&'a self, disclosure: Disclosure<'a>) -> Answer<'a, ()> {
            let patients = disclosure.patients.join(" ");
            self.0.lock().unwrap().push(patients);
            Box::pin(ready(Ok(())))
        }

        fn configuration(&self) -> Answer<'_, SmartConfiguration> {
            Box::pin(ready(Err(Unavailable::because("none"))))
        }
    }

    #[tokio::test]
    async fn nobody_is_served_early_and_everything_is_passed_on() {
        let late = Late::default();
        let patients = ["p".to_owned(), "q".to_owned()];
        let disclosure = Disclosure {
            token: "t",
            purpose: "Patient",
            patients: &patients,
        };
        assert!(late.introspect("t").await.is_err());
        assert!(late.disclosed(disclosure).await.is_err());
        assert!(late.configuration().await.is_err());
        let server = Arc::new(Noting::default());
        late.is(server.clone());
        late.introspect_for("t", "Patient").await.unwrap();
        late.introspect("t").await.unwrap();
        late.disclosed(disclosure).await.unwrap();
        assert_eq!(*server.0.lock().unwrap(), ["t Patient", "t ", "p q"]);
    }
}
