//! What a person reads when the stack has started.

use std::fmt::Write as _;
use std::time::Duration;

use authz::application::DemoAccounts;

/// What there is to say.
pub struct Announcement<'a> {
    /// Base URL of the FHIR server.
    pub fhir: &'a str,
    /// Issuer URL of the authorization server, which is also the portal.
    pub authz: &'a str,
    /// Where the data are.
    pub data: &'a str,
    /// Whether the open mirror and the demo accounts exist.
    pub demo: bool,
    /// Who can sign in and with which app; empty outside the demo profile.
    pub accounts: &'a DemoAccounts,
    /// How long the start took.
    pub took: Duration,
}

/// The text, ending with the line that scripts wait for.
pub fn text(of: &Announcement<'_>) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(out, "  {name:<14}{value}");
    };
    line("FHIR server", of.fhir);
    if of.demo {
        let mirror = of.fhir.replace("/api/fhir", "/api/open-fhir");
        line(
            "open mirror",
            &format!("{mirror} (read only, no token, demo profile only)"),
        );
    }
    line("authorization", of.authz);
    line("portal", &format!("{}/apps", of.authz));
    line("data", of.data);
    accounts(&mut out, of.accounts);
    let _ = writeln!(
        out,
        "ready in {} ms; synthetic data only; Ctrl-C stops",
        of.took.as_millis()
    );
    out
}

fn accounts(out: &mut String, accounts: &DemoAccounts) {
    for user in &accounts.users {
        let _ = writeln!(
            out,
            "  {:<14}{} / {} ({})",
            "demo user",
            user.username,
            user.password,
            user.patients.join(", ")
        );
    }
    for client in &accounts.clients {
        let secret = match &client.client_secret {
            Some(secret) => format!("secret {secret}"),
            None if client.keyed => "backend service, published key".to_owned(),
            None => "public, PKCE".to_owned(),
        };
        let _ = writeln!(
            out,
            "  {:<14}{} ({secret})",
            "demo client", client.client_id
        );
    }
}

/// Prints to standard output.
#[expect(clippy::print_stdout, reason = "the program's own output")]
pub fn say(text: &str) {
    use std::io::Write as _;
    print!("{text}");
    let _ = std::io::stdout().flush();
}

/// One sentence on standard error.
#[expect(clippy::print_stderr, reason = "the program's own output")]
pub fn complain(sentence: &str) {
    eprintln!("s4s: {sentence}");
}
