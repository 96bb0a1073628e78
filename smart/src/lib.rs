//! What the resource server and the authorization server must agree on: SMART scopes and their
//! algebra, the data categories of consent, the introspection answer, proofs of possession and the
//! clock.
//!
//! Neither server knows the other; both know this crate. The one seam between them is
//! [`AuthorizationServer`]: over HTTP when they run as two processes, a function call when one
//! process runs both.

pub mod category;
pub mod clock;
pub mod configuration;
pub mod dpop;
pub mod introspection;
pub mod scope;

pub use introspection::{AuthorizationServer, Introspection};
