//! A browser without script: cookies, redirects and forms. It stops at the redirect URI, which it
//! never opens.

use url::Url;

use super::cookie::CookieJar;
use super::page::{Form, Page};
use crate::context::Context;
use crate::http::{Answer, Body, Request};
use crate::outcome::{Finding, fail};

const MOST_HOPS: usize = 10;

/// A page that is shown.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) answer: Answer,
    pub(crate) page: Page,
}

/// Where a request led.
#[derive(Debug)]
pub(crate) enum Arrival {
    Page(Box<Shown>),
    /// The redirect URI, with the answer in its query.
    Callback(Url),
}

/// One browser.
pub(crate) struct Browser<'a> {
    context: &'a Context,
    pub(crate) jar: CookieJar,
    /// Redirects to these are arrivals, compared without query.
    pub(crate) callbacks: Vec<Url>,
    /// Whether a redirect with `iss` and `launch` is an arrival as well: an app being launched.
    pub(crate) catches_launch: bool,
}

impl<'a> Browser<'a> {
    /// A browser that has seen nothing.
    pub(crate) fn new(context: &'a Context) -> Self {
        Self::with(context, CookieJar::default())
    }

    /// A browser with cookies.
    pub(crate) fn with(context: &'a Context, jar: CookieJar) -> Self {
        Self {
            context,
            jar,
            callbacks: vec![context.configuration.redirect_uri.clone()],
            catches_launch: false,
        }
    }

    /// Opens a URL.
    pub(crate) async fn open(&mut self, url: Url) -> Result<Arrival, Finding> {
        self.go(Request::get(url)).await
    }

    /// Sends a form of a page.
    pub(crate) async fn submit(&mut self, page: &Url, form: Form) -> Result<Arrival, Finding> {
        let request = submission(page, form)?;
        self.go(request).await
    }

    /// Sends a request and follows its redirects, to any host, with cookies but never a token.
    pub(crate) async fn go(&mut self, mut request: Request) -> Result<Arrival, Finding> {
        for _ in 0..MOST_HOPS {
            let answer = self.send(&request).await?;
            let Some(location) = redirect(&answer)? else {
                let page = Page::parse(
                    &String::from_utf8_lossy(&answer.body),
                    &self.context.configuration.selectors,
                );
                return Ok(Arrival::Page(Box::new(Shown { answer, page })));
            };
            if self.is_callback(&location) {
                return Ok(Arrival::Callback(location));
            }
            request = match answer.status {
                307 | 308 => Request {
                    url: location,
                    ..request
                },
                _ => Request::get(location),
            };
        }
        fail(format!("more than {MOST_HOPS} redirects in a row"))
    }

    /// Sends one request with the browser's cookies.
    pub(crate) async fn send(&mut self, request: &Request) -> Result<Answer, Finding> {
        let mut request = request.clone().unfollowed().header("accept", "text/html");
        if let Some(cookies) = self.jar.header(&request.url) {
            request = request.header("cookie", cookies);
        }
        let answer = self.context.client.send(&request).await?;
        for header in answer.headers("set-cookie") {
            self.jar.keep(&answer.url, header);
        }
        Ok(answer)
    }

    fn is_callback(&self, url: &Url) -> bool {
        let has = |wanted: &str| url.query_pairs().any(|(name, _)| name == wanted);
        let is_launch = self.catches_launch && has("iss") && has("launch");
        let is = |own: &Url| url.origin() == own.origin() && url.path() == own.path();
        is_launch || self.callbacks.iter().any(is)
    }
}

/// The request a form makes.
pub(crate) fn submission(page: &Url, form: Form) -> Result<Request, Finding> {
    let mut url = if form.action.is_empty() {
        page.clone()
    } else {
        page.join(&form.action)
            .or_else(|error| fail(format!("a form's action is no URL: {error}")))?
    };
    if form.is_post {
        return Ok(Request::post(url, Body::Form(form.fields)));
    }
    url.query_pairs_mut().clear().extend_pairs(form.fields);
    Ok(Request::get(url))
}

fn redirect(answer: &Answer) -> Result<Option<Url>, Finding> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = answer.header("location") else {
        return fail("a redirect has no Location");
    };
    match answer.url.join(location) {
        Ok(url) => Ok(Some(url)),
        Err(error) => fail(format!("a redirect leads nowhere: {error}")),
    }
}
