//! Undoing the compression of a body, never beyond a limit.

use std::io::Read;

use crate::problem::{Kind, Problem};

/// The codings that are undone, as `Content-Encoding` names them.
const CODINGS: &[&str] = &["", "identity", "gzip", "x-gzip", "deflate", "br", "zstd"];
/// The largest window that a sender of zstd may ask this server to keep: 8 MiB (RFC 9659).
const ZSTD_WINDOW: u32 = 23;
const BROTLI_BUFFER: usize = 8 * 1024;

/// Whether a `Content-Encoding` is one that is undone; several at once are not.
pub(super) fn is_known(coding: &str) -> bool {
    CODINGS.contains(&coding)
}

/// The plain bytes; nothing if there are more than `limit`. Memory stays within the limit
/// whatever the input claims.
pub(super) fn decompress(
    bytes: Vec<u8>,
    coding: &str,
    limit: usize,
) -> Result<Option<Vec<u8>>, Problem> {
    let input = bytes.as_slice();
    match coding {
        "gzip" | "x-gzip" => read(flate2::read::MultiGzDecoder::new(input), limit),
        "deflate" => read(flate2::read::ZlibDecoder::new(input), limit),
        "br" => read(brotli::Decompressor::new(input, BROTLI_BUFFER), limit),
        "zstd" => {
            let mut decoder = zstd::Decoder::with_buffer(input).map_err(|_| unreadable())?;
            decoder
                .window_log_max(ZSTD_WINDOW)
                .map_err(|_| unreadable())?;
            read(decoder, limit)
        }
        _ => Ok(Some(bytes).filter(|bytes| bytes.len() <= limit)),
    }
}

fn read(reader: impl Read, limit: usize) -> Result<Option<Vec<u8>>, Problem> {
    let mut plain = Vec::new();
    reader
        .take(limit as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| unreadable())?;
    Ok(Some(plain).filter(|plain| plain.len() <= limit))
}

fn unreadable() -> Problem {
    Problem::new(
        Kind::Invalid,
        "The body is not compressed as Content-Encoding says.",
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn compressed(plain: &[u8], coding: &str) -> Vec<u8> {
        let mut out = Vec::new();
        match coding {
            "gzip" => {
                let mut to = flate2::write::GzEncoder::new(&mut out, flate2::Compression::best());
                to.write_all(plain).unwrap();
                to.finish().unwrap();
            }
            "deflate" => {
                let mut to = flate2::write::ZlibEncoder::new(&mut out, flate2::Compression::best());
                to.write_all(plain).unwrap();
                to.finish().unwrap();
            }
            "br" => {
                let mut to = brotli::CompressorWriter::new(&mut out, 4096, 5, 22);
                to.write_all(plain).unwrap();
                drop(to);
            }
            _ => out = zstd::encode_all(plain, 3).unwrap(),
        }
        out
    }

    #[test]
    fn every_coding_is_undone() {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let sent = compressed(b"a resource", coding);
            let plain = decompress(sent.clone(), coding, 10).unwrap();
            assert_eq!(plain.as_deref(), Some(&b"a resource"[..]), "{coding}");
            assert_eq!(decompress(sent, coding, 9), Ok(None), "{coding}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let zeros = vec![0; 50_000_000];
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let bomb = compressed(&zeros, coding);
            assert!(bomb.len() < 200_000, "{coding}");
            assert_eq!(decompress(bomb, coding, 100_000), Ok(None), "{coding}");
        }
    }

    #[test]
    fn what_is_not_compressed_so_is_refused() {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let problem = decompress(b"{\"a\":1}".to_vec(), coding, 100).unwrap_err();
            assert_eq!(problem.kind, Kind::Invalid, "{coding}");
        }
        assert!(!is_known("gzip, gzip") && !is_known("zz"));
    }
}
