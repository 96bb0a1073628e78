//! Faults of the login, the choice of patient and the consent page.

use super::fault::{Fault, fault};
use super::memory::Memory;
use super::message::{Ask, Reply, parse, put, value, write};

fn is_approval(ask: &Ask) -> bool {
    ask.is_post("/consent") && ask.field("decision").as_deref() == Some("approve")
}

/// Changes the parameters of a redirect to the client.
pub fn answer(reply: &mut Reply, change: impl Fn(&mut Vec<(String, String)>)) {
    let location = reply.header("location").to_owned();
    if let Some((uri, query)) = location.split_once('?')
        && uri.ends_with("/callback")
    {
        let mut pairs = parse(query);
        change(&mut pairs);
        reply.set_header("location", &format!("{uri}?{}", write(&pairs)));
    }
}

fn state(reply: &mut Reply, change: impl Fn(&str) -> Option<String>) {
    answer(reply, |pairs| {
        let changed = value(pairs, "state").and_then(&change);
        pairs.retain(|(name, _)| name != "state");
        if let Some(text) = changed {
            put(pairs, "state", &text);
        }
    });
}

/// Every box that the page offered, ticked.
pub fn tick_all(ask: &mut Ask, memory: &Memory) {
    let Some(page) = memory.page_with("id=\"consent\"") else {
        return;
    };
    let mut form = ask.form();
    form.retain(|(name, _)| name != "category");
    for category in page.values("category") {
        form.push(("category".into(), category));
    }
    ask.set_form(&form);
}

/// A form without its anti-forgery token gets the right one.
pub fn forgive(ask: &mut Ask, memory: &Memory) {
    let cookie = ask.header("cookie").to_owned();
    let page = memory
        .pages
        .iter()
        .rfind(|page| page.cookie == cookie && !page.csrf().is_empty());
    if let Some(page) = page {
        ask.set_field("csrf_token", &page.csrf());
    }
}

/// The session stays the one from before the login; the relay knows which one it means.
fn keep_session(_: &Ask, reply: &mut Reply, memory: &mut Memory) {
    if let Some(old) = memory.notes.remove("logging in") {
        let new = reply
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap_or("")
            .to_owned();
        let mut known = Reply::new(200, "", "");
        known.set_header("cookie", &new);
        memory.replies.insert(old, known);
        reply.drop_header("set-cookie");
    }
}

fn swap_session(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    let cookie = ask.header("cookie").to_owned();
    if let Some(known) = memory.replies.get(&cookie) {
        let real = known.header("cookie").to_owned();
        ask.set_header("cookie", &real);
    }
    if ask.is_post("/login") {
        memory.notes.insert("logging in", cookie);
    }
    None
}

fn first_choice(reply: &mut Reply) {
    let text = reply.text();
    let mut parts = text.splitn(3, "<button type=\"submit\" class=\"choice\"");
    if let (Some(head), Some(first), Some(rest)) = (parts.next(), parts.next(), parts.next()) {
        let tail = rest.rsplit_once("</button>").map_or("", |(_, tail)| tail);
        reply.body =
            format!("{head}<button type=\"submit\" class=\"choice\"{first}{tail}").into_bytes();
    }
}

pub static FAULTS: &[Fault] = &[
    fault(
        "tells-users",
        "a user who does not exist is told so",
        &["CON-01"],
    )
    .reply(|ask, reply, _| {
        if ask.is_post("/login")
            && ask
                .field("username")
                .is_some_and(|name| name != "daniel-adams")
        {
            reply.replace("</main>", "<p>There is no such user.</p></main>");
        }
    }),
    fault(
        "refuses-password",
        "the right password is refused",
        &["CON-02"],
    )
    .ask(|ask, _| {
        if ask.is_post("/login") {
            ask.set_field("password", "not-this-one");
        }
        None
    }),
    fault(
        "no-choice",
        "only one of several patients is offered",
        &["CON-03"],
    )
    .reply(|ask, reply, _| {
        if ask.is_authz("/select-patient") || reply.text().contains("id=\"select-patient\"") {
            first_choice(reply);
        }
    }),
    fault("any-patient", "any patient may be chosen", &["CON-04"]).ask(|ask, _| {
        if ask.is_post("/select-patient") {
            ask.set_field("patient", "smart-1288992");
        }
        None
    }),
    fault(
        "no-deny",
        "the consent page has no button to decline",
        &["CON-05"],
    )
    .reply(|_, reply, _| reply.replace("id=\"deny\"", "id=\"later\"")),
    fault(
        "deny-approves",
        "declining shares all the same",
        &["CON-06"],
    )
    .ask(|ask, memory| {
        if ask.is_post("/consent") {
            ask.set_field("decision", "approve");
            tick_all(ask, memory);
        }
        None
    }),
    fault("loses-state", "the answer has no state", &["CON-07"])
        .reply(|_, reply, _| state(reply, |_| None)),
    fault("cuts-state", "a long state comes back cut", &["CON-08"])
        .reply(|_, reply, _| state(reply, |text| Some(text.chars().take(300).collect()))),
    fault(
        "plain-state",
        "special characters are lost from the state",
        &["CON-09"],
    )
    .reply(|_, reply, _| {
        state(reply, |text| {
            Some(text.chars().filter(char::is_ascii).collect())
        });
    }),
    fault(
        "trusts-fields",
        "a redirect URI in the consent form is believed",
        &["CON-10"],
    )
    .ask(|ask, memory| {
        if let Some(uri) = ask.field("redirect_uri").filter(|_| is_approval(ask)) {
            memory.notes.insert("believed", uri);
            let mut form = ask.form();
            let added = ["patient", "client_id", "requested_scope", "redirect_uri"];
            form.retain(|(name, _)| !added.contains(&name.as_str()));
            ask.set_form(&form);
        }
        None
    })
    .reply(|_, reply, memory| {
        let location = reply.header("location").to_owned();
        if let (Some(uri), Some((_, query))) =
            (memory.notes.remove("believed"), location.split_once('?'))
        {
            reply.set_header("location", &format!("{uri}?{query}"));
        }
    }),
    fault(
        "no-csrf",
        "forms work without their anti-forgery token",
        &["CON-11", "RVK-07"],
    )
    .ask(|ask, memory| {
        if ask.method == "POST"
            && ask.side == super::message::Side::Authz
            && !ask.path.starts_with("/oauth")
            && ask.field("csrf_token").is_none()
        {
            forgive(ask, memory);
        }
        None
    }),
    fault(
        "ignores-ticks",
        "what was unticked is shared all the same",
        &["CON-12", "ACC-17"],
    )
    .ask(|ask, memory| {
        if is_approval(ask) {
            tick_all(ask, memory);
        }
        None
    }),
    fault(
        "any-date",
        "a consent that ended in the past is granted",
        &["CON-13"],
    )
    .ask(|ask, memory| {
        if is_approval(ask)
            && let Some(page) = memory.page_with("name=\"share_until\"")
        {
            let date = super::memory::between(
                &page.text,
                "name=\"share_until\" type=\"date\" value=\"",
                "\"",
            );
            ask.set_field("share_until", &date.unwrap_or_default());
        }
        None
    }),
    fault(
        "approves-twice",
        "an approval that is sent twice gives two codes",
        &["CON-14"],
    )
    .ask(|ask, memory| {
        memory
            .replies
            .get(&String::from_utf8_lossy(&ask.body).into_owned())
            .filter(|_| is_approval(ask))
            .cloned()
    })
    .reply(|ask, reply, memory| {
        if is_approval(ask) && reply.status < 400 {
            memory.replies.insert(
                String::from_utf8_lossy(&ask.body).into_owned(),
                reply.clone(),
            );
        }
    }),
    fault(
        "bare-cookie",
        "cookies can be read by script and are sent along from anywhere",
        &["CON-15"],
    )
    .reply(|_, reply, _| {
        let bare = reply
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap_or("")
            .to_owned();
        if !bare.is_empty() {
            reply.set_header("set-cookie", &format!("{bare}; Path=/"));
        }
    }),
    fault(
        "open-redirect",
        "the login leads wherever `next` says",
        &["CON-16"],
    )
    .reply(|ask, reply, _| {
        if ask.is_post("/login")
            && let Some(next) = ask.field("next")
        {
            reply.set_header("location", &next);
        }
    }),
    fault(
        "fixed-session",
        "the session cookie stays the same when somebody signs in",
        &["CON-18"],
    )
    .ask(swap_session)
    .reply(keep_session),
];
