//! How far this server may reach when a client makes it fetch something: never into the network it
//! stands in, unless that is the point of the demo profile (OWASP "Server Side Request Forgery").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::redirect;

/// Longest address, in bytes.
const LONGEST: usize = 2048;

/// Which addresses may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// https to public addresses.
    Public,
    /// Also this machine, by http too, and private networks: apps under development are there.
    Local,
}

impl Reach {
    /// Whether a client may name this URL. A host name is judged again by what it resolves to.
    pub fn admits_url(self, text: &str) -> bool {
        let Ok(url) = Url::parse(text) else {
            return false;
        };
        let scheme =
            url.scheme() == "https" || (self == Self::Local && redirect::is_secure_or_local(text));
        text.len() <= LONGEST
            && scheme
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.port().is_none_or(|port| port >= 1024)
            && self.admits_host(&url)
    }

    fn admits_host(self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.admits(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.admits(IpAddr::V6(address)),
            Some(Host::Domain(name)) => self == Self::Local || name != "localhost",
            None => false,
        }
    }

    /// Whether a connection to this address may be opened.
    pub fn admits(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Public => is_public(address),
            Self::Local => is_public(address) || is_near(address),
        }
    }
}

/// Loopback and private networks, without link-local ones, where clouds keep their credentials.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Not of the IANA special-purpose registry (RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a >= 224
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !special
}

/// Of the global unicast range, and no address of version 4 in disguise.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let special = (first == 0x2001 && (second < 0x200 || second == 0xdb8))
        || first == 0x2002
        || first == 0x3fff;
    first & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_special_is_public() {
        for address in [
            "0.0.0.0",
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "2001:db8::1",
            "2002:a00:1::",
            "ff02::1",
        ] {
            assert!(!Reach::Public.admits(address.parse().unwrap()), "{address}");
        }
        for address in ["1.1.1.1", "93.184.216.34", "2606:4700::1111"] {
            assert!(Reach::Public.admits(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn the_demo_profile_reaches_this_machine_but_no_metadata() {
        for (address, admitted) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("10.0.0.1", true),
            ("169.254.169.254", false),
            ("fe80::1", false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(Reach::Local.admits(address), admitted, "{address}");
        }
    }

    #[test]
    fn an_address_is_https_without_tricks() {
        for (url, public, local) in [
            ("https://app.example/jwks", true, true),
            ("https://app.example:8443/jwks", true, true),
            ("http://app.example/jwks", false, false),
            ("http://127.0.0.1:9/jwks", false, false),
            ("http://127.0.0.1:9000/jwks", false, true),
            ("http://localhost:9000/jwks", false, true),
            ("https://localhost/jwks", false, true),
            ("https://127.0.0.1/jwks", false, true),
            ("https://2130706433/jwks", false, true),
            ("https://[::ffff:a00:1]/jwks", false, true),
            ("https://169.254.169.254/latest", false, false),
            ("https://app.example:22/", false, false),
            ("https://u:p@app.example/", false, false),
            ("https://app.example/#x", false, false),
            ("file:///etc/passwd", false, false),
            ("ftp://app.example/", false, false),
            ("nonsense", false, false),
        ] {
            assert_eq!(Reach::Public.admits_url(url), public, "{url}");
            assert_eq!(Reach::Local.admits_url(url), local, "{url}");
        }
    }
}
