//! The authorization endpoint and the portal's pages: login, choice of patient, consent, what is
//! shared.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};

use super::grant::{Code, Family, Pending, granted, patients};
use super::{PASSWORD, World, header, oauth, parameter, registration};

pub fn answer(request: &HttpRequest, body: &[u8], world: &World) -> HttpResponse {
    let form = String::from_utf8_lossy(body);
    let query = request.query_string();
    let is_post = request.method() == Method::POST;
    match (request.path(), is_post) {
        ("/register", true) => registration::register(request, body, world),
        ("/authorize", false) => authorize(request, query, world),
        ("/authorize", true) if !world.has("no-post-authorize") => authorize(request, &form, world),
        ("/login", false) => login_page(request, query, world, ""),
        ("/login", true) => login(request, query, &form, world),
        ("/patient", false) => patient_page(query, world),
        ("/patient", true) => patient(request, query, &form, world),
        ("/consent", false) => consent_page(request, query, world),
        ("/consent", true) => consent(request, query, &form, world),
        ("/apps", false) => apps(request, world),
        ("/apps/revoke", true) => end(request, &form, world),
        ("/apps/revoke", false) if world.has("ends-by-get") => end(request, query, world),
        _ => oauth::answer(request, &form, world),
    }
}

fn see(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header(("location", location))
        .finish()
}

fn page(status: u16, body: &str, world: &World) -> HttpResponse {
    let mut response = HttpResponse::build(status.try_into().unwrap());
    response.content_type("text/html; charset=utf-8");
    if !world.has("framed") {
        response.insert_header(("content-security-policy", "frame-ancestors 'none'"));
        response.insert_header(("referrer-policy", "no-referrer"));
    }
    response.insert_header(("cache-control", "no-store"));
    let language = if world.has("no-language") {
        ""
    } else {
        "lang=en"
    };
    let policy = if world.has("no-policies") {
        ""
    } else {
        "<a href=/privacy>Privacy policy</a>"
    };
    response.body(format!(
        "<!doctype html><html {language}><title>Portal</title><body>{body}{policy}</body></html>"
    ))
}

fn escape(text: &str, world: &World) -> String {
    if world.has("unescaped") {
        return text.to_owned();
    }
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

fn problem(text: &str, world: &World) -> HttpResponse {
    page(400, &escape(text, world), world)
}

fn cookie(request: &HttpRequest) -> Option<String> {
    let value = header(request, "cookie").strip_prefix("session=")?;
    Some(value.to_owned())
}

fn user(request: &HttpRequest, world: &World) -> Option<String> {
    world.state().sessions.get(&cookie(request)?).cloned()
}

fn with_cookie(mut response: HttpResponse, value: &str, world: &World) -> HttpResponse {
    let flags = if world.has("bare-cookie") {
        ""
    } else {
        "; HttpOnly; SameSite=Lax"
    };
    let text = format!("session={value}; Path=/{flags}");
    response
        .headers_mut()
        .insert("set-cookie".parse().unwrap(), text.parse().unwrap());
    response
}

fn times(query: &str, name: &str) -> usize {
    url::form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .count()
}

/// What is wrong with a request, for the client to know; `None` when it is right.
fn wrong(query: &str, world: &World) -> Option<&'static str> {
    let value = |name| parameter(query, name).unwrap_or_default();
    let fault = |name: &str| world.has(name);
    if value("response_type") != "code" && !fault("any-response-type") {
        return Some(if value("response_type").is_empty() {
            "invalid_request"
        } else {
            "unsupported_response_type"
        });
    }
    if value("state").is_empty() && !fault("no-state-needed") {
        return Some("invalid_request");
    }
    if value("aud") != world.base() && !fault("any-aud") {
        return Some("invalid_request");
    }
    if value("scope").is_empty() && !fault("no-scope-needed") {
        return Some("invalid_scope");
    }
    let weak = value("code_challenge").is_empty() || value("code_challenge_method") != "S256";
    (weak && !fault("no-pkce")).then_some("invalid_request")
}

fn authorize(request: &HttpRequest, query: &str, world: &World) -> HttpResponse {
    let value = |name| parameter(query, name).unwrap_or_default();
    let client = value("client_id");
    if !world.state().clients.contains_key(&client) && !world.has("any-client") {
        return problem(&format!("Unknown client {client}"), world);
    }
    let given = value("redirect_uri");
    let registered = "http://127.0.0.1:8765/callback";
    let is_right = given == registered
        || (world.has("any-redirect") && !given.is_empty())
        || (world.has("prefix-redirect") && given.starts_with(registered));
    let is_spared = world.has("no-redirect-needed") && given.is_empty();
    if !is_right && !is_spared {
        return problem("Wrong redirect URI", world);
    }
    let repeats = [
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "response_type",
    ]
    .iter()
    .any(|name| times(query, name) > 1);
    if repeats && !world.has("repeats") {
        return problem("A parameter is repeated", world);
    }
    if let Some(error) = wrong(query, world) {
        return if world.has("errors-on-page") {
            page(200, error, world)
        } else {
            back(query, &[("error", error)], world)
        };
    }
    if world.has("straight-to-callback") {
        return back(query, &[("code", "c")], world);
    }
    let mut state = world.state();
    let handle = state.random("handle");
    state.pending.insert(
        handle.clone(),
        Pending {
            query: query.to_owned(),
            ..Pending::default()
        },
    );
    let fresh = state.random("session");
    drop(state);
    let next = see(&format!("/login?handle={handle}"));
    match cookie(request) {
        Some(_) => next,
        None => with_cookie(next, &fresh, world),
    }
}

/// A redirect to the client.
fn back(query: &str, answer: &[(&str, &str)], world: &World) -> HttpResponse {
    let redirect = parameter(query, "redirect_uri").filter(|uri| !uri.is_empty());
    let redirect = redirect.unwrap_or("http://127.0.0.1:8765/callback".into());
    let Ok(mut target) = url::Url::parse(&redirect) else {
        return problem("Wrong redirect URI", world);
    };
    target.query_pairs_mut().extend_pairs(answer);
    let state = parameter(query, "state").map(|state| match world.fault {
        "loses-state" => String::new(),
        "cuts-state" => state.chars().take(300).collect(),
        "plain-state" => state.chars().filter(char::is_ascii).collect(),
        _ => state,
    });
    if let Some(state) = state {
        target.query_pairs_mut().append_pair("state", &state);
    }
    if !world.has("no-iss") {
        target.query_pairs_mut().append_pair("iss", &world.origin);
    }
    see(target.as_str())
}

fn csrf(request: &HttpRequest) -> String {
    format!("csrf-of-{}", cookie(request).unwrap_or_default())
}

fn is_forged(request: &HttpRequest, form: &str, world: &World) -> bool {
    parameter(form, "csrf_token").as_deref() != Some(&csrf(request)) && !world.has("no-csrf")
}

fn hidden(request: &HttpRequest) -> String {
    format!(
        "<input type=hidden name=csrf_token value=\"{}\">",
        csrf(request)
    )
}

fn login_page(request: &HttpRequest, query: &str, world: &World, error: &str) -> HttpResponse {
    let handle = parameter(query, "handle").unwrap_or_default();
    if let Some(user) = user(request, world)
        && !handle.is_empty()
    {
        if let Some(pending) = world.state().pending.get_mut(&handle) {
            pending.user = user;
        }
        return see(&format!("/patient?handle={handle}"));
    }
    let status = if error.is_empty() { 200 } else { 401 };
    let body = format!(
        "{error}<form method=post action=\"/login?handle={handle}\">{}<label for=u>User</label><input id=u name=username>
        <label>Password<input name=password type=password></label><button id=sign-in>Sign in</button></form>",
        hidden(request)
    );
    page(status, &body, world)
}

fn login(request: &HttpRequest, query: &str, form: &str, world: &World) -> HttpResponse {
    let name = parameter(form, "username").unwrap_or_default();
    let right =
        parameter(form, "password").as_deref() == Some(PASSWORD) && !patients(&name).is_empty();
    if !right || world.has("refuses-password") {
        world.state().misses += 1;
        if world.state().misses > 15 && !world.has("unlimited") {
            return page(429, "Too many attempts", world);
        }
        let is_told = world.has("tells-users") && patients(&name).is_empty();
        let error = if is_told { "No such user" } else { "Wrong" };
        return login_page(request, query, world, error);
    }
    let old = cookie(request);
    let mut state = world.state();
    let fresh = match old {
        Some(old) if world.has("fixed-session") => old,
        _ => state.random("session"),
    };
    state.sessions.insert(fresh.clone(), name.clone());
    let handle = parameter(query, "handle").unwrap_or_default();
    if let Some(pending) = state.pending.get_mut(&handle) {
        pending.user = name;
    }
    drop(state);
    let away = parameter(query, "next").filter(|_| world.has("open-redirect"));
    let next = if handle.is_empty() {
        "/apps".to_owned()
    } else {
        format!("/patient?handle={handle}")
    };
    with_cookie(see(&away.unwrap_or(next)), &fresh, world)
}

fn pending(query: &str, world: &World) -> Option<(String, Pending)> {
    let handle = parameter(query, "handle")?;
    let found = world.state().pending.get(&handle).cloned()?;
    Some((handle, found))
}

fn patient_page(query: &str, world: &World) -> HttpResponse {
    let Some((handle, found)) = pending(query, world) else {
        return problem("No request", world);
    };
    let offered = if world.has("no-choice") {
        &patients(&found.user)[..1]
    } else {
        patients(&found.user)
    };
    let button = |id: &&str| {
        format!("<button type=submit name=patient value={id} data-patient-id={id}>{id}</button>")
    };
    let buttons: String = offered.iter().map(button).collect();
    page(
        200,
        &format!("<form method=post action=\"/patient?handle={handle}\">{buttons}</form>"),
        world,
    )
}

fn patient(_: &HttpRequest, query: &str, form: &str, world: &World) -> HttpResponse {
    let Some((handle, mut found)) = pending(query, world) else {
        return problem("No request", world);
    };
    found.patient = parameter(form, "patient").unwrap_or_default();
    if !patients(&found.user).contains(&found.patient.as_str()) && !world.has("any-patient") {
        return page(403, "Not yours", world);
    }
    world.state().pending.insert(handle.clone(), found);
    see(&format!("/consent?handle={handle}"))
}

fn consent_page(request: &HttpRequest, query: &str, world: &World) -> HttpResponse {
    let Some((handle, _)) = pending(query, world) else {
        return problem("No request", world);
    };
    let deny = if world.has("no-deny") {
        ""
    } else {
        "<button id=deny name=decision value=deny>Deny</button>"
    };
    let body = format!(
        "<p>S4S conformance check asks for the record of A Example.</p>
        <form id=consent method=post action=\"/consent?handle={handle}\">{}<label><input type=checkbox name=category value=laboratory checked>Laboratory</label>
        <label>Until <input type=date name=share_until value=2030-01-01></label>
        <button id=authorize name=decision value=approve>Approve</button>{deny}</form>",
        hidden(request)
    );
    page(200, &body, world)
}

fn consent(request: &HttpRequest, query: &str, form: &str, world: &World) -> HttpResponse {
    let Some((handle, mut found)) = pending(query, world) else {
        return problem("No request", world);
    };
    if is_forged(request, form, world) {
        return page(403, "Forged", world);
    }
    if parameter(form, "decision").as_deref() != Some("approve") && !world.has("deny-approves") {
        return back(&found.query, &[("error", "access_denied")], world);
    }
    let until = parameter(form, "share_until").unwrap_or_default();
    if !("2024".."2040").contains(&until.as_str()) && !world.has("any-date") {
        return page(400, "Wrong date", world);
    }
    if found.done && !world.has("approves-twice") {
        return page(400, "Already answered", world);
    }
    if world.has("trusts-fields") {
        found.patient = parameter(form, "patient").unwrap_or(found.patient);
    }
    found.done = true;
    world.state().pending.insert(handle, found.clone());
    let laboratory = parameter(form, "category").is_some() || world.has("ignores-ticks");
    issue(&found, laboratory, world)
}

fn issue(found: &Pending, laboratory: bool, world: &World) -> HttpResponse {
    let value = |name| parameter(&found.query, name).unwrap_or_default();
    let mut state = world.state();
    let family = state.family(Family {
        client: value("client_id"),
        user: found.user.clone(),
        patient: found.patient.clone(),
        scope: granted(&value("scope"), laboratory, world.has("grants-anything")),
        nonce: value("nonce"),
        ended: false,
    });
    let code = state.random("one-time-code");
    state.codes.insert(
        code.clone(),
        Code {
            redirect_uri: value("redirect_uri"),
            challenge: value("code_challenge"),
            family,
            used: false,
        },
    );
    drop(state);
    back(&found.query, &[("code", &code)], world)
}

fn apps(request: &HttpRequest, world: &World) -> HttpResponse {
    let Some(user) = user(request, world) else {
        return see("/login");
    };
    if world.has("no-list") {
        return page(200, "Nothing here", world);
    }
    let state = world.state();
    let mine = state
        .families
        .iter()
        .enumerate()
        .filter(|(_, family)| family.user == user && !family.ended);
    let form = |(place, _): (usize, &Family)| {
        let csrf = hidden(request);
        format!(
            "<p>S4S conformance check</p><form method=post action=/apps/revoke>{csrf}<button name=app value=app-{place}>End</button></form>"
        )
    };
    let forms = mine.map(form).collect::<Vec<_>>().concat();
    drop(state);
    let date = if world.has("any-date") {
        "until 2999"
    } else {
        ""
    };
    page(200, &format!("{forms}{date}"), world)
}

fn end(request: &HttpRequest, form: &str, world: &World) -> HttpResponse {
    let Some(user) = user(request, world) else {
        return see("/login");
    };
    if is_forged(request, form, world) {
        return page(403, "Forged", world);
    }
    let place = parameter(form, "app").unwrap_or_default();
    let place = place
        .trim_start_matches("app-")
        .parse()
        .unwrap_or(usize::MAX);
    let mut state = world.state();
    let spares = world.has("ends-nothing");
    let all = world.has("ends-all");
    let anyone = world.has("ends-for-anyone");
    let Some(family) = state
        .families
        .get_mut(place)
        .filter(|family| family.user == user || anyone)
    else {
        drop(state);
        return page(404, "No such consent", world);
    };
    family.ended = !spares;
    for family in state.families.iter_mut().filter(|_| all) {
        family.ended = true;
    }
    if world.has("never-again") {
        state.clients.clear();
    }
    see("/apps")
}
