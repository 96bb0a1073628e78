//! RVK-01 to RVK-03, RVK-06 to RVK-09 and CON-20: the portal's page of what is shared.

use super::code::{is_alive, refreshes};
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::login::Session;
use crate::login::browser::{Arrival, Browser, Shown};
use crate::login::page::Form;
use crate::login::token::endpoint;
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{CONSENT, CROSS_SITE_REQUEST, REVOCATION};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("CON-20", Warning, "What was agreed to can be seen in the portal afterwards.", CONSENT, |c| Box::pin(listed(c, false))),
    Check::new("RVK-01", Required, "The portal lists what is shared with which client and can end it.", CONSENT, |c| Box::pin(listed(c, true))),
    Check::new("RVK-02", Required, "Ending it in the portal ends the refresh token.", CONSENT, |c| Box::pin(ended_refresh(c))),
    Check::new("RVK-03", Required, "Ending it in the portal ends the access token at once.", CONSENT, |c| Box::pin(ended_access(c))),
    Check::new("RVK-06", Required, "Another user cannot end it.", CROSS_SITE_REQUEST, |c| Box::pin(by_another(c))),
    Check::new("RVK-07", Required, "It is not ended by a GET or without the form's own anti-forgery token.", CROSS_SITE_REQUEST, |c| Box::pin(forged(c))),
    Check::new("RVK-08", Required, "Ending one leaves the others as they are.", REVOCATION, |c| Box::pin(neighbours(c))),
    Check::new("RVK-09", Required, "After it was ended it can be agreed to again.", REVOCATION, |c| Box::pin(again(c))),
];

/// A new login, and the portal's page with the form that ends it.
struct Shared<'a> {
    browser: Browser<'a>,
    session: Session,
    shown: Box<Shown>,
    form: Form,
}

/// The page of what is shared, seen with the cookies of this session.
async fn page<'a>(
    context: &'a Context,
    session: &Session,
) -> Result<(Browser<'a>, Box<Shown>), Finding> {
    let url = endpoint(context, "management_endpoint").await?;
    let mut browser = Browser::with(context, session.portal()?);
    match browser.open(url).await? {
        Arrival::Page(shown) => Ok((browser, shown)),
        Arrival::Callback(_) => fail("the management page led to the redirect URI"),
    }
}

/// Forms that end something, one per button.
fn endings(shown: &Shown) -> Vec<Form> {
    let is_ending = |form: &&Form| {
        let words = format!("{} {}", form.action, form.id).to_ascii_lowercase();
        form.is_post
            && ["revoke", "end", "remove", "delete"]
                .iter()
                .any(|word| words.contains(word))
    };
    let pressed = |form: &Form| {
        let buttons = form.buttons.clone().into_iter();
        buttons
            .map(|button| {
                let mut form = form.clone();
                form.press(&button);
                form
            })
            .collect::<Vec<_>>()
    };
    shown
        .page
        .forms
        .iter()
        .filter(is_ending)
        .flat_map(pressed)
        .collect()
}

/// Signs in anew; the form that was not there before is the one that ends this login.
async fn share(context: &Context) -> Result<Shared<'_>, Finding> {
    let (_, before) = page(context, context.session().await?).await?;
    let known = values(&endings(&before));
    let session = context.fresh().await?;
    let (browser, shown) = page(context, &session).await?;
    let is_new = |form: &Form| {
        values(std::slice::from_ref(form))
            .iter()
            .any(|value| !known.contains(value))
    };
    let form = endings(&shown).into_iter().find(is_new);
    let Some(form) = form else {
        return skip(
            "the page of what is shared has no form of its own for a new consent (RVK-01)",
        );
    };
    Ok(Shared {
        browser,
        session,
        shown,
        form,
    })
}

/// What the forms say apart from anti-forgery tokens.
fn values(forms: &[Form]) -> Vec<String> {
    let fields = forms.iter().flat_map(|form| &form.fields);
    fields
        .filter(|(name, _)| !is_token(name))
        .map(|(_, value)| value.clone())
        .collect()
}

fn is_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("csrf") || name.contains("xsrf") || name.contains("token")
}

impl Shared<'_> {
    async fn end(&mut self) -> Verdict {
        let submitted = self
            .browser
            .submit(&self.shown.answer.url, self.form.clone())
            .await?;
        match submitted {
            Arrival::Page(shown) if shown.answer.status < 400 => Ok(()),
            Arrival::Page(shown) => fail(format!("ending it was answered {}", shown.answer.status)),
            Arrival::Callback(_) => fail("ending it led to the redirect URI"),
        }
    }
}

async fn listed(context: &Context, with_ending: bool) -> Verdict {
    let (_, shown) = page(context, context.session().await?).await?;
    ensure(shown.answer.status == 200, || {
        format!("status {}", shown.answer.status)
    })?;
    let is_registered = context.configuration.client.is_none();
    let named = shown.page.text.contains("S4S conformance check");
    ensure(!is_registered || named, || {
        "the client is not listed".into()
    })?;
    ensure(!with_ending || !endings(&shown).is_empty(), || {
        "there is no form to end it".into()
    })
}

async fn ended_refresh(context: &Context) -> Verdict {
    let mut shared = share(context).await?;
    shared.end().await?;
    ensure(!refreshes(context, &shared.session).await?, || {
        "the refresh token still works".into()
    })
}

async fn ended_access(context: &Context) -> Verdict {
    let mut shared = share(context).await?;
    shared.end().await?;
    ensure(!is_alive(context, &shared.session).await?, || {
        "the access token still works".into()
    })
}

async fn by_another(context: &Context) -> Verdict {
    let (mut browser, own) = page(context, context.second_session().await?).await?;
    let mut shared = share(context).await?;
    let fields = own.page.forms.iter().flat_map(|form| &form.fields);
    for (name, value) in fields.filter(|(name, _)| is_token(name)) {
        shared.form.fill(name, value);
    }
    let url = shared.shown.answer.url.clone();
    browser.submit(&url, shared.form.clone()).await?;
    ensure(is_alive(context, &shared.session).await?, || {
        "another user ended it".into()
    })
}

async fn forged(context: &Context) -> Verdict {
    let mut shared = share(context).await?;
    let url = shared.shown.answer.url.clone();
    let mut by_get = shared.form.clone();
    by_get.is_post = false;
    shared.browser.submit(&url, by_get).await?;
    let mut faults = Faults::default();
    let alive = is_alive(context, &shared.session).await?;
    faults.unless(alive, || "a GET ended it".to_owned());
    let mut bare = shared.form.clone();
    bare.fields.retain(|(name, _)| !is_token(name));
    shared.browser.submit(&url, bare).await?;
    let still = is_alive(context, &shared.session).await?;
    faults.unless(still || !alive, || {
        "it was ended without the form's token".to_owned()
    });
    faults.verdict()
}

async fn neighbours(context: &Context) -> Verdict {
    let neighbour = context.fresh().await?;
    let mut shared = share(context).await?;
    shared.end().await?;
    let mut faults = Faults::default();
    for (name, session) in [
        ("another consent", &neighbour),
        ("the first login", context.session().await?),
    ] {
        let alive = is_alive(context, session).await?;
        faults.unless(alive, || format!("{name} ended too"));
    }
    faults.verdict()
}

async fn again(context: &Context) -> Verdict {
    let mut shared = share(context).await?;
    shared.end().await?;
    let session = context.fresh().await;
    let session = session.or_else(|_| fail("it cannot be agreed to again"))?;
    ensure(is_alive(context, &session).await?, || {
        "the new token does not work".into()
    })
}
