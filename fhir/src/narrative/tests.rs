//! Tests of the module beside.

use proptest::prelude::*;

use super::*;

fn inside(text: &str) -> Result<(), Fault> {
    check(&format!("<div xmlns=\"{NAMESPACE}\">{text}</div>"))
}

#[test]
fn a_plain_narrative_is_accepted() {
    for text in [
        "<p>Hello<br/>you &amp; me</p>",
        "<!-- > --><b class='x'>1 &gt; 0</b> ",
        "<img src=\"data:image/png;base64,AA==\" alt=\"a > b\"/>",
        "<img src=\"#photo\" alt=\"a\"/>",
        "<a href=\"https://example.org/a?b=c&amp;d\">a</a>&#160;&#xA0;&nbsp;&eacute;&frac34;",
        "<p style=\"color: red; width: 50%\" >a</p >",
        "<p style='background: url(\"data: image/png;base64,AA==\")'>a</p>",
    ] {
        assert_eq!(inside(text), Ok(()), "{text}");
    }
    assert_eq!(check(" <div>a</div>\n"), Ok(()));
}

#[test]
fn what_is_malformed_or_not_allowed_is_refused() {
    let element = |name: &str| Fault::Element(name.to_owned());
    let attribute = |name: &str| Fault::Attribute(name.to_owned());
    for (text, fault) in [
        (" <p/> ", Fault::Empty),
        ("<p>a</div></p>", Fault::Nesting),
        ("a</div><div>b", Fault::NotDiv),
        ("<p>a", Fault::Nesting),
        ("<p class=x>a</p>", Fault::Malformed),
        ("<p class='a'id='b'>a</p>", Fault::Malformed),
        ("<p title='<'>a</p>", Fault::Malformed),
        ("a & b", Fault::Malformed),
        ("a &aurlp; b", Fault::Malformed),
        // A name of HTML 5.
        ("<a href=\"javascript&colon;a()\">a</a>", Fault::Malformed),
        ("a < b", element("")),
        ("<script>a</script>", element("script")),
        ("<SCRIPT>a</SCRIPT>", element("SCRIPT")),
        ("<iframe src=\"x\"/>a", element("iframe")),
        ("<form>a</form>", element("form")),
        ("<!DOCTYPE html>a", element("!DOCTYPE")),
        ("<?php a ?>a", element("?php")),
        ("<p onclick=\"a()\">a</p>", attribute("onclick")),
    ] {
        assert_eq!(inside(text), Err(fault), "{text}");
    }
    for text in ["", "plain", "<p>a</p>", "<divx>a</divx>", "<div>a"] {
        assert!(check(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_active_or_external_is_refused() {
    for (text, name) in [
        ("<a href=\" JavaScript:a()\">a</a>", "href"),
        ("<a href=\"java&#10;script:a()\">a</a>", "href"),
        ("<a href=\"&#x6A;avascript:a()\">a</a>", "href"),
        ("<a href=\"data:text/html,a\">a</a>", "href"),
        ("<img src=\"https://example.org/a.png\"/>", "src"),
        ("<img src=\"//example.org/a.png\"/>", "src"),
        ("<img src=\"data:image/svg+xml,a\"/>", "src"),
        (
            "<p style=\"background: url(https://example.org)\">a</p>",
            "style",
        ),
        ("<p style=\"width: expr/**/ession(a)\">a</p>", "style"),
        ("<p style=\"b\\61 ckground: u\\72l(x)\">a</p>", "style"),
        ("<p xmlns=\"http://example.org\">a</p>", "xmlns"),
    ] {
        assert_eq!(inside(text), Err(Fault::Active(name.to_owned())), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(<div>)?[<>&;/!\"'= a-dé#x-]{0,40}(</div>)?") {
        let _ = check(&text);
    }
}
