//! The first words of TLS, in versions and ciphers that a library of today no longer speaks
//! (RFC 5246, section 7.4.1.2; RFC 8996 forbids TLS 1.0 and 1.1).

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A version of the protocol as it stands in a hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) u8, pub(crate) u8);

/// SSL 3.0, TLS 1.0 and TLS 1.1.
pub(crate) const OUTDATED: &[(&str, Version)] = &[
    ("SSL 3.0", Version(3, 0)),
    ("TLS 1.0", Version(3, 1)),
    ("TLS 1.1", Version(3, 2)),
];
pub(crate) const TLS_1_2: Version = Version(3, 3);

/// Suites that servers of those years spoke: with RSA and ECDHE, AES in CBC.
pub(crate) const COMMON: &[u16] = &[
    0xc013, 0xc014, 0xc009, 0xc00a, 0x002f, 0x0035, 0x000a, 0x0033, 0x0039,
];
/// No encryption, export grade, RC4, single DES and triple DES.
pub(crate) const WEAK: &[u16] = &[
    0x0001, 0x0002, 0x003b, 0x0003, 0x0006, 0x0008, 0x0014, 0x0017, 0x0019, 0x0004, 0x0005, 0xc011,
    0xc007, 0x0009, 0x0015, 0x000a, 0x0016, 0xc012, 0xc008,
];

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// The server goes on with this version and suite.
    Accepted(Version, u16),
    /// An alert, the end of the connection, or something that is not TLS.
    Refused,
}

/// Sends a hello of this version and these suites and reads what comes back.
pub(super) async fn greet(
    host: &str,
    port: u16,
    (version, suites): (Version, &[u16]),
    limit: Duration,
) -> std::io::Result<Greeting> {
    let late = || std::io::Error::from(std::io::ErrorKind::TimedOut);
    let talk = async {
        let mut stream = TcpStream::connect((host, port)).await?;
        stream.write_all(&hello(host, version, suites)).await?;
        let mut answer = Vec::new();
        let mut block = [0_u8; 512];
        while answer.len() < ENOUGH {
            match stream.read(&mut block).await {
                Ok(0) | Err(_) => break,
                Ok(count) => answer.extend_from_slice(&block[..count]),
            }
        }
        Ok(read(&answer))
    };
    tokio::time::timeout(limit, talk)
        .await
        .map_err(|_| late())?
}

/// Record header, handshake header, version, random, and a session id of any length.
const ENOUGH: usize = 5 + 4 + 2 + 32 + 1 + 32 + 2;

fn read(answer: &[u8]) -> Greeting {
    let place = |at: usize| answer.get(at).copied();
    let (Some(22), Some(2)) = (place(0), place(5)) else {
        return Greeting::Refused;
    };
    let session = usize::from(place(43).unwrap_or_default());
    let suite = place(44 + session).zip(place(45 + session));
    match (place(9).zip(place(10)), suite) {
        (Some((major, minor)), Some((high, low))) => {
            Greeting::Accepted(Version(major, minor), u16::from_be_bytes([high, low]))
        }
        _ => Greeting::Refused,
    }
}

/// A length before what it counts, in two bytes.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [kind.to_be_bytes().to_vec(), counted(content)].concat()
}

/// The random part is fixed: nothing is ever encrypted with it.
fn hello(host: &str, version: Version, suites: &[u16]) -> Vec<u8> {
    let suites: Vec<u8> = suites
        .iter()
        .flat_map(|suite| suite.to_be_bytes())
        .collect();
    let name = [vec![0], counted(host.as_bytes())].concat();
    let is_name = host.parse::<std::net::IpAddr>().is_err();
    let extensions = [
        if is_name {
            extension(0, &counted(&name))
        } else {
            Vec::new()
        },
        extension(10, &counted(&[0, 23, 0, 24, 0, 29])),
        extension(11, &[1, 0]),
        extension(13, &counted(&[4, 1, 4, 3, 2, 1, 2, 3])),
    ]
    .concat();
    let mut body = vec![version.0, version.1];
    body.extend([0x53; 32]);
    body.push(0);
    body.extend(counted(&suites));
    body.extend([1, 0]);
    if version != Version(3, 0) {
        body.extend(counted(&extensions));
    }
    let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
    let message = [&[1, length[1], length[2], length[3]], body.as_slice()].concat();
    [vec![22, 3, version.1.min(1)], counted(&message)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_hello_is_told_from_an_alert() {
        let mut hello = vec![22, 3, 1, 0, 50, 2, 0, 0, 46, 3, 1];
        hello.extend([7; 32]);
        hello.extend([0, 0xc0, 0x13, 0]);
        assert_eq!(read(&hello), Greeting::Accepted(Version(3, 1), 0xc013));
        assert_eq!(read(&[21, 3, 1, 0, 2, 2, 70]), Greeting::Refused);
        for length in 0..hello.len() - 1 {
            let _ = read(&hello[..length]);
        }
        assert_eq!(read(b"HTTP/1.1 400 Bad Request"), Greeting::Refused);
    }

    #[test]
    fn the_lengths_of_a_hello_count_what_follows() {
        let hello = hello("a.example", TLS_1_2, COMMON);
        let count = |at: usize| usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
        assert_eq!(count(3), hello.len() - 5);
        assert_eq!(count(7), hello.len() - 9);
    }
}
