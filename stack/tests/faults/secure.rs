//! Faults of how the servers are reached, on a stack at https.

use super::door::Door;
use super::fault::{Fault, fault};

pub static FAULTS: &[Fault] = &[
    fault(
        "plain-endpoint",
        "an endpoint is advertised at plain http",
        &["TLS-01"],
    )
    .reply(|ask, reply, _| {
        if ask.place() == Some(".well-known/smart-configuration") {
            reply.change(|document| {
                document["introspection_endpoint"] = "http://localhost/introspect".into();
            });
        }
    }),
    fault(
        "refuses-tls",
        "the authorization server speaks no TLS of today",
        &["TLS-02"],
    )
    .door(Door::Deaf),
    fault("speaks-tls-1.0", "TLS 1.0 is still spoken", &["TLS-03"]).door(Door::SpeaksTls10),
    fault(
        "accepts-no-cipher",
        "a connection without encryption is accepted",
        &["TLS-04"],
    )
    .door(Door::AcceptsNull),
    fault(
        "misnamed-certificate",
        "the certificate is another host's",
        &["TLS-05"],
    )
    .door(Door::Misnamed),
    fault(
        "expired-certificate",
        "the certificate is over",
        &["TLS-05"],
    )
    .door(Door::Expired),
    fault(
        "no-hsts",
        "browsers are not told to come back by https",
        &["TLS-06"],
    )
    .reply(|_, reply, _| reply.drop_header("strict-transport-security")),
    fault(
        "plain-too",
        "the servers are reached at plain http as well",
        &["TLS-07"],
    )
    .door(Door::PlainToo),
];
