//! What a process and its children have used, from `/proc`.

use std::fs;
use std::ops::Sub;
use std::time::Duration;

/// Length of a tick of `/proc/*/stat`: `USER_HZ` is 100 on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// What a process tree has used since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// Bytes handed to the disk.
    pub(crate) written: u64,
    /// Anonymous memory now, in bytes.
    pub(crate) anonymous: u64,
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            written: self.written.saturating_sub(earlier.written),
            anonymous: self.anonymous,
        }
    }
}

/// Of a process and all its descendants; `None` when it is not there.
pub(crate) fn tree(pid: u32) -> Option<Usage> {
    let own = one(pid)?;
    let sum = children(pid)
        .into_iter()
        .filter_map(tree)
        .fold(own, |sum, child| Usage {
            cpu: sum.cpu + child.cpu,
            written: sum.written + child.written,
            anonymous: sum.anonymous + child.anonymous,
        });
    Some(sum)
}

fn one(pid: u32) -> Option<Usage> {
    Some(Usage {
        cpu: cpu(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?,
        written: field(&format!("/proc/{pid}/io"), "write_bytes:").unwrap_or_default(),
        anonymous: field(&format!("/proc/{pid}/status"), "RssAnon:").unwrap_or_default() * 1024,
    })
}

/// The 14th and 15th field; the second, the name, may hold spaces and ends with the last `)`.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * (user + system))
}

fn field(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn children(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_after_a_name_with_spaces_and_brackets() {
        let stat = "42 (a (b) c) S 1 1 1 0 -1 0 0 0 0 0 150 25 0 0 20 0 1 0";
        assert_eq!(cpu(stat), Some(Duration::from_millis(1750)));
    }

    #[test]
    fn this_process_uses_memory() {
        let usage = tree(std::process::id());
        assert!(usage.is_some_and(|usage| usage.anonymous > 0));
    }
}
