"""A person at the portal, without script: follows redirects, keeps cookies, fills forms."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


class Forms(HTMLParser):
    """The forms of a page: what they send by themselves, and their buttons."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        if tag == "form":
            self.forms.append({"action": of.get("action", ""), "fields": [], "buttons": []})
        elif not self.forms:
            return
        elif tag == "input" and of.get("name"):
            if of.get("type") not in ("checkbox", "radio") or "checked" in of:
                self.forms[-1]["fields"].append((of["name"], of.get("value", "")))
        elif tag == "button":
            self.forms[-1]["buttons"].append(of)


class Person:
    def __init__(self, username, password, patient):
        self.known = {"username": username, "password": password}
        self.patient = patient
        self.session = requests.Session()

    def authorize(self, url, origin):
        """Walks from an authorization URL to the address the app is sent back to."""
        answer = self.session.get(url, allow_redirects=False)
        for _ in range(20):
            location = answer.headers.get("location")
            if location and location.startswith(origin):
                return location
            if location:
                answer = self.session.get(urljoin(answer.url, location), allow_redirects=False)
            else:
                answer = self.submit(answer)
        raise AssertionError("the portal did not send the person back")

    def submit(self, page):
        for form in Forms(page.text).forms:
            for button in form["buttons"]:
                if self.is_wanted(button):
                    fields = [(name, self.known.get(name, value)) for name, value in form["fields"]]
                    if button.get("name"):
                        fields.append((button["name"], button.get("value", "")))
                    url = urljoin(page.url, form["action"])
                    return self.session.post(url, data=fields, allow_redirects=False)
        raise AssertionError(f"nothing to press ({page.status_code})")

    def is_wanted(self, button):
        named = button.get("id") in ("sign-in", "authorize")
        return named or button.get("data-patient-id") == self.patient
