//! Pages as pictures, and what axe-core finds wrong with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::{Client, Locator};
use serde_json::json;

use crate::chromium::{Chrome, Look, run_scripts};

/// Longest picture, in pixels.
const LONGEST: f64 = 8000.0;

/// A picture of the whole page, taken when `selector` is there, and its check.
pub async fn shot(browser: &Client, look: Look, selector: &str, name: &str) {
    browser
        .wait()
        .for_element(Locator::Css(selector))
        .await
        .unwrap();
    picture(browser, look, name).await;
    let title = browser.title().await.unwrap();
    assert!(!title.is_empty(), "{name} has no title");
    // axe-core needs to run; the page was loaded, and stays, as the look has it.
    run_scripts(browser, true).await;
    check(browser, name).await;
    run_scripts(browser, look.script).await;
}

/// How the page would look on paper.
pub async fn print(browser: &Client, look: Look, name: &str) {
    let media = |media: &str| Chrome("Emulation.setEmulatedMedia", json!({ "media": media }));
    browser.issue_cmd(media("print")).await.unwrap();
    picture(browser, look, name).await;
    browser.issue_cmd(media("")).await.unwrap();
}

async fn picture(browser: &Client, look: Look, name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/screenshots");
    std::fs::create_dir_all(folder).unwrap();
    let metrics = Chrome("Page.getLayoutMetrics", json!({}));
    let metrics = browser.issue_cmd(metrics).await.unwrap();
    let size = &metrics["cssContentSize"];
    let height = size["height"].as_f64().unwrap().min(LONGEST);
    let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1 });
    let whole = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
    let answer = browser
        .issue_cmd(Chrome("Page.captureScreenshot", whole))
        .await
        .unwrap();
    let picture = STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
    std::fs::write(format!("{folder}/{name}-{}.png", look.name), picture).unwrap();
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
