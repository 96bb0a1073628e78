//! Pages as pictures, and what axe-core finds wrong with them.

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::chromium::{Chrome, Look, emulate, run_scripts};

/// Longest picture, in pixels.
const LONGEST: f64 = 5000.0;

/// The width at which nothing may need scrolling sideways (WCAG 2.2, 1.4.10 Reflow).
const NARROWEST: u32 = 320;

/// Waits until the page that a click leads to is there: going on earlier would stop it.
pub async fn arrive(browser: &Client, selector: &str) {
    loop {
        let wait = browser.wait().every(Duration::from_millis(20));
        match wait.for_element(Locator::Css(selector)).await {
            // The driver gives up looking when the page under it changes: there is another to look at.
            Err(error) if error.to_string().contains("aborted by navigation") => {}
            found => {
                found.unwrap();
                return;
            }
        }
    }
}

/// Pictures of the whole page in both colour schemes, taken when `selector` is there, and its check.
pub async fn shot(browser: &Client, look: Look, selector: &str, name: &str) {
    arrive(browser, selector).await;
    for scheme in [look.judged.other(), look.judged] {
        emulate(browser, "", scheme).await;
        picture(browser, &format!("{name}-{}-{}", look.name, scheme.name())).await;
    }
    let title = browser.title().await.unwrap();
    assert!(!title.is_empty(), "{name} has no title");
    // axe-core needs to run; the page was loaded, and stays, as the look has it.
    if !look.script {
        run_scripts(browser, true).await;
    }
    stands_alone(browser, name).await;
    fits(browser, look, name).await;
    check(browser, name).await;
    if !look.script {
        run_scripts(browser, false).await;
    }
}

/// How the page would look on paper, whatever colours the screen has.
pub async fn print(browser: &Client, look: Look, name: &str) {
    emulate(browser, "print", look.judged).await;
    picture(browser, &format!("{name}-{}", look.name)).await;
    if look.script {
        is_fit_for_paper(browser, name).await;
    }
    emulate(browser, "", look.judged).await;
}

/// On paper there is nothing to click, and all text is dark on white.
async fn is_fit_for_paper(browser: &Client, name: &str) {
    let script = "const shade = (colour) => Math.max(...colour.match(/[\\d.]+/g).slice(0, 3).map(Number));
        const wrong = [];
        for (const one of document.querySelectorAll('main, main *')) {
          if (!one.checkVisibility() || one.closest('.unseen')) continue;
          const style = getComputedStyle(one);
          if (one.matches('button')) wrong.push(one.outerHTML);
          if (shade(style.color) > 160) wrong.push('light text: ' + one.outerHTML);
          const filled = !/, 0\\)$/.test(style.backgroundColor);
          if (filled && shade(style.backgroundColor) < 200) wrong.push('dark ground: ' + one.outerHTML);
        }
        for (const one of document.querySelectorAll('.top, footer'))
          if (one.checkVisibility()) wrong.push(one.className || one.tagName);
        return wrong.slice(0, 3);";
    let wrong = browser.execute(script, vec![]).await.unwrap();
    assert_eq!(wrong, json!([]), "{name} on paper");
}

async fn picture(browser: &Client, name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/screenshots");
    std::fs::create_dir_all(folder).unwrap();
    let metrics = Chrome("Page.getLayoutMetrics", json!({}));
    let metrics = browser.issue_cmd(metrics).await.unwrap();
    let size = &metrics["cssContentSize"];
    let height = size["height"].as_f64().unwrap().min(LONGEST);
    let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1 });
    let whole = json!({ "format": "png", "optimizeForSpeed": true, "captureBeyondViewport": true, "clip": clip });
    let answer = browser
        .issue_cmd(Chrome("Page.captureScreenshot", whole))
        .await
        .unwrap();
    let picture = STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
    std::fs::write(format!("{folder}/{name}.png"), picture).unwrap();
}

/// Nothing of a page comes from another host.
async fn stands_alone(browser: &Client, name: &str) {
    let script = "return performance.getEntriesByType('resource').map((one) => one.name)
        .filter((one) => !one.startsWith(location.origin))";
    let foreign = browser.execute(script, vec![]).await.unwrap();
    assert_eq!(foreign, json!([]), "{name}");
}

/// No page is wider than its window, nor than the narrowest one.
async fn fits(browser: &Client, look: Look, name: &str) {
    let (width, height) = look.size;
    let is_phone = width < 600;
    let widths: &[u32] = if is_phone {
        &[width, NARROWEST]
    } else {
        &[width]
    };
    for width in widths {
        if *width == NARROWEST {
            resize(browser, (NARROWEST, height)).await;
        }
        let wide = "return document.documentElement.scrollWidth";
        let wide = browser.execute(wide, vec![]).await.unwrap();
        assert!(
            wide.as_f64().unwrap() <= f64::from(*width),
            "{name} is wider than {width}: {wide}"
        );
    }
    if is_phone {
        resize(browser, look.size).await;
    }
}

async fn resize(browser: &Client, (width, height): (u32, u32)) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
    let command = Chrome("Emulation.setDeviceMetricsOverride", size);
    browser.issue_cmd(command).await.unwrap();
}

/// No page breaks a rule of WCAG 2.2 that a machine can check.
async fn check(browser: &Client, name: &str) {
    browser.execute(&AXE, vec![]).await.unwrap();
    let run = "const done = arguments[arguments.length - 1];
        const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        axe.run(document, { runOnly: rules, resultTypes: ['violations'] })
          .then((found) => done(found.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html).slice(0, 3).join(' | '))));";
    let found: Value = browser.execute_async(run, vec![]).await.unwrap();
    assert_eq!(found, json!([]), "{name}");
}

static AXE: LazyLock<String> = LazyLock::new(|| {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/browser/node_modules/axe-core/axe.min.js"
    );
    // `npm install` in `stack/tests/browser` puts it there.
    std::fs::read_to_string(path).unwrap()
});
