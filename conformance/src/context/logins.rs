//! The clients, people and sessions of a run, each made once, when first needed.

use tokio::sync::OnceCell;

use super::Context;
use crate::configuration::{Credentials, Person, RegisteredClient};
use crate::login::{LoginProblem, ReadyClient, Session, Stage, Wish, registration};
use crate::outcome::{Finding, skip};

type Ready = Result<ReadyClient, LoginProblem>;
type Started = Result<Session, LoginProblem>;

/// What was made so far.
#[derive(Default)]
pub(super) struct Logins {
    first_client: OnceCell<Ready>,
    public: OnceCell<Ready>,
    confidential: OnceCell<Ready>,
    session: OnceCell<Started>,
    other_session: OnceCell<Started>,
    second_session: OnceCell<Started>,
    confidential_session: OnceCell<Started>,
}

fn given(client: &RegisteredClient) -> ReadyClient {
    ReadyClient {
        client: client.clone(),
        registration: None,
    }
}

fn usable<'a>(made: &'a Ready, kind: &str) -> Result<&'a RegisteredClient, Finding> {
    match made {
        Ok(ready) => Ok(&ready.client),
        Err(problem) => skip(format!("no {kind} client: {}", problem.reason)),
    }
}

impl Context {
    /// The client of the run: configured, or registered as a public one.
    pub(crate) async fn first_client(&self) -> Result<&ReadyClient, LoginProblem> {
        let made = self.logins.first_client.get_or_init(async || {
            let smart = self.smart().await;
            let smart = smart.map_err(|finding| Stage::Preparation.finding(finding))?;
            registration::ready_client(self, smart).await
        });
        made.await.as_ref().map_err(Clone::clone)
    }

    /// A public client: the first one when it has no secret.
    pub(crate) async fn public_client(&self) -> Result<&RegisteredClient, Finding> {
        let made = self
            .logins
            .public
            .get_or_init(async || match self.first_client().await {
                Ok(first) if first.client.secret.is_none() => Ok(given(&first.client)),
                _ => self.register("none").await,
            });
        usable(made.await, "public")
    }

    /// A confidential client: configured, or the first one when it has a secret, or registered.
    pub(crate) async fn confidential_client(&self) -> Result<&RegisteredClient, Finding> {
        let made = self.logins.confidential.get_or_init(async || {
            if let Some(client) = &self.configuration.confidential_client {
                return Ok(given(client));
            }
            match &self.configuration.client {
                Some(first) if first.secret.is_some() => Ok(given(first)),
                _ => self.register("client_secret_basic").await,
            }
        });
        usable(made.await, "confidential")
    }

    async fn register(&self, method: &str) -> Ready {
        let smart = self.smart().await;
        let smart = smart.map_err(|finding| Stage::Preparation.finding(finding))?;
        registration::register(self, smart, &registration::metadata(self, method)).await
    }

    /// Who signs in to the portal.
    pub(crate) fn person(&self) -> Result<Person, Finding> {
        match &self.configuration.credentials {
            Credentials::Form { username, password } => Ok(Person {
                username: username.clone(),
                password: password.clone(),
            }),
            _ => skip("a login needs --username and --password"),
        }
    }

    /// The other user of the portal.
    pub(crate) fn second_person(&self) -> Result<&Person, Finding> {
        match &self.configuration.second {
            Some(person) => Ok(person),
            None => skip("give --second-username and --second-password to check this"),
        }
    }

    /// A login of the first person for the session's patient to this client.
    pub(crate) async fn wish(&self, client: &RegisteredClient) -> Result<Wish, Finding> {
        let person = self.person()?;
        let mut wish = Wish::new(client, &self.configuration.scope, &person);
        wish.patient = Some(self.session().await?.patient.clone());
        Ok(wish)
    }

    /// A new login, or a skip that says why there is none.
    pub(crate) async fn grant(&self, wish: &Wish) -> Result<Session, Finding> {
        let session = Session::of(self, wish).await;
        session.or_else(|problem| skip(format!("no login for this: {}", problem.reason)))
    }

    /// A new login of the first person to the first client.
    pub(crate) async fn fresh(&self) -> Result<Session, Finding> {
        let ready = self.first_client().await;
        let ready = ready.or_else(|problem| skip(problem.reason))?;
        let wish = self.wish(&ready.client).await?;
        self.grant(&wish).await
    }

    /// The session, or a skip that says why there is none.
    pub(crate) async fn session(&self) -> Result<&Session, Finding> {
        self.sign_in()
            .await
            .as_ref()
            .map_err(|problem| Finding::Skip(format!("no access token: {}", problem.reason)))
    }

    /// The first login and how it went.
    pub(crate) async fn sign_in(&self) -> &Result<Session, LoginProblem> {
        let wanted = self.configuration.patient.as_deref();
        let session = &self.logins.session;
        let session = session.get_or_init(|| Session::start(self, wanted)).await;
        for exchange in session.iter().flat_map(Session::exchanges) {
            self.client.log.cite(exchange);
        }
        session
    }

    /// A patient that the session's token does not allow.
    pub(crate) async fn other_patient(&self) -> Result<String, Finding> {
        if let Some(other) = &self.configuration.other_patient {
            return Ok(other.clone());
        }
        if let Some(offered) = self.session().await?.others().first() {
            return Ok(offered.clone());
        }
        match self.second_session().await {
            Ok(second) => Ok(second.patient.clone()),
            Err(_) => skip("no other patient is known; give --other-patient"),
        }
    }

    /// A second login, for the other patient.
    pub(crate) async fn other_session(&self) -> Result<&Session, Finding> {
        let other = self.other_patient().await?;
        let first = self.person();
        let is_offered = self.session().await?.others().contains(&other);
        let started = self.logins.other_session.get_or_init(async || {
            let person = match (&self.configuration.second, first) {
                (Some(second), _) if !is_offered => second.clone(),
                (_, Ok(first)) => first,
                (_, Err(finding)) => return Err(Stage::Preparation.finding(finding)),
            };
            Session::of_person(self, &person, Some(&other)).await
        });
        let started = started.await.as_ref();
        started.map_err(|problem| Finding::Skip(format!("no second login: {}", problem.reason)))
    }

    /// The second user's login.
    pub(crate) async fn second_session(&self) -> Result<&Session, Finding> {
        let second = self.second_person()?;
        let started = &self.logins.second_session;
        let started = started.get_or_init(|| Session::of_person(self, second, None));
        let started = started.await.as_ref();
        started.map_err(|problem| Finding::Skip(format!("no second user: {}", problem.reason)))
    }

    /// A login to the confidential client.
    pub(crate) async fn confidential_session(&self) -> Result<&Session, Finding> {
        let client = self.confidential_client().await?;
        let wish = self.wish(client).await?;
        let started = &self.logins.confidential_session;
        let started = started.get_or_init(|| Session::of(self, &wish)).await;
        let started = started.as_ref();
        started.map_err(|problem| Finding::Skip(format!("no login for this: {}", problem.reason)))
    }
}
