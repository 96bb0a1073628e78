//! `s4s healthcheck`: for containers, which have no other program to ask with.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

/// Which servers to ask.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Port of the FHIR server
    #[arg(long, env = "S4S_FHIR_PORT", default_value_t = server::configuration::DEFAULT_PORT)]
    fhir_port: u16,
    /// Port of the authorization server
    #[arg(long, env = "S4S_AUTHZ_PORT", default_value_t = authz::configuration::DEFAULT_PORT)]
    authz_port: u16,
}

/// Asks `/readyz` of both. Exit code 1 when one is not ready.
pub fn run(arguments: &Arguments) -> ExitCode {
    match ask_both(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            crate::announce::complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

fn ask_both(arguments: &Arguments) -> Result<(), String> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(3))
        .no_proxy()
        .build()
        .map_err(|error| error.to_string())?;
    actix_web::rt::System::new().block_on(async {
        for port in [arguments.fhir_port, arguments.authz_port] {
            let url = format!("http://127.0.0.1:{port}/readyz");
            client
                .get(&url)
                .send()
                .await
                .and_then(reqwest::Response::error_for_status)
                .map_err(|error| format!("not ready: {error}"))?;
        }
        Ok(())
    })
}
