//! `s4s bench` on the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::task::LocalSet;

use crate::cell::CELLS;
use crate::report::show;

/// What to measure.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct Arguments {
    /// FHIR base URL (plain http); without it this program starts a stack of its own
    #[arg(value_name = "BASE_URL")]
    pub base: Option<String>,
    /// Resources of the dataset; several sizes show how cost grows
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "10000")]
    pub resources: Vec<u64>,
    /// Live access tokens during the introspection cell; several numbers show how cost grows
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "1000")]
    pub tokens: Vec<u64>,
    /// Only these cells, for instance R1,S1; every cell by default
    #[arg(long, value_delimiter = ',', value_name = "CELLS")]
    pub cells: Vec<String>,
    /// Print the cells and end
    #[arg(long)]
    pub list: bool,
    /// Seconds of each repetition
    #[arg(long, default_value_t = 3.0, value_name = "SECONDS")]
    pub seconds: f64,
    /// Repetitions of each cell; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=99))]
    pub repetitions: u64,
    /// Also send at half of the rate that was reached, and give the latency there
    #[arg(long)]
    pub open: bool,
    /// The dataset is already there; do not write it
    #[arg(long, requires = "base")]
    pub loaded: bool,
    /// Leave out the cells that write
    #[arg(long)]
    pub read_only: bool,
    /// Bearer token for the FHIR server
    #[arg(
        long,
        env = "S4S_BENCH_TOKEN",
        hide_env_values = true,
        requires = "base"
    )]
    pub token: Option<String>,
    /// Process of the server, when it runs on this machine, for its CPU time
    #[arg(long, requires = "base")]
    pub pid: Option<u32>,
    /// Folder for the data of the stack that is started
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    pub work: PathBuf,
    /// Also write the measurements as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Exit code 3 when a gate is missed
    #[arg(long)]
    pub gate: bool,
}

impl Arguments {
    /// Whether a cell is to be run.
    pub(crate) fn wants(&self, id: &str) -> bool {
        self.cells.is_empty() || self.cells.iter().any(|cell| id.starts_with(cell.as_str()))
    }
}

/// Runs it. Exit codes: 0 measured, 1 could not be measured, 2 a cell answered wrongly or not at
/// all, 3 a gate was missed (with `--gate`).
pub async fn run(arguments: Arguments) -> ExitCode {
    if arguments.list {
        for cell in CELLS {
            show(&format!("{:<4} {} [{}]\n", cell.id, cell.title, cell.unit));
        }
        return ExitCode::SUCCESS;
    }
    match LocalSet::new().run_until(measured(&arguments)).await {
        Ok(code) => code,
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

async fn measured(arguments: &Arguments) -> Result<ExitCode, String> {
    let report = crate::run::run(arguments).await?;
    show(&report.growth());
    if let Some(path) = &arguments.json {
        let json = serde_json::to_vec_pretty(&report).map_err(|error| error.to_string())?;
        std::fs::write(path, json).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(match (report.has_failed(), report.missed_a_gate()) {
        (true, _) => ExitCode::from(2),
        (false, true) if arguments.gate => ExitCode::from(3),
        _ => ExitCode::SUCCESS,
    })
}

#[expect(
    clippy::print_stderr,
    reason = "a sentence for the person who started this"
)]
fn complain(sentence: &str) {
    eprintln!("error: {sentence}");
}
