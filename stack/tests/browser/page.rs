//! Pages as pictures, and what axe-core finds wrong with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use url::Url;

use crate::chromium::Look;

/// A command of Chrome's own protocol (chromedriver "goog/cdp/execute").
#[derive(Debug)]
struct Chrome(&'static str, Value);

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

/// A picture of the whole page, taken when `selector` is there.
pub async fn shot(browser: &Client, look: Look, selector: &str, name: &str) {
    browser
        .wait()
        .for_element(Locator::Css(selector))
        .await
        .unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/screenshots");
    std::fs::create_dir_all(folder).unwrap();
    let whole = json!({ "format": "png", "captureBeyondViewport": true });
    let answer = browser
        .issue_cmd(Chrome("Page.captureScreenshot", whole))
        .await
        .unwrap();
    let picture = STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
    std::fs::write(format!("{folder}/{name}-{}.png", look.name), picture).unwrap();
    let title = browser.title().await.unwrap();
    assert!(!title.is_empty(), "{name} has no title");
    if look.script {
        check(browser, name).await;
    }
}

/// No page is wider than the window, and none breaks a rule of WCAG 2.2 that a machine can check.
async fn check(browser: &Client, name: &str) {
    let wide = "return document.documentElement.scrollWidth - window.innerWidth";
    let wide = browser.execute(wide, vec![]).await.unwrap();
    assert!(
        wide.as_f64().unwrap() <= 0.0,
        "{name} is wider than the window"
    );
    browser.execute(&axe(), vec![]).await.unwrap();
    let run = "const done = arguments[arguments.length - 1];
        axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
          .then((found) => done(found.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html).slice(0, 3).join(' | '))));";
    let found = browser.execute_async(run, vec![]).await.unwrap();
    assert_eq!(found, json!([]), "{name}");
}

fn axe() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/browser/node_modules/axe-core/axe.min.js"
    );
    // `npm install` in `stack/tests/browser` puts it there.
    std::fs::read_to_string(path).unwrap()
}
