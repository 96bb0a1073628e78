//! Proofs of possession in the `DPoP` header field (RFC 9449 §4.1, §5).

use actix_web::HttpRequest;
use smart::dpop::{self, Demand};

use super::Here;
use super::problem::Problem;
use crate::oauth::error::{ErrorCode, OAuthError};

/// The header field.
const FIELD: &str = "dpop";

/// The thumbprint of the key that the caller proves to hold; `None` when no proof was sent.
pub fn thumbprint(here: &Here, request: &HttpRequest) -> Result<Option<String>, Problem> {
    if !request.headers().contains_key(FIELD) {
        return Ok(None);
    }
    prove(here, request, None).map(Some).map_err(Problem::token)
}

/// The thumbprint of the key whose proof comes with this request and this access token, if any.
pub fn prove(
    here: &Here,
    request: &HttpRequest,
    access_token: Option<&str>,
) -> Result<String, OAuthError> {
    let refused = |why| ErrorCode::InvalidDpopProof.because(why);
    let mut fields = request.headers().get_all(FIELD);
    let (field, more) = (fields.next(), fields.next());
    let text = field
        .filter(|_| more.is_none())
        .and_then(|field| field.to_str().ok())
        .ok_or(refused("exactly one DPoP header with one proof is needed"))?;
    let url = format!("{}{}", here.server.issuer(), request.path());
    let demand = Demand {
        method: request.method().as_str(),
        url: &url,
        access_token,
    };
    let proof = dpop::check(text, &demand, here.now).map_err(|why| refused(why.0))?;
    if !here.server.proofs.remember(&proof, here.now) {
        return Err(refused("the DPoP proof was used before"));
    }
    Ok(proof.thumbprint)
}
