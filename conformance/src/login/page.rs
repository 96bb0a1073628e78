//! An HTML page as the form driver sees it: its forms, their fields and buttons.

use scraper::{ElementRef, Html, Selector};

use crate::configuration::Selectors;

/// A page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// The language of the document.
    pub language: String,
    /// What can be read on it.
    pub text: String,
    /// Names of visible controls without a label.
    pub unlabelled: Vec<String>,
    /// Where its links lead.
    pub links: Vec<String>,
    /// Its forms, in order.
    pub forms: Vec<Form>,
}

/// What a page of a portal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Name and password.
    Login,
    /// Whose record.
    Choice,
    /// Whether an app may have it.
    Consent,
}

/// A form with the values it would send as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Its id; empty when it has none.
    pub id: String,
    /// Whether it is sent by POST.
    pub is_post: bool,
    /// As written; may be relative or empty.
    pub action: String,
    /// Names and values that would be sent, without a button's.
    pub fields: Vec<(String, String)>,
    /// Its buttons that send it.
    pub buttons: Vec<Button>,
    /// Name and value of every check box.
    pub ticks: Vec<(String, String)>,
    /// Name of every date field.
    pub dates: Vec<String>,
    /// Name and value of every option of a choice.
    pub options: Vec<(String, String)>,
    /// Name of the field for the user's name.
    pub username: Option<String>,
    /// Name of the field for the password.
    pub password: Option<String>,
}

/// A submit button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// Its id, or what it is for: `sign-in`, `authorize`, `deny`.
    pub id: String,
    /// The name it is sent by; empty when it is not sent.
    pub name: String,
    /// The value it is sent with.
    pub value: String,
    /// The FHIR id of the patient it chooses.
    pub patient: Option<String>,
}

impl Form {
    /// Writes into a field.
    pub fn fill(&mut self, name: &str, value: &str) {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    /// Leaves a check box of this value unticked.
    pub fn untick(&mut self, value: &str) {
        let ticks = &self.ticks;
        let is_box = |field: &(String, String)| ticks.contains(field) && field.1 == value;
        self.fields.retain(|field| !is_box(field));
    }

    /// Presses the button with this id, if there is one.
    pub fn press_id(&mut self, id: &str) {
        let button = self.buttons.iter().find(|button| button.id == id).cloned();
        if let Some(button) = button {
            self.press(&button);
        }
    }

    /// What it is for; a form that no login needs is for nothing.
    pub fn kind(&self) -> Option<Kind> {
        if self.password.is_some() {
            Some(Kind::Login)
        } else if self.buttons.iter().any(|button| button.patient.is_some()) {
            Some(Kind::Choice)
        } else if self.buttons.iter().any(|button| button.id == "authorize") {
            Some(Kind::Consent)
        } else {
            None
        }
    }

    /// Presses a button: its name and value are sent along.
    pub fn press(&mut self, button: &Button) {
        if !button.name.is_empty() {
            self.fields
                .push((button.name.clone(), button.value.clone()));
        }
    }
}

impl Page {
    /// Reads a page; anything that is not HTML yields a page without forms.
    pub fn parse(text: &str, selectors: &Selectors) -> Self {
        let html = Html::parse_document(text);
        let first = |name| elements(&html.root_element(), name).into_iter().next();
        let words = |element: ElementRef<'_>| element.text().collect::<Vec<_>>().join(" ");
        let title = first("title").map(words);
        Self {
            title: title.unwrap_or_default().trim().to_owned(),
            language: attribute(&html.root_element(), "lang"),
            text: first("body").map(words).unwrap_or_default(),
            unlabelled: unlabelled(&html.root_element()),
            links: elements(&html.root_element(), "a[href]")
                .iter()
                .map(|link| attribute(link, "href"))
                .collect(),
            forms: elements(&html.root_element(), "form")
                .iter()
                .map(|element| form(element, selectors))
                .collect(),
        }
    }

    /// What it is for.
    pub fn kind(&self) -> Option<Kind> {
        self.forms.iter().find_map(Form::kind)
    }

    /// The form that is for `kind`.
    pub fn form(&self, kind: Kind) -> Option<&Form> {
        self.forms.iter().find(|form| form.kind() == Some(kind))
    }
}

/// Visible controls that neither a label nor an ARIA attribute names.
fn unlabelled(root: &ElementRef<'_>) -> Vec<String> {
    let labels: Vec<_> = elements(root, "label")
        .iter()
        .map(|label| attribute(label, "for"))
        .collect();
    let is_named = |control: &ElementRef<'_>| {
        let id = attribute(control, "id");
        let mut parents = control.ancestors().filter_map(ElementRef::wrap);
        control.attr("aria-label").is_some()
            || control.attr("aria-labelledby").is_some()
            || (!id.is_empty() && labels.contains(&id))
            || parents.any(|parent| parent.value().name() == "label")
    };
    elements(
        root,
        "input:not([type=hidden]):not([type=submit]), select, textarea",
    )
    .iter()
    .filter(|control| !is_named(control))
    .map(|control| attribute(control, "name"))
    .collect()
}

fn elements<'a>(root: &ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector)
        .map_or_else(|_| Vec::new(), |selector| root.select(&selector).collect())
}

fn attribute(element: &ElementRef<'_>, name: &str) -> String {
    element.attr(name).unwrap_or_default().to_owned()
}

/// The name of the first control that is meant.
fn named(form: &ElementRef<'_>, selector: &str) -> Option<String> {
    let found = elements(form, selector).into_iter();
    found
        .map(|control| attribute(&control, "name"))
        .find(|name| !name.is_empty())
}

fn form(element: &ElementRef<'_>, selectors: &Selectors) -> Form {
    let controls = elements(element, "input, select, textarea");
    Form {
        id: attribute(element, "id"),
        is_post: attribute(element, "method").eq_ignore_ascii_case("post"),
        action: attribute(element, "action"),
        fields: controls.iter().filter_map(field).collect(),
        ticks: elements(element, "input[type=checkbox]")
            .iter()
            .map(|tick| (attribute(tick, "name"), attribute(tick, "value")))
            .collect(),
        dates: elements(element, "input[type=date]")
            .iter()
            .map(|date| attribute(date, "name"))
            .collect(),
        options: elements(element, "select")
            .iter()
            .flat_map(options)
            .collect(),
        buttons: elements(element, "button, input[type=submit]")
            .iter()
            .filter_map(|element| button(element, selectors))
            .collect(),
        username: named(element, &selectors.username),
        password: named(element, &selectors.password),
    }
}

/// What a control would send: nothing when it has no name, is disabled or is not ticked.
fn field(element: &ElementRef<'_>) -> Option<(String, String)> {
    let name = element.attr("name").filter(|name| !name.is_empty())?;
    if element.attr("disabled").is_some() {
        return None;
    }
    let value = match element.value().name() {
        "select" => selected(element),
        "textarea" => element.text().collect(),
        _ => input(element)?,
    };
    Some((name.to_owned(), value))
}

fn input(element: &ElementRef<'_>) -> Option<String> {
    match attribute(element, "type").to_ascii_lowercase().as_str() {
        "submit" | "button" | "image" | "reset" | "file" => None,
        "checkbox" | "radio" => element
            .attr("checked")
            .map(|_| element.attr("value").unwrap_or("on").to_owned()),
        _ => Some(attribute(element, "value")),
    }
}

fn options(choice: &ElementRef<'_>) -> Vec<(String, String)> {
    let name = attribute(choice, "name");
    let options = elements(choice, "option[value]").into_iter();
    options
        .map(|option| (name.clone(), attribute(&option, "value")))
        .collect()
}

fn selected(element: &ElementRef<'_>) -> String {
    let options = elements(element, "option");
    let chosen = options
        .iter()
        .find(|option| option.attr("selected").is_some());
    let text = |option: &ElementRef<'_>| match option.attr("value") {
        Some(value) => value.to_owned(),
        None => option.text().collect::<String>().trim().to_owned(),
    };
    chosen.or(options.first()).map(text).unwrap_or_default()
}

fn is(element: &ElementRef<'_>, selector: &str) -> bool {
    Selector::parse(selector).is_ok_and(|selector| selector.matches(element))
}

/// The id that the checks know a button by, whatever the portal calls it.
fn role(element: &ElementRef<'_>, selectors: &Selectors) -> String {
    let roles = [
        (&selectors.sign_in, "sign-in"),
        (&selectors.approve, "authorize"),
        (&selectors.deny, "deny"),
    ];
    let found = roles.iter().find(|(selector, _)| is(element, selector));
    found.map_or_else(|| attribute(element, "id"), |(_, id)| (*id).to_owned())
}

fn button(element: &ElementRef<'_>, selectors: &Selectors) -> Option<Button> {
    let kind = attribute(element, "type").to_ascii_lowercase();
    let is_usable = matches!(kind.as_str(), "" | "submit") && element.attr("disabled").is_none();
    is_usable.then(|| Button {
        id: role(element, selectors),
        name: attribute(element, "name"),
        value: attribute(element, "value"),
        patient: is(element, &selectors.patient).then(|| {
            let id = element.attr("data-patient-id");
            id.or(element.attr("value")).unwrap_or_default().to_owned()
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Page {
        Page::parse(text, &Selectors::default())
    }

    #[test]
    fn a_form_sends_what_a_browser_would() {
        let page = parse(
            "<title> T </title><form id=f method=POST action='/go?x=1'>
             <input type=hidden name=csrf value=c&amp;d><input name=username>
             <input type=checkbox name=a value=1 checked><input type=checkbox name=b value=2>
             <input name=gone disabled value=3><select name=s><option>x<option selected value=y>Y</select>
             <textarea name=t>text</textarea><input type=date name=until value=2030-01-01>
             <button id=ok name=decision value=approve>OK</button><button type=button id=no>no</button></form>",
        );
        let form = &page.forms[0];
        assert_eq!(
            (page.title.as_str(), form.is_post, form.action.as_str()),
            ("T", true, "/go?x=1")
        );
        let sent: Vec<_> = form
            .fields
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        assert_eq!(
            sent,
            [
                "csrf=c&d",
                "username=",
                "a=1",
                "s=y",
                "t=text",
                "until=2030-01-01"
            ]
        );
        assert_eq!(form.buttons.len(), 1);
    }

    #[test]
    fn patients_are_buttons() {
        let page = parse(
            "<form><button type=submit name=patient value=p1 data-patient-id=p1>Ada</button></form>",
        );
        assert_eq!(page.forms[0].buttons[0].patient.as_deref(), Some("p1"));
    }

    #[test]
    fn what_is_not_html_is_a_page_without_forms() {
        for text in [
            "",
            "{\"a\":1}",
            "\u{0}\u{1}",
            "<form",
            &"<div>".repeat(2_000),
        ] {
            assert!(
                parse(text).forms.is_empty(),
                "{}",
                &text[..text.len().min(20)]
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_page_makes_it_panic(parts in proptest::collection::vec(
            proptest::sample::select(vec!["<form", "<input", " name=", "password", ">", "'", "\"", "</form>",
                "<select name=x>", "<option", "<button data-patient-id=", "é", "\u{0}", "<!--", "<table>", "&amp"]), 0..30))
        {
            parse(&parts.concat());
        }
    }
}
