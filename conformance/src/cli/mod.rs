//! The command line: `conformance BASE_URL`, and `s4s check BASE_URL`.

mod arguments;

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::pin::Pin;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::catalogue::{ABSENT, Check, Level, catalogue, group_title};
use crate::configuration::{ConfigurationError, FileSettings};
use crate::outcome::Outcome;
use crate::report::{CheckResult, Comparison, Format, Report, Saved};
use crate::requirement::Requirement;
use crate::runner::{Observer, Runner};

pub use arguments::{Arguments, Color};

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
  A page to read, and what changed since the last run:
    s4s check https://fhir.example.org/r4 --format html --out report.html --baseline last.json
  Beside a server of our own that is started for it, or beside any other:
    s4s check https://fhir.example.org/r4 --format html --out report.html --against
    s4s check https://fhir.example.org/r4 --against http://localhost:8080/api/fhir
  You sign in yourself, in your browser:
    s4s check https://fhir.example.org/r4 --client-id my-app --login manual
  A portal that needs script, through chromedriver:
    s4s check https://fhir.example.org/r4 --username ada --webdriver http://127.0.0.1:9515
  With a token that you have:
    S4S_CHECK_TOKEN=... s4s check https://fhir.example.org/r4 --patient 123

A configuration file (--config) has the same keys as the flags, except that secrets stay in files
(password-file, token-file, expired-token-file, client-secret-file) or in the environment:
  base-url = \"https://fhir.example.org/r4\"
  username = \"ada\"
  [selectors]
  sign-in = \"#login-button\"
  [exceptions]
  DSC-16 = { reason = \"CORS comes with release 7\", until = \"2030-06-30\" }";

/// A server that was started to be compared with.
#[derive(Debug)]
pub struct Reference {
    /// How to reach it and who signs in there.
    pub settings: FileSettings,
}

/// Starts a server to compare with; an error is a sentence.
pub type StartReference = fn() -> Pin<Box<dyn Future<Output = Result<Reference, String>>>>;

/// What `--against` means when no address follows it.
pub(crate) const OWN: &str = "own";

/// Runs the command without a server of its own to compare with. Exit codes are those of
/// [`AFTER_HELP`].
pub async fn run(arguments: Arguments) -> ExitCode {
    run_beside(arguments, no_reference).await
}

fn no_reference() -> Pin<Box<dyn Future<Output = Result<Reference, String>>>> {
    Box::pin(async {
        Err(
            "--against needs an address here: this program has no server of its own, s4s check has"
                .to_owned(),
        )
    })
}

/// Runs the command; `--against` without an address compares with what `start` starts.
pub async fn run_beside(arguments: Arguments, start: StartReference) -> ExitCode {
    if arguments.list {
        return listed(arguments.format);
    }
    if let Some(Err(error)) = arguments.out.as_deref().map(writable) {
        return refused(&error);
    }
    match Box::pin(reported(&arguments, start)).await {
        Ok(report) => publish(&arguments, &report),
        Err(error) => refused(&error.to_string()),
    }
}

fn refused(error: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "error: {error}");
    ExitCode::from(2)
}

/// The catalogue for people or for programs; it has no results that the other formats are for.
fn listed(format: Format) -> ExitCode {
    let text = match format {
        Format::Console => list(),
        Format::Json => list_json(),
        Format::Junit | Format::Html => {
            return refused("--list is written with --format console or json");
        }
    };
    written(&mut std::io::stdout(), &text, 0)
}

/// Whether a report can be written here, which is better known before a long run than after it. A
/// report that is there stays until the new one is done.
fn writable(path: &Path) -> Result<(), String> {
    let mut options = std::fs::OpenOptions::new();
    let opened = options.create(true).append(true).open(path);
    opened.map(drop).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

/// The report of the run, with the comparison that was asked for.
async fn reported(
    arguments: &Arguments,
    start: StartReference,
) -> Result<Report, ConfigurationError> {
    let runner = Runner::new(arguments.settings()?.configuration()?)?;
    let other = if arguments.against.as_deref() == Some(OWN) {
        let started = start().await;
        Some(started.map_err(ConfigurationError::Reference)?.settings)
    } else {
        arguments.other_settings()?
    };
    let other = other
        .map(|settings| Runner::new(settings.configuration()?))
        .transpose()?;
    let mut there = arguments.baseline.as_deref().map(Saved::read).transpose()?;
    let side = |name: &'static str| if other.is_some() { name } else { "" };
    let mut report = watched(&runner, side("here ")).await;
    if let Some(other) = &other {
        there = Some(Saved::from(&watched(other, side("there ")).await));
    }
    report.comparison = there.map(|there| Comparison::of(&Saved::from(&report), &there));
    Ok(report)
}

async fn watched(runner: &Runner, side: &'static str) -> Report {
    let progress = Progress::new(side);
    let report = runner.run(&progress).await;
    progress.0.finish_and_clear();
    report
}

fn publish(arguments: &Arguments, report: &Report) -> ExitCode {
    let text = report.render(arguments.format, arguments.color());
    match &arguments.out {
        None => written(&mut std::io::stdout(), &text, report.exit_code()),
        Some(path) => match std::fs::write(path, text) {
            Ok(()) => ExitCode::from(report.exit_code()),
            Err(error) => refused(&unwritable(path, &error)),
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
    text.push_str("Not checked, and why\n");
    for (id, reason) in ABSENT {
        let _ = writeln!(text, "  {id}  {reason}");
    }
    let _ = writeln!(text, "\n{} checks", checks.len());
    text
}

/// One row of the catalogue for programs.
#[derive(serde::Serialize)]
struct Listed {
    id: String,
    group: String,
    level: Level,
    claim: String,
    requirement: Requirement,
}

/// The catalogue as JSON: a list of objects.
pub fn list_json() -> String {
    let rows: Vec<_> = catalogue()
        .into_iter()
        .map(|check| Listed {
            group: check.group().to_owned(),
            id: check.id.into_owned(),
            level: check.level,
            claim: check.claim.into_owned(),
            requirement: check.requirement,
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    text.push('\n');
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
    /// A bar that begins with which of two servers is asked.
    fn new(side: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{spinner} {prefix}{pos}/{len} {wide_msg}");
        let bar = bar.with_prefix(side);
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
