//! `s4s seed --to`: sends the population, or its news, to a running server as transactions.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use reqwest::{Client, StatusCode};
use seed_data::{Population, Record, transactions};
use serde_json::Value;
use smart::clock::{Clock as _, SystemClock};

use crate::announce::say;
use crate::bar::bar;

/// How long one transaction may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// A token is renewed when it is this old, or half its life.
const RENEWAL: Duration = Duration::from_mins(4);
/// What helps when a server asks who sends.
const ANONYMOUS: &str = " (--client-id and --key name a backend client that may write)";
const WRITE: &str = "system/*.cruds";

/// Where to send resources, and as whom.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Arguments {
    /// Send to this FHIR server instead of writing files, as transactions of updates
    #[arg(long, value_name = "BASE_URL", conflicts_with_all = ["out", "format", "show"])]
    pub to: Option<String>,
    /// With --to: the backend client, registered with the scope system/*.cruds
    #[arg(long, value_name = "ID", requires = "to", requires = "key")]
    client_id: Option<String>,
    /// With --to: the file with the client's private key, a JWK of P-256 or P-384
    #[arg(long, value_name = "FILE", requires = "client_id")]
    key: Option<PathBuf>,
}

/// A backend client with its key.
struct Credentials {
    client_id: String,
    jwk: String,
}

/// A session with one server.
struct Session {
    client: Client,
    base: String,
    credentials: Option<Credentials>,
    token: Option<(String, Instant, Duration)>,
}

/// Sends everything, record by record, and says how much that was.
pub async fn run(
    arguments: &Arguments,
    base: &str,
    seeds: &seed_data::cli::Arguments,
) -> Result<(), String> {
    let mut session = Session::open(base, arguments)?;
    let population = Population::new(seeds.config());
    let (mut sent, mut records) = (0_usize, 0_usize);
    let bar = bar("sending records", population.len_hint());
    for record in wanted(&population, seeds) {
        for transaction in transactions(&record) {
            session.post(transaction, &record).await?;
        }
        sent += record.seeds.len();
        records += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    say(&format!(
        "{sent} resources in {records} records sent to {base}\n"
    ));
    Ok(())
}

/// The population, or what is new in the period asked for.
fn wanted<'p>(
    population: &'p Population,
    seeds: &seed_data::cli::Arguments,
) -> Box<dyn Iterator<Item = Record> + 'p> {
    match seeds.period() {
        Some((from, until)) => Box::new(population.advance(from, until)),
        None => Box::new(population.records()),
    }
}

impl Session {
    fn open(base: &str, arguments: &Arguments) -> Result<Self, String> {
        // A record may take longer to make than a server keeps an idle connection.
        let client = Client::builder()
            .timeout(PATIENCE)
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| error.to_string())?;
        let credentials = arguments
            .client_id
            .clone()
            .zip(arguments.key.as_ref())
            .map(|(client_id, path)| {
                let jwk = std::fs::read_to_string(path)
                    .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
                Ok::<_, String>(Credentials { client_id, jwk })
            })
            .transpose()?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            credentials,
            token: None,
        })
    }

    async fn post(&mut self, transaction: String, record: &Record) -> Result<(), String> {
        let mut request = self
            .client
            .post(&self.base)
            .header("content-type", "application/fhir+json")
            .header("prefer", "return=minimal")
            .body(transaction);
        if let Some(token) = self.token().await? {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.map_err(|error| causes(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let text = answer.text().await.unwrap_or_default();
        let whose = record.patient.as_deref().unwrap_or("the shared resources");
        let nobody = status == StatusCode::UNAUTHORIZED && self.credentials.is_none();
        let hint = if nobody { ANONYMOUS } else { "" };
        Err(format!(
            "{} did not take {whose}: {}{hint}",
            self.base,
            refusal(status, &text)
        ))
    }

    /// A token that will live long enough; none without credentials.
    async fn token(&mut self) -> Result<Option<String>, String> {
        let Some(credentials) = &self.credentials else {
            return Ok(None);
        };
        if let Some((token, since, life)) = &self.token
            && since.elapsed() < RENEWAL.min(*life / 2)
        {
            return Ok(Some(token.clone()));
        }
        let (token, life) = self.authorize(credentials).await?;
        self.token = Some((token.clone(), Instant::now(), life));
        Ok(Some(token))
    }

    /// SMART App Launch 2.2, "Backend Services".
    async fn authorize(&self, credentials: &Credentials) -> Result<(String, Duration), String> {
        let discovery = format!("{}/.well-known/smart-configuration", self.base);
        let configuration = self.json(self.client.get(&discovery)).await?;
        let endpoint = configuration["token_endpoint"]
            .as_str()
            .ok_or_else(|| format!("{discovery} names no token_endpoint"))?;
        let now = SystemClock.now();
        let id = format!("{:x}", now.timestamp_nanos_opt().unwrap_or_default());
        let proof = (credentials.client_id.as_str(), credentials.jwk.as_str());
        let assertion = conformance::client_assertion(proof, endpoint, (now.timestamp(), &id))
            .map_err(|reason| format!("the key cannot be used: {reason}"))?;
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", WRITE),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion.as_str()),
        ];
        let answer = self.json(self.client.post(endpoint).form(&form)).await?;
        let token = answer["access_token"]
            .as_str()
            .ok_or("the token response has no access_token")?;
        let life = answer["expires_in"].as_u64().unwrap_or(60);
        Ok((token.to_owned(), Duration::from_secs(life)))
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, String> {
        let answer = request.send().await.map_err(|error| causes(&error))?;
        let (status, url) = (answer.status(), answer.url().to_string());
        let text = answer.text().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("{url}: {}", refusal(status, &text)));
        }
        serde_json::from_str(&text).map_err(|_| format!("{url} answered something other than JSON"))
    }
}

/// What went wrong, down to what the system says (connection refused, no such host).
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        said = format!("{said}: {cause}");
        below = cause.source();
    }
    said
}

/// What the server says is wrong: an outcome, an OAuth error, or the status alone.
fn refusal(status: StatusCode, text: &str) -> String {
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    let said = ["/issue/0/diagnostics", "/error_description", "/error"]
        .iter()
        .find_map(|pointer| answer.pointer(pointer)?.as_str());
    match said {
        Some(said) => format!("{status}, {said}"),
        None => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_to_the_last() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert_eq!(causes(&Outer(refused)), "sending: connection refused");
    }

    #[derive(Debug)]
    struct Outer(std::io::Error);

    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("sending")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_refusal_says_what_the_server_says() {
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"no"}]}"#;
        assert_eq!(refusal(StatusCode::FORBIDDEN, outcome), "403 Forbidden, no");
        let oauth = r#"{"error":"invalid_client"}"#;
        assert_eq!(
            refusal(StatusCode::UNAUTHORIZED, oauth),
            "401 Unauthorized, invalid_client"
        );
        assert_eq!(
            refusal(StatusCode::BAD_GATEWAY, "<html>"),
            "502 Bad Gateway"
        );
    }
}
