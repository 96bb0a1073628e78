//! A headless browser of its own for each test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::{TimeoutConfiguration, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use url::Url;

/// Which colours a person prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    /// As a media query and the names of pictures have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }
}

/// How the browser shows pages.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// For the names of screenshots.
    pub name: &'static str,
    /// Width and height of the window.
    pub size: (u32, u32),
    /// What the person reads.
    pub language: &'static str,
    /// Runs scripts.
    pub script: bool,
    /// The colours in which axe-core judges the page; pictures are taken in both.
    pub judged: Scheme,
}

/// Shows pages in these colours, without movement, on this medium (empty: a screen).
pub async fn emulate(browser: &Client, medium: &str, scheme: Scheme) {
    let features = json!([
        { "name": "prefers-color-scheme", "value": scheme.name() },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ]);
    let media = json!({ "media": medium, "features": features });
    let command = Chrome("Emulation.setEmulatedMedia", media);
    browser.issue_cmd(command).await.unwrap();
}

/// A command of Chrome's own protocol (chromedriver "goog/cdp/execute").
#[derive(Debug)]
pub struct Chrome(pub &'static str, pub Value);

impl WebDriverCompatibleCommand for Chrome {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.0, "params": self.1 });
        (http::Method::POST, Some(body.to_string()))
    }
}

/// Whether the scripts of pages run. What is loaded meanwhile stays as it was loaded.
pub async fn run_scripts(browser: &Client, run: bool) {
    let command = "Emulation.setScriptExecutionDisabled";
    let off = Chrome(command, json!({ "value": !run }));
    browser.issue_cmd(off).await.unwrap();
}

/// A running driver; ended when dropped.
pub struct Chromium {
    driver: Child,
    port: u16,
    look: Look,
    profile: tempfile::TempDir,
}

impl Chromium {
    pub fn start(look: Look) -> Self {
        let port = crate::helpers::free_port();
        let mut driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let started = lines
            .map_while(Result::ok)
            .any(|line| line.contains("started successfully"));
        assert!(started, "chromedriver did not start");
        Self {
            driver,
            port,
            look,
            profile: tempfile::tempdir().unwrap(),
        }
    }

    /// Where it takes commands.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub async fn connect(&self) -> Client {
        let Look {
            size: (width, height),
            language,
            script,
            judged,
            ..
        } = self.look;
        let arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-quic".into(),
            "--disable-dev-shm-usage".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--hide-scrollbars".into(),
            format!("--lang={language}"),
            format!("--accept-lang={language}"),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", self.profile.path().display()),
        ];
        let options = json!({
            "args": arguments,
            "mobileEmulation": { "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1.0, "mobile": width < 600, "touch": false } }
        });
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".into(), options);
        let browser = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .unwrap();
        // axe-core takes its time on a busy machine.
        let patience = TimeoutConfiguration::new(Some(Duration::from_mins(3)), None, None);
        browser.update_timeouts(patience).await.unwrap();
        emulate(&browser, "", judged).await;
        run_scripts(&browser, script).await;
        browser
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
