//! What a person sees: one typed context per template. The texts are in the templates; a value
//! reaches a page only through its context and is escaped there.

pub mod activity;
pub mod apps;
pub mod consent;
pub mod landing;
pub mod launch;
pub mod login;
pub mod logout;
pub mod password;
pub mod problem;
pub mod select_patient;

/// The frame around every page.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// Who is signed in.
    pub name: Option<String>,
    /// For the forms of the page.
    pub csrf_token: String,
}

impl Chrome {
    /// Nobody is signed in and nothing can be sent.
    pub fn anonymous() -> Self {
        Self {
            name: None,
            csrf_token: String::new(),
        }
    }
}
