//! CON-01, CON-16 to CON-18: signing in to the portal.

use url::Url;

use super::consent::{form, plain_wish, walk};
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::configuration::{Person, Secret};
use crate::context::Context;
use crate::login::browser::{Arrival, Browser};
use crate::login::page::Kind;
use crate::login::token::endpoint;
use crate::outcome::{Faults, Verdict, ensure, fail, skip};
use crate::requirement::place::{GUESSING, OPEN_REDIRECT, SESSION};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("CON-01", Required, "A wrong password and an unknown user are refused alike.", GUESSING, |c| Box::pin(wrong_password(c))),
    Check::new("CON-16", Required, "The login never leads to another site.", OPEN_REDIRECT, |c| Box::pin(open_redirect(c))),
    Check::new("CON-17", Warning, "Guessing passwords is slowed down.", GUESSING, |c| Box::pin(guessing(c))),
    Check::new("CON-18", Required, "Signing in replaces the session cookie.", SESSION, |c| Box::pin(fixation(c))),
];

async fn wrong_password(context: &Context) -> Verdict {
    let wish = plain_wish(context).await?;
    let known = wish.person.username.clone();
    let unknown = format!("nobody{}", &context.random_text()[..8]);
    let wrong = Secret::from(context.random_text());
    let mut seen = Vec::new();
    for username in [&known, &unknown] {
        let (_, mut walk, shown) = walk(context, &wish, Kind::Login).await?;
        let person = Person {
            username: username.clone(),
            password: wrong.clone(),
        };
        let form = person.fill(form(&shown, Kind::Login));
        match walk.browser.submit(&shown.answer.url, form).await? {
            Arrival::Page(shown)
                if shown.answer.status >= 400 || shown.page.kind() == Some(Kind::Login) =>
            {
                let text = shown.page.text.replace(&known, "").replace(&unknown, "");
                seen.push((shown.answer.status, text));
            }
            _ => return fail("a wrong password led on"),
        }
    }
    ensure(seen[0] == seen[1], || {
        "the answers to a wrong password and to an unknown user differ".into()
    })
}

/// Values that would lead away, for parameters that portals use for the next page.
const AWAY: &[&str] = &[
    "//attacker.example/",
    "https://attacker.example/",
    "/\\attacker.example/",
];
const NEXT: &[&str] = &["next", "return_to", "redirect", "url", "returnUrl"];

async fn open_redirect(context: &Context) -> Verdict {
    let person = context.person()?;
    let management = endpoint(context, "management_endpoint").await?;
    let mut faults = Faults::default();
    for away in AWAY {
        let mut browser = Browser::new(context);
        browser.callbacks = Url::parse("https://attacker.example/")
            .into_iter()
            .collect();
        let Arrival::Page(shown) = browser.open(management.clone()).await? else {
            return fail("the management page led away");
        };
        let Some(form) = shown.page.form(Kind::Login).cloned() else {
            return skip("the management page asks for no login");
        };
        let mut form = person.fill(form);
        let mut action = shown
            .answer
            .url
            .join(&form.action)
            .unwrap_or(shown.answer.url.clone());
        for name in NEXT {
            action.query_pairs_mut().append_pair(name, away);
            form.fields.push(((*name).to_owned(), (*away).to_owned()));
        }
        form.action = action.to_string();
        let arrival = browser.submit(&shown.answer.url, form).await?;
        faults.unless(matches!(arrival, Arrival::Page(_)), || {
            format!("{away} was followed")
        });
    }
    faults.verdict()
}

const GUESSES: usize = 20;

async fn guessing(context: &Context) -> Verdict {
    if !context.configuration.bursts {
        return skip("give --bursts to check this");
    }
    let wish = plain_wish(context).await?;
    let person = Person {
        username: format!("nobody{}", &context.random_text()[..8]),
        password: Secret::from(context.random_text()),
    };
    let (_, mut walk, shown) = walk(context, &wish, Kind::Login).await?;
    let form = person.fill(form(&shown, Kind::Login));
    let first = walk.browser.submit(&shown.answer.url, form.clone()).await?;
    for _ in 1..GUESSES {
        let arrival = walk.browser.submit(&shown.answer.url, form.clone()).await?;
        if let (Arrival::Page(first), Arrival::Page(now)) = (&first, &arrival)
            && (now.answer.status == 429 || now.page.text != first.page.text)
        {
            return Ok(());
        }
    }
    fail(format!("{GUESSES} wrong passwords were answered alike"))
}

async fn fixation(context: &Context) -> Verdict {
    let wish = plain_wish(context).await?;
    let (_, mut walk, shown) = walk(context, &wish, Kind::Login).await?;
    let before = walk.browser.jar.clone();
    let form = wish.person.fill(form(&shown, Kind::Login));
    walk.browser.submit(&shown.answer.url, form).await?;
    let after = walk.browser.jar.pairs();
    let is_new = after.iter().any(|pair| !before.pairs().contains(pair));
    ensure(is_new, || {
        "the cookies are the same before and after the login".into()
    })
}
