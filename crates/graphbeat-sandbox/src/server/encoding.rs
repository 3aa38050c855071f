//! Bodies of requests that a client has compressed, as Microsoft's SDKs do.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is compressed in another way than by gzip.
    Encoding,
    /// What says to be gzip is not.
    Damaged,
    /// It is longer than any body may be.
    TooLong,
}

/// A body as it was before it was compressed, at most so many bytes of it.
pub(super) fn plain(headers: &HeaderMap, body: Bytes, bytes_max: usize) -> Result<Bytes, Unreadable> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(body) };
    match encoding.to_str().map(str::trim) {
        Ok("" | "identity") => Ok(body),
        Ok("gzip" | "x-gzip") => gunzipped(&body, bytes_max),
        _ => Err(Unreadable::Encoding),
    }
}

fn gunzipped(body: &[u8], bytes_max: usize) -> Result<Bytes, Unreadable> {
    let mut plain = Vec::new();
    // One byte more than allowed tells a body that is too long from one that just fits.
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body).take(limit).read_to_end(&mut plain).map_err(|_| Unreadable::Damaged)?;
    if plain.len() > bytes_max { Err(Unreadable::TooLong) } else { Ok(plain.into()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;

    use super::*;

    fn gzip(text: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory").into()
    }

    fn read(encoding: &'static str, body: Bytes) -> Result<Bytes, Unreadable> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))]);
        plain(&headers, body, 1_000)
    }

    #[test]
    fn a_body_is_read_as_it_was_and_a_bomb_is_not_unpacked() {
        let text = Bytes::from_static(b"{\"subject\": \"x\"}");
        assert_eq!(read("gzip", gzip(&text)), Ok(text.clone()));
        assert_eq!(read("identity", text.clone()), Ok(text.clone()));
        assert_eq!(read("gzip", gzip(&[b' '; 1_000])).map(|body| body.len()), Ok(1_000));
        assert_eq!(read("gzip", gzip(&vec![b' '; 10_000_000])), Err(Unreadable::TooLong));
        assert_eq!(read("gzip", text.clone()), Err(Unreadable::Damaged));
        assert_eq!(read("br", text), Err(Unreadable::Encoding));
    }
}
