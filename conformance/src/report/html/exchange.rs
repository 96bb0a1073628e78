//! What was sent and answered, secrets taken out.

use std::fmt::Write;

use super::escape;
use crate::http::Exchange;
use crate::report::Report;

const MOST_LINKS: usize = 40;

/// Links from a check to its exchanges.
pub(super) fn links(page: &mut String, places: &[usize]) {
    if places.is_empty() {
        page.push_str("<p class=\"soft\">It rests on no exchange.</p>");
        return;
    }
    page.push_str("<p>Exchanges: ");
    for place in places.iter().take(MOST_LINKS) {
        let _ = write!(page, "<a href=\"#x{place}\">{place}</a> ");
    }
    if places.len() > MOST_LINKS {
        let _ = write!(page, "and {} more", places.len() - MOST_LINKS);
    }
    page.push_str("</p>");
}

/// All exchanges.
pub(super) fn section(page: &mut String, report: &Report) {
    let _ = write!(
        page,
        "<section class=\"exchanges\"><h2>Exchanges</h2><details><summary>All {} of them</summary>",
        report.exchanges.len()
    );
    for (place, exchange) in report.exchanges.iter().enumerate() {
        one(page, place, exchange);
    }
    page.push_str("</details></section>");
}

fn one(page: &mut String, place: usize, exchange: &Exchange) {
    let answered = match (&exchange.status, &exchange.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => escape(error),
        (None, None) => "no answer".to_owned(),
    };
    let _ = write!(
        page,
        "<details class=\"exchange\" id=\"x{place}\"><summary>{place} · {answered} · {} {}</summary><pre>",
        escape(&exchange.method),
        escape(&exchange.url),
    );
    for (name, value) in &exchange.headers {
        let _ = writeln!(page, "&gt; {}: {}", escape(name), escape(value));
    }
    if let Some(body) = &exchange.body {
        let _ = writeln!(page, "&gt;\n&gt; {}", escape(body).replace('\n', "\n&gt; "));
    }
    for (name, value) in &exchange.answer_headers {
        let _ = writeln!(page, "&lt; {}: {}", escape(name), escape(value));
    }
    let _ = write!(
        page,
        "&lt; {} bytes in {} ms</pre></details>",
        exchange.bytes, exchange.milliseconds
    );
}
