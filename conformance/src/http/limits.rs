//! How much a run may ask of a server, and how much it may be given.

use std::time::Duration;

/// Limits of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Requests per second; at least 0.1.
    pub rate: f64,
    /// Requests in one run.
    pub requests: u32,
    /// Time for one request, from sending to the last byte of the answer.
    pub timeout: Duration,
    /// Time for the whole run.
    pub total_time: Duration,
    /// Bytes read of one body; what is longer counts as a fault of the server.
    pub body: usize,
    /// Longest `Retry-After` of a 503 or 429 that is waited for.
    pub retry_after: Duration,
    /// Waits for one request.
    pub retries: u32,
    /// Pages followed in one search.
    pub pages: usize,
}

impl Limits {
    /// The rate for a server on this machine, which is nobody else's.
    const LOCAL_RATE: f64 = 200.0;

    /// The defaults, quicker for a server on this machine.
    pub fn for_host(host: Option<&str>) -> Self {
        let mut limits = Self::default();
        if matches!(host, Some("localhost" | "127.0.0.1" | "[::1]")) {
            limits.rate = Self::LOCAL_RATE;
        }
        limits
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate: 20.0,
            requests: 6_000,
            timeout: Duration::from_secs(30),
            total_time: Duration::from_mins(15),
            body: 7_500_000,
            retry_after: Duration::from_secs(30),
            retries: 3,
            pages: 20,
        }
    }
}
