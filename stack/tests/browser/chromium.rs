//! A headless browser of its own for each test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use url::Url;

/// How the browser shows pages.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// For the names of screenshots.
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    /// Prefers a dark colour scheme.
    pub dark: bool,
    /// Runs scripts.
    pub script: bool,
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
            width,
            height,
            dark,
            script,
            ..
        } = self.look;
        let mut arguments = vec![
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
            "--lang=en".into(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", self.profile.path().display()),
        ];
        if dark {
            arguments.push("--blink-settings=preferredColorScheme=0".into());
        }
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
