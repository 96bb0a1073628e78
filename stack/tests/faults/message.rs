//! A request and an answer in the relay's hands, and how faults change them.

use serde_json::Value;

/// Which of the two servers a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Fhir,
    Authz,
}

pub type Pairs = Vec<(String, String)>;

/// A request on its way to a server.
#[derive(Debug, Clone)]
pub struct Ask {
    pub side: Side,
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Pairs,
    pub body: Vec<u8>,
}

/// An answer on its way back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// 0 stands for a server that never answers.
    pub status: u16,
    pub headers: Pairs,
    pub body: Vec<u8>,
}

/// Where the FHIR server and its open mirror are mounted.
pub const API: &str = "/api/fhir";
pub const MIRROR: &str = "/api/open-fhir";

pub fn parse(text: &str) -> Pairs {
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

pub fn write(pairs: &Pairs) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub fn value<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.as_str())
}

pub fn put(pairs: &mut Pairs, name: &str, value: &str) {
    pairs.retain(|(other, _)| other != name);
    pairs.push((name.to_owned(), value.to_owned()));
}

fn header<'a>(headers: &'a Pairs, name: &str) -> &'a str {
    value(headers, name).unwrap_or_default()
}

impl Ask {
    /// Whether it is for this path of the authorization server.
    pub fn is_authz(&self, path: &str) -> bool {
        self.side == Side::Authz && self.path == path
    }

    pub fn is_post(&self, path: &str) -> bool {
        self.is_authz(path) && self.method == "POST"
    }

    /// What stands behind the base of the FHIR server.
    pub fn place(&self) -> Option<&str> {
        let rest = self.path.strip_prefix(API)?;
        (self.side == Side::Fhir).then(|| rest.trim_start_matches('/'))
    }

    /// Whether it searches (a type, not a resource).
    pub fn is_search(&self) -> bool {
        self.method == "GET"
            && self.place().is_some_and(|place| {
                place.starts_with(|c: char| c.is_ascii_uppercase()) && !place.contains('/')
            })
    }

    /// Whether it reads one resource.
    pub fn is_read(&self) -> bool {
        let place = self.place().unwrap_or_default();
        self.method == "GET"
            && place.starts_with(|c: char| c.is_ascii_uppercase())
            && place.split('/').count() == 2
            && !place.contains('$')
    }

    pub fn query(&self) -> Pairs {
        parse(&self.query)
    }

    pub fn set_query(&mut self, pairs: &Pairs) {
        self.query = write(pairs);
    }

    /// Changes every query parameter; a parameter that becomes nothing is left out.
    pub fn each_parameter(&mut self, change: impl Fn(&str, &str) -> Option<(String, String)>) {
        let pairs = self.query();
        let pairs: Pairs = pairs
            .iter()
            .filter_map(|(name, value)| change(name, value))
            .collect();
        self.set_query(&pairs);
    }

    pub fn has_parameter(&self, name: &str) -> bool {
        self.query().iter().any(|(other, _)| other == name)
    }

    pub fn form(&self) -> Pairs {
        parse(&String::from_utf8_lossy(&self.body))
    }

    pub fn set_form(&mut self, pairs: &Pairs) {
        self.body = write(pairs).into_bytes();
    }

    pub fn field(&self, name: &str) -> Option<String> {
        value(&self.form(), name).map(str::to_owned)
    }

    pub fn set_field(&mut self, name: &str, text: &str) {
        let mut form = self.form();
        put(&mut form, name, text);
        self.set_form(&form);
    }

    /// The parameters of an authorization request, by GET or POST.
    pub fn asked(&self) -> Pairs {
        if self.method == "POST" {
            self.form()
        } else {
            self.query()
        }
    }

    pub fn set_asked(&mut self, pairs: &Pairs) {
        if self.method == "POST" {
            self.set_form(pairs);
        } else {
            self.set_query(pairs);
        }
    }

    pub fn header(&self, name: &str) -> &str {
        header(&self.headers, name)
    }

    pub fn set_header(&mut self, name: &str, text: &str) {
        put(&mut self.headers, name, text);
    }

    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization").strip_prefix("Bearer ")
    }

    pub fn set_bearer(&mut self, token: &str) {
        self.set_header("authorization", &format!("Bearer {token}"));
    }

    /// To the open mirror, which knows no token.
    pub fn mirrored(mut self) -> Self {
        self.path = self.path.replacen(API, MIRROR, 1);
        self.headers.retain(|(name, _)| name != "authorization");
        self
    }
}

impl Reply {
    pub fn new(status: u16, media_type: &str, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), media_type.to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    pub fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json", &value.to_string())
    }

    pub fn to(location: &str) -> Self {
        let mut reply = Self::new(302, "text/plain", "");
        reply.set_header("location", location);
        reply
    }

    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Changes the JSON of the body, when it is JSON.
    pub fn change(&mut self, change: impl FnOnce(&mut Value)) {
        if let Ok(mut value) = serde_json::from_slice::<Value>(&self.body)
            && value.is_object()
        {
            change(&mut value);
            self.body = value.to_string().into_bytes();
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn replace(&mut self, old: &str, new: &str) {
        self.body = self.text().replace(old, new).into_bytes();
    }

    /// Replaces four bytes wherever they stand, in a body that need not be text.
    pub fn replace_bytes(&mut self, old: [u8; 4], new: [u8; 4]) {
        let mut at = 0;
        while let Some(place) = self.body.get_mut(at..at + 4) {
            if place == old {
                place.copy_from_slice(&new);
            }
            at += 1;
        }
    }

    pub fn header(&self, name: &str) -> &str {
        header(&self.headers, name)
    }

    pub fn set_header(&mut self, name: &str, text: &str) {
        put(&mut self.headers, name, text);
    }

    pub fn drop_header(&mut self, name: &str) {
        self.headers.retain(|(other, _)| other != name);
    }

    /// Changes every resource in it: the one that was read, or the entries of a Bundle.
    pub fn each_record(&mut self, mut change: impl FnMut(&mut Value)) {
        self.change(|value| {
            if value["resourceType"] != "Bundle" {
                if value["id"].is_string() && value["resourceType"] != "CapabilityStatement" {
                    change(value);
                }
                return;
            }
            for entry in value["entry"].as_array_mut().into_iter().flatten() {
                if entry["search"]["mode"] != "outcome" {
                    change(&mut entry["resource"]);
                }
            }
        });
    }

    /// Keeps the entries of a Bundle that are wanted.
    pub fn keep_entries(&mut self, wanted: impl FnMut(&Value) -> bool) {
        self.change(|bundle| {
            if bundle["resourceType"] == "Bundle"
                && let Some(entries) = bundle["entry"].as_array_mut()
            {
                let mut wanted = wanted;
                entries.retain(|entry| wanted(entry));
            }
        });
    }

    /// Changes the URL of a link of a Bundle.
    pub fn each_link(&mut self, change: impl Fn(&str, &str) -> Option<String>) {
        self.change(|bundle| {
            if bundle["resourceType"] != "Bundle" {
                return;
            }
            let links = bundle["link"].as_array().cloned().unwrap_or_default();
            let changed = links.into_iter().filter_map(|mut link| {
                let relation = link["relation"].as_str().unwrap_or_default().to_owned();
                let url = link["url"].as_str().unwrap_or_default().to_owned();
                link["url"] = Value::from(change(&relation, &url)?);
                Some(link)
            });
            bundle["link"] = changed.collect();
        });
    }
}
