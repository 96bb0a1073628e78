//! What is measured: where the server is, what it holds, and how it is asked.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::connection::{Connection, Place};
use crate::dataset::Patient;
use crate::own::Apps;

/// The server under measurement.
#[derive(Debug)]
pub(crate) struct World {
    /// FHIR base.
    pub(crate) fhir: Place,
    /// Authorization server, when it is our own.
    pub(crate) authz: Option<Place>,
    /// FHIR base as the server calls it.
    pub(crate) base: String,
    /// Patients of the dataset.
    pub(crate) patients: u64,
    /// Bearer token of the reads and writes.
    pub(crate) token: Option<String>,
    /// An instant after the load, as a FHIR instant.
    pub(crate) loaded: String,
    /// Clients and grants of our own server, for the authorization cells.
    pub(crate) apps: Option<Apps>,
    /// Live access tokens that the authorization server is to hold.
    pub(crate) tokens: u64,
    /// Process id of the server, when it is on this machine.
    pub(crate) pid: Option<u32>,
}

impl World {
    /// Some patient.
    pub(crate) fn patient(&self, random: &mut ChaCha8Rng) -> Patient {
        Patient(random.random_range(0..self.patients.max(1)))
    }

    /// What one client of the server holds.
    pub(crate) fn session(&self, number: u64) -> Session {
        Session {
            fhir: Connection::new(self.fhir.clone(), self.token.clone()),
            authz: self.authz.clone().map(|place| Connection::new(place, None)),
            number,
            turn: 0,
        }
    }
}

/// One client: its connections and how often it was its turn.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) fhir: Connection,
    pub(crate) authz: Option<Connection>,
    /// Its number among the clients of the cell.
    pub(crate) number: u64,
    /// Flows it has begun.
    pub(crate) turn: u64,
}

impl Session {
    /// Requests sent so far.
    pub(crate) fn requests(&self) -> u64 {
        self.fhir.requests + self.authz.as_ref().map_or(0, |authz| authz.requests)
    }

    /// Bytes received so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.fhir.bytes + self.authz.as_ref().map_or(0, |authz| authz.bytes)
    }
}
