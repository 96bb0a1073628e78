//! URIs (R4, "uri"): `:below` is everything under a URL, `:above` everything over it.

use fhir::search_parameter::SearchParameter;

use super::some_text;
use crate::problem::Problem;
use crate::search::clause::Match;
use crate::search::refusal::{illegal, unsupported_modifier};

pub(super) fn parse(
    parameter: &SearchParameter,
    modifier: Option<&str>,
    text: &str,
) -> Result<Match, Problem> {
    let uri = some_text(parameter.code, text.to_owned())?;
    match modifier {
        None => Ok(Match::Uri(uri)),
        Some("below") => url(parameter, &uri).map(|url| Match::UriBelow(url.to_owned())),
        Some("above") => url(parameter, &uri).map(|url| Match::UriAbove(above(url))),
        other => Err(unsupported_modifier(parameter, other)),
    }
}

/// Only URLs have an above and a below (R4: "URNs are not"). Without a slash at the end.
fn url<'a>(parameter: &SearchParameter, uri: &'a str) -> Result<&'a str, Problem> {
    let url = uri.trim_end_matches('/');
    url.split_once("://")
        .filter(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
        .map(|_| url)
        .ok_or_else(|| illegal(parameter.code, uri, "a URL such as http://example.org/fhir"))
}

/// The URL and the URLs of every folder it lies in, each with and without a slash at the end.
fn above(url: &str) -> Vec<String> {
    let start = url.find("://").map_or(0, |at| at + "://".len());
    let ends = url
        .char_indices()
        .filter(|(at, letter)| *at > start && *letter == '/')
        .map(|(at, _)| at)
        .chain([url.len()]);
    ends.filter_map(|end| url.get(..end))
        .flat_map(|part| [part.to_owned(), format!("{part}/")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_are_the_folders_of_a_url() {
        assert_eq!(
            above("http://a.org/b/c"),
            [
                "http://a.org",
                "http://a.org/",
                "http://a.org/b",
                "http://a.org/b/",
                "http://a.org/b/c",
                "http://a.org/b/c/",
            ]
        );
    }
}
