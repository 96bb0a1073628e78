//! The attributes of a tag.

use super::allowed::{ACTIVE_STYLES, ATTRIBUTES, SCHEMES, URLS};
use super::{Fault, NAMESPACE, are_references};

/// Checks that all attributes are `name="value"` with an allowed name and no active content.
pub(super) fn check(attributes: &str) -> Result<(), Fault> {
    let mut rest = attributes.trim();
    while !rest.is_empty() {
        let (name, value, after) = next(rest).ok_or(Fault::Malformed)?;
        if value.contains('<') || !(after.is_empty() || after.starts_with(char::is_whitespace)) {
            return Err(Fault::Malformed);
        }
        are_references(value)?;
        accept(name, value)?;
        rest = after.trim_start();
    }
    Ok(())
}

/// The name and value of the first attribute, and what follows it.
fn next(attributes: &str) -> Option<(&str, &str, &str)> {
    let (name, after) = attributes.split_once('=')?;
    let after = after.trim_start();
    let quote = after
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let (value, after) = after[1..].split_once(quote)?;
    Some((name.trim_end(), value, after))
}

fn accept(name: &str, value: &str) -> Result<(), Fault> {
    if ATTRIBUTES.binary_search(&name).is_err() {
        return Err(Fault::Attribute(name.chars().take(20).collect()));
    }
    let is_passive = match name {
        "xmlns" => value == NAMESPACE,
        "src" => decoded(value).is_some_and(|url| is_here(&url)),
        "style" => decoded(value).is_some_and(|style| is_plain(&style)),
        name if URLS.contains(&name) => decoded(value).is_some_and(|url| is_link(&url)),
        _ => true,
    };
    if is_passive {
        Ok(())
    } else {
        Err(Fault::Active(name.to_owned()))
    }
}

/// The value in lower case as a browser would see it: references resolved, white space and
/// control characters left out. Nothing if it holds a reference that is not among XML's own.
fn decoded(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut parts = value.split('&');
    text.push_str(parts.next()?);
    for part in parts {
        let (name, after) = part.split_once(';')?;
        text.push(character(name)?);
        text.push_str(after);
    }
    text.retain(|letter| !letter.is_whitespace() && !letter.is_control());
    Some(text.to_lowercase())
}

/// The character that a reference names.
fn character(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "apos" => return Some('\''),
        "gt" => return Some('>'),
        "lt" => return Some('<'),
        "quot" => return Some('"'),
        name => name.strip_prefix('#')?,
    };
    let number = match code.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => code.parse(),
    };
    char::from_u32(number.ok()?)
}

/// The scheme of a URL, if it has one.
fn scheme(url: &str) -> Option<&str> {
    let end = url.find([':', '/', '?', '#'])?;
    url[end..].starts_with(':').then(|| &url[..end])
}

/// Whether following the link is the reader's own act and runs nothing.
fn is_link(url: &str) -> bool {
    scheme(url).is_none_or(|scheme| SCHEMES.binary_search(&scheme).is_ok())
}

/// Whether an image comes with the narrative or from the server that the narrative came from.
fn is_here(url: &str) -> bool {
    let is_relative = scheme(url).is_none() && !url.starts_with("//") && !url.contains('\\');
    let is_image = url.starts_with("data:image/") && !url.starts_with("data:image/svg");
    is_relative || is_image || url.starts_with("cid:")
}

/// Whether a style neither runs anything nor fetches anything from elsewhere.
fn is_plain(style: &str) -> bool {
    let mut urls = style.split("url(").skip(1);
    !ACTIVE_STYLES.iter().any(|active| style.contains(active))
        && urls.all(|url| is_here(url.trim_start_matches(['"', '\''])))
}
