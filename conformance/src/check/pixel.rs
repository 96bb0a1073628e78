//! IMG-06 to IMG-11: the images of studies, by `DICOMweb`. A token is sent to the server's own origin
//! only.

use serde_json::Value;
use url::Url;

use super::cors::{ORIGIN, allowed, preflight};
use super::endpoint::{address, endpoints_of, is_wado, studies, uid};
use super::scope::is_kept_out;
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{Answer, Request};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{CORS, WADO};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("IMG-06", Required, "A study is fetched as a whole: every part is DICOM, and there are as many as stated.", WADO, |c| Box::pin(whole(c))),
    Check::new("IMG-07", Required, "Images need a token; those of another patient, of another scope and of an unticked category are kept out.", WADO, |c| Box::pin(enforced(c))),
    Check::new("IMG-08", Required, "Unknown and malformed study ids are refused with 400 or 404.", WADO, |c| Box::pin(odd_ids(c))),
    Check::new("IMG-09", Warning, "Series, instances, metadata, frames and rendered images are served or refused, without a server error.", WADO, |c| Box::pin(parts(c))),
    Check::new("IMG-10", Warning, "Images are served to who accepts DICOM without naming a transfer syntax.", WADO, |c| Box::pin(plain_accept(c))),
    Check::new("IMG-11", Warning, "Apps in a browser may fetch images with a token (CORS).", CORS, |c| Box::pin(cors(c))),
];

/// The value of the check box of a consent page that stands for images.
const CATEGORY: &str = "imaging";
const MULTIPART: &str = "multipart/related; type=\"application/dicom\"";

/// A study with images at the server's own origin, and their address.
async fn study_with_images(context: &Context) -> Result<(Value, Url), Finding> {
    for study in studies(context).await? {
        let Some(uid) = uid(&study) else { continue };
        for endpoint in endpoints_of(context, &study).await? {
            let Some(address) =
                address(&endpoint).filter(|url| is_wado(&endpoint) && context.is_own(url))
            else {
                continue;
            };
            let text = format!("{}/studies/{uid}", address.as_str().trim_end_matches('/'));
            if let Ok(url) = Url::parse(&text) {
                return Ok((study.clone(), url));
            }
        }
    }
    skip("no study has images at the server's own address, and a token is sent nowhere else")
}

async fn fetch(
    context: &Context,
    url: Url,
    accept: &str,
    token: Option<&Secret>,
) -> Result<Answer, Finding> {
    let request = Request::get(url).header("accept", accept);
    let request = match token {
        Some(token) => request.bearer(token),
        None => request,
    };
    Ok(context.client.send(&request).await?)
}

async fn own_token(context: &Context) -> Result<&Secret, Finding> {
    Ok(&context.session().await?.token)
}

/// The parts of a multipart body.
fn split(answer: &Answer) -> Vec<&[u8]> {
    let header = answer.header("content-type").unwrap_or_default();
    let boundary = header
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="));
    let Some(boundary) = boundary.map(|text| format!("--{}", text.trim_matches('"'))) else {
        return Vec::new();
    };
    let mut parts = Vec::new();
    let mut rest = answer.body.as_slice();
    while let Some(at) = position(rest, boundary.as_bytes()) {
        rest = &rest[at + boundary.len()..];
        let end = position(rest, boundary.as_bytes()).unwrap_or(rest.len());
        if let Some(head) = position(&rest[..end], b"\r\n\r\n") {
            parts.push(&rest[head + 4..end]);
        }
    }
    parts
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len().max(1))
        .position(|window| window == wanted)
}

/// The mark of a DICOM file after its preamble (PS3.10, section 7.1).
fn is_dicom(part: &[u8]) -> bool {
    part.get(128..132) == Some(b"DICM")
}

async fn whole(context: &Context) -> Verdict {
    let (study, url) = study_with_images(context).await?;
    let answer = fetch(context, url, MULTIPART, Some(own_token(context).await?)).await?;
    answer.expect_status(200)?;
    ensure(answer.media_type() == "multipart/related", || {
        format!("the media type is {:?}", answer.media_type())
    })?;
    let parts = split(&answer);
    let mut faults = Faults::default();
    faults.unless(!parts.is_empty(), || "there are no parts".to_owned());
    let odd = parts.iter().filter(|part| !is_dicom(part)).count();
    faults.unless(odd == 0, || format!("{odd} parts are not DICOM"));
    let stated = study["numberOfInstances"].as_u64();
    faults.unless(
        stated.is_none_or(|stated| stated == parts.len() as u64),
        || {
            format!(
                "{} parts, {} stated",
                parts.len(),
                study["numberOfInstances"]
            )
        },
    );
    let id = uid(&study).unwrap_or_default().as_bytes();
    let without = parts
        .iter()
        .filter(|part| position(part, id).is_none())
        .count();
    faults.unless(without == 0, || {
        format!("{without} parts do not name the study")
    });
    faults.verdict()
}

async fn enforced(context: &Context) -> Verdict {
    let (_, url) = study_with_images(context).await?;
    let mut faults = Faults::default();
    let open = fetch(context, url.clone(), MULTIPART, None).await?;
    faults.part("without a token", open.expect_status(401))?;
    let other = context.other_session().await?;
    let foreign = fetch(context, url.clone(), MULTIPART, Some(&other.token)).await?;
    faults.part("with another patient's token", is_kept_out(&foreign))?;
    if let Ok(client) = context.public_client().await {
        let mut wish = context.wish(client).await?;
        "launch/patient patient/Observation.rs".clone_into(&mut wish.scope);
        let narrow = context.grant(&wish).await?;
        let answer = fetch(context, url.clone(), MULTIPART, Some(&narrow.token)).await?;
        faults.part("with a token for observations only", is_kept_out(&answer))?;
        let mut wish = context.wish(client).await?;
        wish.without = Some(CATEGORY.to_owned());
        let session = context.grant(&wish).await?;
        // Portals that let nobody untick the category share it all the same.
        let is_unticked = !session.scope().contains("patient/*.");
        if is_unticked {
            let answer = fetch(context, url, MULTIPART, Some(&session.token)).await?;
            faults.part("with the category unticked", is_kept_out(&answer))?;
        }
    }
    faults.verdict()
}

async fn odd_ids(context: &Context) -> Verdict {
    let (_, url) = study_with_images(context).await?;
    let token = own_token(context).await?;
    let text = url.as_str();
    let root = text.rsplit_once('/').map_or(text, |(root, _)| root);
    let mut faults = Faults::default();
    for id in ["2.25.1", "not-a-uid", "1.2..3", "..%2f..%2fetc"] {
        let Ok(url) = Url::parse(&format!("{root}/{id}")) else {
            continue;
        };
        let answer = fetch(context, url, MULTIPART, Some(token)).await?;
        faults.part(id, answer.expect_one_of(&[400, 404]))?;
    }
    faults.verdict()
}

async fn parts(context: &Context) -> Verdict {
    let (study, url) = study_with_images(context).await?;
    let token = own_token(context).await?;
    let series = study["series"][0]["uid"].as_str().unwrap_or("1.2");
    let instance = study["series"][0]["instance"][0]["uid"]
        .as_str()
        .unwrap_or("1.2");
    let below = format!("{url}/series/{series}");
    let mut faults = Faults::default();
    for (text, accept) in [
        (format!("{url}/metadata"), "application/dicom+json"),
        (below.clone(), MULTIPART),
        (format!("{below}/instances/{instance}"), MULTIPART),
        (
            format!("{below}/instances/{instance}/frames/1"),
            "multipart/related; type=\"application/octet-stream\"",
        ),
        (
            format!("{below}/instances/{instance}/rendered"),
            "image/png, image/jpeg",
        ),
    ] {
        let Ok(url) = Url::parse(&text) else { continue };
        let path = url.path().to_owned();
        let answer = fetch(context, url, accept, Some(token)).await?;
        faults.part(&path, answer.expect_one_of(&[200, 206, 404, 406, 501]))?;
    }
    faults.verdict()
}

async fn plain_accept(context: &Context) -> Verdict {
    let (_, url) = study_with_images(context).await?;
    let token = own_token(context).await?;
    let mut faults = Faults::default();
    for accept in ["multipart/related", "*/*"] {
        let answer = fetch(context, url.clone(), accept, Some(token)).await?;
        faults.part(accept, answer.expect_status(200))?;
    }
    faults.verdict()
}

async fn cors(context: &Context) -> Verdict {
    let (_, url) = study_with_images(context).await?;
    let answer = preflight(context, url, ORIGIN, ("GET", "authorization")).await?;
    allowed(&answer, ORIGIN)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    fn answer(content_type: &str, body: &[u8]) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_str(content_type).unwrap());
        Answer {
            status: 200,
            headers,
            body: body.to_vec(),
            url: Url::parse("http://a.example/").unwrap(),
            exchange: 0,
        }
    }

    #[test]
    fn a_multipart_body_is_split_at_its_boundary() {
        let body = b"--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--b\r\nA: b\r\n\r\ntwo\r\n--b--\r\n";
        let whole = answer(
            "multipart/related; type=\"application/dicom\"; boundary=b",
            body,
        );
        assert_eq!(
            split(&whole),
            [b"one\r\n".as_slice(), b"two\r\n".as_slice()]
        );
        for length in 0..body.len() {
            split(&answer(
                "multipart/related; boundary=\"b\"",
                &body[..length],
            ));
        }
        assert!(split(&answer("multipart/related", body)).is_empty());
        assert!(split(&answer("multipart/related; boundary=", body)).len() < body.len());
    }

    #[test]
    fn dicom_is_told_by_its_mark() {
        let mut file = vec![0; 128];
        file.extend(b"DICM");
        assert!(is_dicom(&file) && !is_dicom(&file[1..]) && !is_dicom(b""));
    }
}
