//! Pages without a pointer: the order of the keyboard, what has it, and the way past the navigation.

use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::chromium::Chrome;

/// Presses of the tab key after which a page must have been left.
const MOST: usize = 150;

/// What can be reached by keyboard, in the order in which it is read.
const STOPS: &str = "window.stops = [...document.querySelectorAll(
      'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled);
  document.activeElement.blur();
  window.scrollTo(0, 0);
  return window.stops.length";

/// Which of them has the keyboard (-1: none), whether that can be seen, and whether it is in view.
const HAS_IT: &str = "const one = document.activeElement;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return [window.stops.indexOf(one), ring, inView, one.outerHTML.slice(0, 200)]";

async fn press(browser: &Client, key: &str, code: u32) {
    for kind in ["rawKeyDown", "keyUp"] {
        let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
        let command = Chrome("Input.dispatchKeyEvent", event);
        browser.issue_cmd(command).await.unwrap();
    }
}

async fn enter(browser: &Client) {
    for kind in ["keyDown", "keyUp"] {
        let event = json!({ "type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r" });
        let command = Chrome("Input.dispatchKeyEvent", event);
        browser.issue_cmd(command).await.unwrap();
    }
}

/// The tab key visits everything once, in the order in which it is read (WCAG 2.2, 2.4.3), and what has
/// the keyboard is seen to have it (2.4.7) and is in view (2.4.11).
pub async fn in_order(browser: &Client, name: &str) {
    let count = browser.execute(STOPS, vec![]).await.unwrap();
    let count = count.as_i64().unwrap();
    let mut last = -1;
    for _ in 0..MOST {
        press(browser, "Tab", 9).await;
        let has_it = browser.execute(HAS_IT, vec![]).await.unwrap();
        let [at, ring, in_view, html] = has_it.as_array().unwrap().as_slice() else {
            unreachable!("four values were asked for");
        };
        let at = at.as_i64().unwrap();
        if at < last || at == -1 && last + 1 == count {
            break;
        }
        // A date has several parts, each with a stop of its own.
        assert!(
            at == last || at == last + 1,
            "{name}: from {last} to {at}, {html}"
        );
        assert_eq!(
            (ring, in_view),
            (&Value::Bool(true), &Value::Bool(true)),
            "{name}: {html}"
        );
        last = at;
    }
    assert_eq!(
        last + 1,
        count,
        "{name}: not everything is reached by keyboard"
    );
}

/// The first stop leads past the navigation (WCAG 2.2, 2.4.1).
pub async fn skips(browser: &Client, name: &str) {
    browser.execute(STOPS, vec![]).await.unwrap();
    press(browser, "Tab", 9).await;
    let skip = browser.active_element().await.unwrap();
    assert_eq!(
        skip.attr("href").await.unwrap().as_deref(),
        Some("#main"),
        "{name}"
    );
    enter(browser).await;
    let script = "return document.activeElement.id";
    let there = browser.execute(script, vec![]).await.unwrap();
    assert_eq!(there, "main", "{name}");
}

/// Nothing moves for those who asked for that; for others a little does.
pub async fn keeps_still(browser: &Client) {
    let script = "return getComputedStyle(document.querySelector('.tile')).transitionDuration";
    let still = browser.execute(script, vec![]).await.unwrap();
    assert_eq!(still, "0s");
    let features = json!([{ "name": "prefers-reduced-motion", "value": "no-preference" }]);
    let media = Chrome(
        "Emulation.setEmulatedMedia",
        json!({ "features": features }),
    );
    browser.issue_cmd(media).await.unwrap();
    let moving = browser.execute(script, vec![]).await.unwrap();
    assert_ne!(moving, "0s");
}

/// How many there are.
pub async fn count(browser: &Client, selector: &str) -> usize {
    browser
        .find_all(Locator::Css(selector))
        .await
        .unwrap()
        .len()
}
