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
    fn introspect_for<'a>(&'a self, token: &'a str, purpose: &'a str) -> Answer<'a, Introspection> {
        match self.0.get() {
            Some(server) => server.introspect_for(token, purpose),
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[derive(Default)]
    struct Noting(Mutex<Vec<String>>);

    impl AuthorizationServer for Noting {
        fn introspect_for<'a>(&'a self, _: &'a str, purpose: &'a str) -> Answer<'a, Introspection> {
            self.0.lock().unwrap().push(purpose.to_owned());
            Box::pin(ready(Ok(Introspection::inactive())))
        }

        fn configuration(&self) -> Answer<'_, SmartConfiguration> {
            Box::pin(ready(Err(early())))
        }
    }

    fn ask(late: &Late) -> bool {
        let mut answer = late.introspect_for("token", "Condition");
        let mut context = Context::from_waker(Waker::noop());
        matches!(answer.as_mut().poll(&mut context), Poll::Ready(Ok(_)))
    }

    #[test]
    fn what_a_token_is_used_for_is_passed_on_and_nobody_is_served_before() {
        let late = Late::default();
        assert!(!ask(&late));
        let noting = Arc::new(Noting::default());
        late.is(noting.clone());
        assert!(ask(&late));
        assert_eq!(*noting.0.lock().unwrap(), ["Condition"]);
    }
}
