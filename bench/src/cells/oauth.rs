//! The authorization server, and the FHIR server under a patient's token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::read::{holds, read_of};
use super::search::{expect_matches, page_of};
use crate::connection::{Ask, Connection, Failure};
use crate::dataset::Patient;
use crate::own::{Apps, CLIENT, PEOPLE, SECRET};
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

/// Authorization, consent and exchange of a person who is signed in.
pub(crate) async fn exchange(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let number = session.number;
    let mut browser = apps(world)?.browser(number);
    browser.grant(authz(session)?).await.map(|_| 1)
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
    let form = Ask::form(
        "/oauth/token",
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", &apps.tokens(number).refresh),
        ],
    );
    let answer = authz(session)?
        .send(authenticated(form))
        .await?
        .expect(200)?;
    apps.keep(number, &answer.json()?)?;
    Ok(1)
}

/// `client_credentials` with a signed assertion
pub(crate) async fn backend(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let assertion = apps(world)?.assertion(random.random())?;
    crate::token::redeem(authz(session)?, &assertion)
        .await
        .map(|_| 1)
}

/// Introspection by a confidential client of its own token. Unknown tokens are left out: a client
/// that guesses is slowed down
pub(crate) async fn introspect(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let number = session.number;
    let token = apps(world)?.tokens(number).access;
    let form = Ask::form("/oauth/introspect", &[("token", &token)]);
    let answer = authz(session)?
        .send(authenticated(form))
        .await?
        .expect(200)?;
    holds(&answer, "\"active\":true")
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

fn authenticated(form: Ask) -> Ask {
    let pair = STANDARD.encode(format!("{CLIENT}:{SECRET}"));
    form.with("authorization", format!("Basic {pair}"))
}

fn authz(session: &mut Session) -> Result<&mut Connection, Failure> {
    let missing = || Failure::Transport("there is no authorization server".to_owned());
    session.authz.as_mut().ok_or_else(missing)
}

fn apps(world: &World) -> Result<&Apps, Failure> {
    let missing = || Failure::Transport("there are no clients to act as".to_owned());
    world.apps.as_ref().ok_or_else(missing)
}
