//! Pushed authorization requests (RFC 9126): the parameters come by a direct call of the client, and
//! the browser only carries a reference to them.

use chrono::TimeDelta;

use super::parameters::Parameters;
use crate::secret::Secret;

/// How long a request may be referred to; apps do it at once.
pub const LIFETIME: TimeDelta = TimeDelta::seconds(90);

/// What every `request_uri` of this server begins with (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The parameters of an authorization request. Others, above all those of client authentication,
/// are not kept.
const KEPT: &[&str] = &[
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "launch",
    "prompt",
    "max_age",
    "id_token_hint",
    "request",
    "registration",
    "dpop_jkt",
];

/// The reference that stands for a request.
pub fn request_uri(reference: &Secret) -> String {
    format!("{PREFIX}{}", reference.expose())
}

/// The reference in a `request_uri`, if the text is one of this server's.
pub fn reference(request_uri: &str) -> Option<Secret> {
    request_uri.strip_prefix(PREFIX).map(Secret::new)
}

/// What is kept of the form of a client.
pub fn kept(form: &Parameters) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    for name in KEPT {
        text.extend_pairs(form.first(name).map(|value| (name, value)));
    }
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_back_and_nothing_else_is_one() {
        let read = reference(&request_uri(&Secret::new("abc")));
        assert_eq!(read.as_ref().map(Secret::expose), Some("abc"));
        for foreign in ["https://app.example/request", "", "abc", "URN:abc"] {
            assert!(reference(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn no_credential_is_kept() {
        let form = "state=a%26b&client_secret=s&client_assertion=x&client_assertion_type=y&z=1";
        let kept = kept(&Parameters::parse(form).unwrap());
        assert_eq!(kept, "state=a%26b");
    }
}
