//! The command line: `conformance BASE_URL`, and `s4s check BASE_URL`.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::catalogue::{Check, catalogue, group_title};
use crate::configuration::{ConfigurationError, FileSettings, Secret};
use crate::outcome::Outcome;
use crate::report::{CheckResult, Format, Report};
use crate::runner::{Observer, Runner};

/// What `--help` ends with.
pub const AFTER_HELP: &str = "\
Exit codes:
  0  no required check failed
  1  some required check failed
  2  the command or the configuration is wrong
  3  the server is not reachable

Examples:
  Everything that needs no token:
    s4s check https://fhir.example.org/r4
  With a login through the portal's forms and a client registered on the way:
    S4S_CHECK_PASSWORD=... s4s check http://localhost:8080/api/fhir --username daniel-adams
  With a token that you have:
    S4S_CHECK_TOKEN=... s4s check https://fhir.example.org/r4 --patient 123

A configuration file (--config) has the same keys as the flags, except that secrets stay in files
(password-file, token-file, expired-token-file, client-secret-file) or in the environment:
  base-url = \"https://fhir.example.org/r4\"
  username = \"daniel-adams\"
  [exceptions]
  DSC-16 = { reason = \"CORS comes with release 7\", until = \"2030-06-30\" }";

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// When standard output is a terminal and `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Arguments of the check command.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// FHIR base URL of the server under test.
    #[arg(
        value_name = "BASE_URL",
        help = "FHIR base URL of the server, such as http://localhost:8080/api/fhir"
    )]
    pub base_url: Option<String>,
    /// Print the catalogue of checks and stop
    #[arg(long)]
    pub list: bool,
    /// Settings of a server under test (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Run only these checks or groups, such as DSC or LAB-04
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Portal user to log in
    #[arg(long, env = "S4S_CHECK_USERNAME")]
    pub username: Option<String>,
    /// Its password; better given in the environment or a file
    #[arg(long, env = "S4S_CHECK_PASSWORD", hide_env_values = true)]
    pub password: Option<Secret>,
    /// File that holds the password
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Access token to use instead of a login; needs --patient
    #[arg(long, env = "S4S_CHECK_TOKEN", hide_env_values = true)]
    pub token: Option<Secret>,
    /// File that holds the access token
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// An access token that is known to be expired
    #[arg(long, env = "S4S_CHECK_EXPIRED_TOKEN", hide_env_values = true)]
    pub expired_token: Option<Secret>,
    /// File that holds the expired token
    #[arg(long, value_name = "FILE")]
    pub expired_token_file: Option<PathBuf>,
    /// Registered client; without it one is registered, if the server offers that
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Secret of a confidential client
    #[arg(
        long,
        env = "S4S_CHECK_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub client_secret: Option<Secret>,
    /// File that holds the client secret
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Redirect URI of the client.
    #[arg(
        long,
        value_name = "URI",
        help = "Redirect URI of the client [default: http://127.0.0.1:8765/callback]"
    )]
    pub redirect_uri: Option<String>,
    /// Scopes to ask for [default: launch/patient openid fhirUser `offline_access` patient/*.rs]
    #[arg(long)]
    pub scope: Option<String>,
    /// FHIR id of the patient; without it the first one offered
    #[arg(long, value_name = "ID")]
    pub patient: Option<String>,
    /// FHIR id of a patient the token must not reach
    #[arg(long, value_name = "ID")]
    pub other_patient: Option<String>,
    /// Requests per second [default: 20, or 200 on this machine]
    #[arg(long)]
    pub rate: Option<f64>,
    /// Requests in the whole run [default: 2000]
    #[arg(long, value_name = "COUNT")]
    pub requests: Option<u32>,
    /// Seconds for one request [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Seconds for the whole run [default: 900]
    #[arg(long, value_name = "SECONDS")]
    pub total_time: Option<u64>,
    /// Pages followed in one search [default: 20]
    #[arg(long, value_name = "COUNT")]
    pub pages: Option<usize>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Colours on the console
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
}

impl Arguments {
    fn color(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                self.out.is_none() && !plain && std::io::stdout().is_terminal()
            }
        }
    }

    fn settings(&self) -> Result<FileSettings, ConfigurationError> {
        let file = match &self.config {
            Some(path) => FileSettings::read(path)?,
            None => FileSettings::default(),
        };
        Ok(self.flags().or(file))
    }

    fn flags(&self) -> FileSettings {
        FileSettings {
            base_url: self.base_url.clone(),
            username: self.username.clone(),
            password_file: self.password_file.clone(),
            token_file: self.token_file.clone(),
            expired_token_file: self.expired_token_file.clone(),
            client_id: self.client_id.clone(),
            client_secret_file: self.client_secret_file.clone(),
            redirect_uri: self.redirect_uri.clone(),
            scope: self.scope.clone(),
            patient: self.patient.clone(),
            other_patient: self.other_patient.clone(),
            only: (!self.only.is_empty()).then(|| self.only.clone()),
            rate: self.rate,
            requests: self.requests,
            timeout: self.timeout,
            total_time: self.total_time,
            pages: self.pages,
            exceptions: std::collections::BTreeMap::new(),
            password: self.password.clone(),
            token: self.token.clone(),
            expired_token: self.expired_token.clone(),
            client_secret: self.client_secret.clone(),
        }
    }
}

/// Runs the command. Exit codes are those of [`AFTER_HELP`].
pub async fn run(arguments: Arguments) -> ExitCode {
    if arguments.list {
        return written(&mut std::io::stdout(), &list(), 0);
    }
    let runner = arguments
        .settings()
        .and_then(FileSettings::configuration)
        .and_then(Runner::new);
    match runner {
        Ok(runner) => {
            let progress = Progress::new();
            let report = runner.run(&progress).await;
            progress.0.finish_and_clear();
            publish(&arguments, &report)
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn publish(arguments: &Arguments, report: &Report) -> ExitCode {
    let text = report.render(arguments.format, arguments.color());
    match &arguments.out {
        None => written(&mut std::io::stdout(), &text, report.exit_code()),
        Some(path) => match std::fs::write(path, text) {
            Ok(()) => ExitCode::from(report.exit_code()),
            Err(error) => {
                let _ = writeln!(
                    std::io::stderr(),
                    "error: cannot write {}: {error}",
                    path.display()
                );
                ExitCode::from(2)
            }
        },
    }
}

/// Writes `text`; a reader that has gone away is not an error.
fn written(out: &mut dyn Write, text: &str, code: u8) -> ExitCode {
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    ExitCode::from(code)
}

/// The catalogue as a table.
pub fn list() -> String {
    let mut text = String::new();
    let checks = catalogue();
    for group in checks.chunk_by(|a, b| a.group() == b.group()) {
        let code = group.first().map_or("", Check::group);
        let _ = writeln!(text, "{code}  {}", group_title(code));
        for check in group {
            text.push_str(&row(check));
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{} checks", checks.len());
    text
}

fn row(check: &Check) -> String {
    let requirement = check.requirement;
    format!(
        "  {}  {:<11}  {}\n        {}, {}: {}\n",
        check.id,
        check.level.word(),
        check.claim,
        requirement.specification,
        requirement.section,
        requirement.link,
    )
}

/// A bar on standard error, drawn only on a terminal.
struct Progress(ProgressBar);

impl Progress {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg}");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }
}

impl Observer for Progress {
    fn started(&self, check: &Check, place: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(place as u64);
        self.0.set_message(format!("{} {}", check.id, check.claim));
    }

    fn finished(&self, result: &CheckResult) {
        if let Outcome::Fail { reason } = &result.outcome {
            self.0.println(format!("fail {} {reason}", result.id));
        }
    }
}
