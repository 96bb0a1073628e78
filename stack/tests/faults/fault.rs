//! A deliberate fault: what it does to requests and answers, and which checks must find it.

use conformance::Configuration;

use super::door::Door;
use super::memory::Memory;
use super::message::{Ask, Reply};

/// Changes a request, or answers it in the server's place.
type OnAsk = fn(&mut Ask, &mut Memory) -> Option<Reply>;
/// A second request whose answer takes the place of the first.
type OnAgain = fn(&Ask, &Reply, &mut Memory) -> Option<Ask>;
/// Changes an answer.
type OnReply = fn(&Ask, &mut Reply, &mut Memory);

/// One fault.
#[derive(Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    /// What the servers get wrong, as a sentence without a full stop.
    pub what: &'static str,
    /// Ids of checks, or `each-NN` for a line of every category and `USC-each-NN` for one of every
    /// type of US Core; `!ID` takes one out again.
    pub checks: &'static [&'static str],
    pub ask: OnAsk,
    pub again: OnAgain,
    pub reply: OnReply,
    /// What the authorization server's door of TLS gets wrong; the FHIR server's as well when it
    /// lets through what has no TLS.
    pub door: Door,
    /// What the run must be told to see it.
    pub setting: fn(&mut Configuration),
}

/// No fault at all.
pub static NONE: Fault = fault("none", "nothing is wrong", &[]);

/// A fault that does nothing yet.
pub const fn fault(
    name: &'static str,
    what: &'static str,
    checks: &'static [&'static str],
) -> Fault {
    Fault {
        name,
        what,
        checks,
        ask: |_, _| None,
        again: |_, _, _| None,
        reply: |_, _, _| (),
        door: Door::Right,
        setting: |_| (),
    }
}

impl Fault {
    pub const fn ask(mut self, ask: OnAsk) -> Self {
        self.ask = ask;
        self
    }

    pub const fn again(mut self, again: OnAgain) -> Self {
        self.again = again;
        self
    }

    pub const fn reply(mut self, reply: OnReply) -> Self {
        self.reply = reply;
        self
    }

    pub const fn door(mut self, door: Door) -> Self {
        self.door = door;
        self
    }

    /// The same under another name, for other checks.
    pub const fn renamed(mut self, name: &'static str, checks: &'static [&'static str]) -> Self {
        self.name = name;
        self.checks = checks;
        self
    }

    pub const fn setting(mut self, setting: fn(&mut Configuration)) -> Self {
        self.setting = setting;
        self
    }
}

/// Every fault, by area.
pub static FAULTS: &[&[Fault]] = &[
    super::discovery::FAULTS,
    super::registration::FAULTS,
    super::authorization::FAULTS,
    super::consent::FAULTS,
    super::token::FAULTS,
    super::ending::FAULTS,
    super::access::FAULTS,
    super::rest::FAULTS,
    super::search::FAULTS,
    super::record::FAULTS,
    super::openid::FAULTS,
    super::export::FAULTS,
    super::launch::FAULTS,
    super::special::FAULTS,
    super::image::FAULTS,
];
