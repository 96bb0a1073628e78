//! Walks the catalogue.

use std::sync::Arc;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;
use smart::clock::{SharedClock, SystemClock};

use crate::catalogue::{Check, Level, catalogue};
use crate::configuration::{Configuration, ConfigurationError, Credentials, Exception, Secret};
use crate::context::Context;
use crate::http::Client;
use crate::outcome::{Finding, Outcome, Verdict};
use crate::report::{CheckResult, Report, describe};

/// Is told how a run goes.
pub trait Observer: Sync {
    /// A check begins; `place` counts from 0 to `total`.
    fn started(&self, check: &Check, place: usize, total: usize) {
        let _ = (check, place, total);
    }

    /// A check has ended.
    fn finished(&self, result: &CheckResult) {
        let _ = result;
    }
}

/// Watches nothing.
impl Observer for () {}

/// Why a server is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    Configuration,
    Unreachable,
}

impl Obstacle {
    /// Why a check cannot be decided, unless it is about the obstacle itself.
    fn bars(self, check: &Check) -> Option<&'static str> {
        match self {
            Self::Configuration => {
                (check.id != "PRE-01").then_some("the configuration does not fit together (PRE-01)")
            }
            Self::Unreachable => (!matches!(check.id.as_ref(), "PRE-01" | "PRE-02"))
                .then_some("the server is not reachable (PRE-02)"),
        }
    }
}

/// One run against one server.
pub struct Runner {
    context: Context,
    checks: Vec<Check>,
}

impl Runner {
    /// A run with the machine's clock and fresh randomness.
    pub fn new(configuration: Configuration) -> Result<Self, ConfigurationError> {
        Self::with(configuration, Arc::new(SystemClock), rand::random())
    }

    /// A run with a given clock and seed.
    pub fn with(
        configuration: Configuration,
        clock: SharedClock,
        seed: [u8; 32],
    ) -> Result<Self, ConfigurationError> {
        let checks = selected(&configuration)?;
        let client = Client::new(
            configuration.limits.clone(),
            clock.clone(),
            configuration.authority.as_deref(),
        )
        .map_err(|error| ConfigurationError::Client(error.to_string()))?;
        for secret in secrets(&configuration) {
            client.redactor.learn(&secret);
        }
        let context = Context::new(configuration, client, clock, StdRng::from_seed(seed));
        Ok(Self { context, checks })
    }

    /// Runs every selected check, one after the other. When the parts of the configuration do not
    /// fit together nothing is asked at all; when the server cannot be reached, nothing more.
    pub async fn run(&self, observer: &dyn Observer) -> Report {
        let (started, clock) = (self.context.clock.now(), Instant::now());
        let mut results: Vec<CheckResult> = Vec::with_capacity(self.checks.len());
        let obstacle = self.obstacle().await;
        self.context.client.log.take_cited();
        let (late, soon): (Vec<_>, Vec<_>) =
            self.checks.iter().partition(|check| check.is_disruptive());
        for (place, check) in soon.into_iter().chain(late).enumerate() {
            observer.started(check, place, self.checks.len());
            let result = self.check(check, obstacle).await;
            observer.finished(&result);
            results.push(result);
        }
        results.sort_by_key(|result| self.checks.iter().position(|check| check.id == result.id));
        Report {
            base: self.context.configuration.base.to_string(),
            started,
            milliseconds: milliseconds(clock),
            reachable: obstacle != Some(Obstacle::Unreachable),
            cut_short: self.context.client.refused(),
            results,
            exchanges: self.context.client.log.exchanges(),
            profile: describe(&self.context).await,
            comparison: None,
        }
    }

    async fn obstacle(&self) -> Option<Obstacle> {
        if self.context.configuration.validate().is_err() {
            return Some(Obstacle::Configuration);
        }
        let reached = self.context.reach().await;
        reached.is_err().then_some(Obstacle::Unreachable)
    }

    async fn check(&self, check: &Check, obstacle: Option<Obstacle>) -> CheckResult {
        let started = Instant::now();
        let verdict = match obstacle.and_then(|obstacle| obstacle.bars(check)) {
            Some(reason) => Err(Finding::Skip(reason.into())),
            None => check.start(&self.context).await,
        };
        CheckResult {
            outcome: self.outcome(check, verdict),
            id: check.id.to_string(),
            level: check.level,
            claim: check.claim.to_string(),
            requirement: check.requirement,
            milliseconds: milliseconds(started),
            exchanges: self.context.client.log.take_cited(),
        }
    }

    /// Applies the level and the known exceptions, and takes secrets out of the reason.
    fn outcome(&self, check: &Check, verdict: Verdict) -> Outcome {
        let clean = |reason: String| self.context.client.redactor.text(&reason);
        match verdict {
            Ok(()) => Outcome::Pass,
            Err(Finding::Fail(reason)) => self.failure(check, &clean(reason)),
            Err(Finding::Warn(reason)) => Outcome::Warn {
                reason: clean(reason),
            },
            Err(Finding::Skip(reason)) => Outcome::Skip {
                reason: clean(reason),
            },
            Err(Finding::Error(reason)) => Outcome::Error {
                reason: clean(reason),
            },
        }
    }

    fn failure(&self, check: &Check, reason: &str) -> Outcome {
        let today = self.context.clock.now().date_naive();
        match self.context.configuration.exceptions.get(check.id.as_ref()) {
            Some(Exception {
                reason: known,
                until,
            }) if today <= *until => Outcome::Warn {
                reason: format!("known until {until} ({known}): {reason}"),
            },
            Some(Exception { until, .. }) if check.level == Level::Required => Outcome::Fail {
                reason: format!("{reason} (its exception ended on {until})"),
            },
            _ if check.level == Level::Required => Outcome::Fail {
                reason: reason.to_owned(),
            },
            _ => Outcome::Warn {
                reason: reason.to_owned(),
            },
        }
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The checks to run; names that are neither a check nor a group are refused.
fn selected(configuration: &Configuration) -> Result<Vec<Check>, ConfigurationError> {
    let all = catalogue();
    let refuse = |name, id: &String| {
        Err(ConfigurationError::UnknownCheck {
            name,
            id: id.clone(),
        })
    };
    if let Some(id) = configuration
        .only
        .iter()
        .find(|id| !all.iter().any(|check| check.is_named(id)))
    {
        return refuse("only", id);
    }
    let is_id = |id: &String| all.iter().any(|check| check.id == id.as_str());
    if let Some(id) = configuration.exceptions.keys().find(|id| !is_id(id)) {
        return refuse("exceptions", id);
    }
    let only = &configuration.only;
    let is_wanted = |check: &Check| only.is_empty() || only.iter().any(|name| check.is_named(name));
    Ok(all.into_iter().filter(is_wanted).collect())
}

fn secrets(configuration: &Configuration) -> Vec<Secret> {
    let credentials = match &configuration.credentials {
        Credentials::None | Credentials::Manual => None,
        Credentials::Token(secret)
        | Credentials::Form {
            password: secret, ..
        } => Some(secret.clone()),
    };
    let client = configuration
        .client
        .as_ref()
        .and_then(|client| client.secret.clone());
    let confidential = configuration.confidential_client.as_ref();
    let second = configuration.second.as_ref();
    credentials
        .into_iter()
        .chain(confidential.and_then(|client| client.secret.clone()))
        .chain(second.map(|person| person.password.clone()))
        .chain(client)
        .chain(configuration.expired_token.clone())
        .chain(configuration.ended_refresh_token.clone())
        .chain(
            configuration
                .backend
                .as_ref()
                .map(|backend| backend.key.clone()),
        )
        .collect()
}
