//! What the demo profile publishes, for printing and for the portal's pages.

use super::client_file::ClientEntry;
use super::user_file::UserEntry;

/// A published demonstration account, for printing.
#[derive(Debug, Clone)]
pub struct DemoUser {
    /// What to type.
    pub username: String,
    /// What to type next.
    pub password: String,
    /// Who it is.
    pub name: String,
    /// Whose records they see.
    pub patients: Vec<String>,
}

/// A published demonstration client, for printing.
#[derive(Debug, Clone)]
pub struct DemoClient {
    /// `client_id`
    pub client_id: String,
    /// The published secret of a confidential client.
    pub client_secret: Option<String>,
    /// Whether it authenticates with a key pair.
    pub keyed: bool,
    /// Where it may be sent back to.
    pub redirect_uris: Vec<String>,
}

/// What the demo profile publishes; empty in any other.
#[derive(Debug, Clone, Default)]
pub struct DemoAccounts {
    /// People.
    pub users: Vec<DemoUser>,
    /// Apps.
    pub clients: Vec<DemoClient>,
}

impl DemoUser {
    /// The published account of an entry with a password in clear.
    pub fn of(entry: &UserEntry) -> Option<Self> {
        Some(Self {
            username: entry.username.clone(),
            password: entry.password.as_ref()?.expose().to_owned(),
            name: entry.name.clone(),
            patients: entry
                .patients
                .iter()
                .map(|patient| patient.name.clone())
                .collect(),
        })
    }
}

impl DemoClient {
    /// The published client of an entry.
    pub fn of(entry: &ClientEntry) -> Self {
        Self {
            client_id: entry.client_id.clone(),
            client_secret: entry
                .client_secret
                .as_ref()
                .map(|secret| secret.expose().to_owned()),
            keyed: entry.is_keyed(),
            redirect_uris: entry.redirect_uris.clone(),
        }
    }
}
