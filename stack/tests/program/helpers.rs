//! Starting the program and reading what it says.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

/// The program with a clean environment.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_s4s"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("S4S_") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// A program that said `ready`; killed when dropped.
pub struct Running {
    child: Child,
    /// Everything it said up to and with `ready`.
    pub said: String,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Self {
        let mut running = Self {
            child: program(arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
            said: String::new(),
        };
        let lines = BufReader::new(running.child.stdout.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            running.said.push_str(&line);
            running.said.push('\n');
            if line.starts_with("ready") {
                return running;
            }
        }
        let mut complaint = String::new();
        let mut errors = running.child.stderr.take().unwrap();
        errors.read_to_string(&mut complaint).unwrap();
        assert_eq!(complaint, "", "it did not start: {}", running.said);
        running
    }

    /// Both servers, in memory, on free ports, with few patients.
    pub fn up() -> Self {
        Self::start(&[
            "--ephemeral",
            "--fhir-port",
            "0",
            "--authz-port",
            "0",
            "--patients",
            "2",
        ])
    }

    /// What stands behind a name in what it said.
    pub fn value(&self, name: &str) -> String {
        let value = self
            .said
            .lines()
            .find_map(|line| line.trim_start().strip_prefix(name))
            .unwrap_or_default()
            .trim()
            .to_owned();
        assert!(!value.is_empty(), "no {name} in {}", self.said);
        value
    }

    pub fn fhir(&self) -> String {
        self.value("FHIR server")
    }

    pub fn authz(&self) -> String {
        self.value("authorization")
    }

    /// Sends a signal and waits for the end.
    pub fn stop_with(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
