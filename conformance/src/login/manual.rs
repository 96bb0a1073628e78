//! The manual driver: a person signs in with a browser of their own, once in a run.

use std::io::Write as _;
use std::time::Duration;

use url::Url;

use super::listener::Listener;
use super::{CookieJar, LoginProblem, Trip};
use crate::context::Context;

/// How long a person may take, when the run has so much time.
const PATIENCE: Duration = Duration::from_mins(10);

/// Writes the address to standard error and waits at the redirect URI.
pub(super) async fn ask(context: &Context, url: &Url) -> Result<Trip, LoginProblem> {
    let listener = Listener::bind(&context.configuration.redirect_uri).await?;
    let limit = PATIENCE.min(context.configuration.limits.total_time);
    let _ = writeln!(
        std::io::stderr(),
        "\nOpen this address in a browser on this machine, sign in and agree:\n\n  {url}\n\n\
         The check goes on when the browser comes back to {}; it waits {} minutes.",
        context.configuration.redirect_uri,
        limit.as_secs().div_ceil(60),
    );
    Ok(Trip {
        callback: listener.callback(limit).await?,
        offered: Vec::new(),
        chosen: None,
        jar: CookieJar::default(),
    })
}
