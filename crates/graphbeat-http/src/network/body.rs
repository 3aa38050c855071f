//! Reading an answer's body up to a bound, and unpacking it up to the same bound.

use std::io::Read;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use crate::fault::body_error;
use crate::{TransportError, TransportFault};

/// The largest body that is read, after decompression; nothing that the catalogue asks for comes near.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a compressed body is taken to become at first: JSON shrinks to about a sixth.
const UNPACKED_FACTOR: usize = 6;

/// The whole body, as it was sent. Most answers come in one piece, which is then not copied.
pub(super) async fn read(mut answer: Incoming) -> Result<Bytes, TransportError> {
    if answer.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(too_large());
    }
    let Some(first) = piece(&mut answer).await? else { return Ok(Bytes::new()) };
    let Some(second) = piece(&mut answer).await? else { return bounded(first) };
    let mut body = BytesMut::with_capacity(first.len() + second.len());
    body.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(piece_of_body) = next {
        if body.len() + piece_of_body.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        body.extend_from_slice(&piece_of_body);
        next = piece(&mut answer).await?;
    }
    Ok(body.freeze())
}

/// The next piece; trailers are passed over.
async fn piece(answer: &mut Incoming) -> Result<Option<Bytes>, TransportError> {
    if answer.is_end_stream() {
        return Ok(None);
    }
    while let Some(frame) = answer.frame().await {
        if let Ok(bytes) = frame.map_err(|error| body_error(&error))?.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// The body as its headers mean it; those that spoke of the compressed one are taken out.
pub(super) fn decompressed(headers: &mut HeaderMap, body: Bytes) -> Result<Bytes, TransportError> {
    let is_gzip = headers.get(CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"));
    if !is_gzip {
        return Ok(body);
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    if body.is_empty() {
        return Ok(body);
    }
    let mut unpacked = Vec::with_capacity(body.len().saturating_mul(UNPACKED_FACTOR).min(BODY_BYTES_MAX));
    // One byte more than the bound tells a body that is too large from one that just fits.
    let mut unpacker = MultiGzDecoder::new(&body[..]).take(BODY_BYTES_MAX as u64 + 1);
    unpacker.read_to_end(&mut unpacked).map_err(|error| body_error(&error))?;
    bounded(Bytes::from(unpacked))
}

fn bounded(body: Bytes) -> Result<Bytes, TransportError> {
    if body.len() > BODY_BYTES_MAX { Err(too_large()) } else { Ok(body) }
}

fn too_large() -> TransportError {
    TransportError { fault: TransportFault::TooLarge, detail: format!("more than {BODY_BYTES_MAX} bytes") }
}
