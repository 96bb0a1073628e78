//! Waits at the redirect URI for a browser that is not ours.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::{LoginProblem, Stage};

/// The request line and headers of a browser are shorter than this.
const LONGEST_HEAD: usize = 32 * 1024;
/// A connection that says nothing for so long is left alone.
const SILENCE: Duration = Duration::from_secs(5);
const PAGE: &str = "<!doctype html><html lang=\"en\"><title>Signed in</title><p>The check goes on. You can close this window.</p></html>";

/// A listener at the host and port of a redirect URI of this machine.
pub(super) struct Listener {
    inner: TcpListener,
    uri: Url,
}

impl Listener {
    pub(super) async fn bind(uri: &Url) -> Result<Self, LoginProblem> {
        let problem = |reason: String| Stage::Preparation.problem(reason);
        let host = match uri.host_str() {
            Some("127.0.0.1" | "localhost") => "127.0.0.1",
            Some("[::1]") => "::1",
            _ => {
                return Err(problem(format!(
                    "nothing can wait at {uri}: a login by a browser needs --redirect-uri on this machine, such as http://127.0.0.1:8765/callback"
                )));
            }
        };
        let port = uri.port_or_known_default().unwrap_or(80);
        let inner = TcpListener::bind((host, port)).await;
        let inner = inner.map_err(|error| problem(format!("cannot wait at {uri}: {error}")))?;
        Ok(Self {
            inner,
            uri: uri.clone(),
        })
    }

    /// The URL a browser comes with; anything else that connects is answered 404.
    pub(super) async fn callback(&self, limit: Duration) -> Result<Url, LoginProblem> {
        let waited = tokio::time::timeout(limit, async {
            loop {
                let Ok((stream, _)) = self.inner.accept().await else {
                    continue;
                };
                let served = tokio::time::timeout(SILENCE, self.serve(stream)).await;
                if let Ok(Some(url)) = served {
                    return url;
                }
            }
        });
        waited.await.map_err(|_| {
            Stage::Login.problem(format!("nobody came back within {} s", limit.as_secs()))
        })
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<Url> {
        let mut head = Vec::new();
        let mut part = [0_u8; 2048];
        while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST_HEAD {
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => head.extend_from_slice(&part[..count]),
            }
        }
        let url = self.asked(&String::from_utf8_lossy(&head));
        let (status, body) = match url {
            Some(_) => ("200 OK", PAGE),
            None => ("404 Not Found", ""),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nReferrer-Policy: no-referrer\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
        url
    }

    /// The URL of a request line, when it is the redirect URI with a query.
    fn asked(&self, head: &str) -> Option<Url> {
        let target = head.strip_prefix("GET ")?.split(' ').next()?;
        let url = self.uri.join(target).ok()?;
        let is_ours = url.origin() == self.uri.origin() && url.path() == self.uri.path();
        (is_ours && url.query().is_some()).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn listener() -> (Listener, u16) {
        let uri = Url::parse("http://127.0.0.1:0/callback").unwrap();
        let mut listener = Listener::bind(&uri).await.unwrap();
        let port = listener.inner.local_addr().unwrap().port();
        listener.uri.set_port(Some(port)).unwrap();
        (listener, port)
    }

    #[tokio::test]
    async fn only_the_redirect_uri_with_an_answer_is_taken() {
        let (listener, port) = listener().await;
        let visits = async {
            for target in ["/favicon.ico", "/callback", "/callback?code=c&state=s"] {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let head = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
            }
        };
        let (url, ()) = tokio::join!(listener.callback(Duration::from_secs(10)), visits);
        assert_eq!(url.unwrap().query(), Some("code=c&state=s"));
    }

    #[tokio::test]
    async fn somebody_who_never_comes_is_not_waited_for_without_end() {
        let (listener, _) = listener().await;
        let waited = listener.callback(Duration::from_millis(20)).await;
        assert!(waited.unwrap_err().reason.contains("nobody"));
    }

    #[tokio::test]
    async fn a_redirect_uri_elsewhere_is_refused_with_what_would_do() {
        let uri = Url::parse("https://app.example/callback").unwrap();
        let problem = Listener::bind(&uri).await.err().unwrap();
        assert!(problem.reason.contains("127.0.0.1"));
    }
}
