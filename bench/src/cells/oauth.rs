//! The authorization server, and the FHIR server under a patient's token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::read::{holds, read_of};
use super::search::{expect_matches, page_of};
use crate::browser::redeem_code;
use crate::connection::{Ask, Connection, Failure};
use crate::dataset::Patient;
use crate::own::{Apps, CLIENT, PEOPLE, RESOURCE_SERVER, RESOURCE_SERVER_SECRET, SECRET};
use crate::world::{Session, World};

/// `GET .well-known/smart-configuration` and the keys
pub(crate) async fn discovery(
    session: &mut Session,
    _: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let ask = Ask::read("/.well-known/smart-configuration");
    let answer = session.fhir.send(ask).await?.expect(200)?;
    holds(&answer, "authorization_endpoint")?;
    let keys = authz(session)?
        .send(Ask::read("/oauth/jwks"))
        .await?
        .expect(200)?;
    holds(&keys, "\"keys\"")
}

/// A code becomes tokens.
pub(crate) async fn exchange(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let code = apps(world)?.next().ok_or(Failure::UsedUp)?;
    redeem_code(authz(session)?, &code).await.map(|_| 1)
}

/// A token of this session alone, of the person whose number [`person`] tells.
pub(crate) async fn own_token(session: &mut Session, world: &World) -> Result<String, Failure> {
    let mut browser = apps(world)?.browser(session.number);
    browser
        .grant(authz(session)?)
        .await
        .map(|tokens| tokens.access)
}

/// Which person a session acts for; her patient has the same number.
pub(crate) fn person(number: u64) -> u64 {
    number % PEOPLE
}

/// Rotation of a refresh token
pub(crate) async fn refresh(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let number = session.number;
    let apps = apps(world)?;
    let response = renew(authz(session)?, &apps.tokens(number).refresh).await?;
    apps.keep(number, &response)?;
    Ok(1)
}

/// The token response of a refresh.
pub(crate) async fn renew(authz: &mut Connection, refresh: &str) -> Result<Value, Failure> {
    let form = Ask::form(
        "/oauth/token",
        &[("grant_type", "refresh_token"), ("refresh_token", refresh)],
    );
    authz
        .send(authenticated(form, CLIENT, SECRET))
        .await?
        .expect(200)?
        .json()
}

/// `client_credentials` with an assertion that was signed before
pub(crate) async fn backend(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let assertion = apps(world)?.next().ok_or(Failure::UsedUp)?;
    crate::token::redeem(authz(session)?, &assertion)
        .await
        .map(|_| 1)
}

/// Introspection by a resource server: any of all tokens, and one time in ten one that means nothing
pub(crate) async fn introspect(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let known = random.random_range(0..10) > 0;
    let token = if known {
        apps(world)?.some_token(random)
    } else {
        format!("{:043x}", random.random::<u128>())
    };
    let form = Ask::form("/oauth/introspect", &[("token", &token)]);
    let answer = authz(session)?
        .send(authenticated(form, RESOURCE_SERVER, RESOURCE_SERVER_SECRET))
        .await?
        .expect(200)?;
    if known {
        return holds(&answer, "\"active\":true");
    }
    match &*answer.body {
        b"{\"active\":false}" => Ok(1),
        _ => Err(Failure::Wrong("an unknown token is active".to_owned())),
    }
}

/// A token is read with, revoked, and must be refused by the very next read
pub(crate) async fn revocation(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let number = session.number;
    let apps = apps(world)?;
    let response = renew(authz(session)?, &apps.tokens(number).refresh).await?;
    apps.keep(number, &response)?;
    let token = apps.tokens(number).access;
    session.fhir.authenticate(token.clone());
    let id = Patient(number).lab(random.random_range(0..36));
    read_of(&mut session.fhir, &id, "").await?;
    let form = Ask::form("/oauth/revoke", &[("token", &token)]);
    authz(session)?
        .send(authenticated(form, CLIENT, SECRET))
        .await?
        .expect(200)?;
    let ask = Ask::read(format!("/Observation/{id}"));
    match session.fhir.send(ask).await?.status {
        401 => Ok(1),
        status => Err(Failure::Wrong(format!(
            "a revoked token is answered {status}"
        ))),
    }
}

/// The same read where nobody is asked who they are
pub(crate) async fn open_read(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    if session.turn == 0 {
        session.fhir = Connection::new(world.fhir.beside("/open-fhir"), None);
    }
    let id = Patient(session.number).lab(random.random_range(0..36));
    read_of(&mut session.fhir, &id, "").await
}

/// `GET Observation/{id}` of the token's patient
pub(crate) async fn authorized_read(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let number = session.number;
    let connection = personal(session, apps(world)?);
    let id = Patient(number).lab(random.random_range(0..36));
    read_of(connection, &id, "").await
}

/// The laboratory page of the token's patient
pub(crate) async fn authorized_page(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let number = session.number;
    let connection = personal(session, apps(world)?);
    let path = page_of(&Patient(number).id());
    expect_matches(connection, &path, 36).await
}

/// The session's connection, now with the person's token.
fn personal<'a>(session: &'a mut Session, apps: &Apps) -> &'a mut Connection {
    if session.turn == 0 {
        session
            .fhir
            .authenticate(apps.tokens(session.number).access);
    }
    &mut session.fhir
}

fn authenticated(form: Ask, client: &str, secret: &str) -> Ask {
    let pair = STANDARD.encode(format!("{client}:{secret}"));
    form.with("authorization", format!("Basic {pair}"))
}

fn authz(session: &mut Session) -> Result<&mut Connection, Failure> {
    let missing = || Failure::Transport("there is no authorization server".to_owned());
    session.authz.as_mut().ok_or_else(missing)
}

/// The clients of our own server.
pub(crate) fn apps(world: &World) -> Result<&Apps, Failure> {
    let missing = || Failure::Transport("there are no clients to act as".to_owned());
    world.apps.as_ref().ok_or_else(missing)
}
