//! Reading an answer's body up to a bound.

use bytes::{Bytes, BytesMut};

use crate::fault::{Phase, transport_error};
use crate::{TransportError, TransportFault};

/// The largest body that is read, after decompression; nothing that the catalogue asks for comes near.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The whole body. Most answers come in one piece, which is then not copied.
pub(super) async fn read(answer: &mut reqwest::Response) -> Result<Bytes, TransportError> {
    if answer.content_length().is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    let Some(first) = chunk(answer).await? else { return Ok(Bytes::new()) };
    let Some(second) = chunk(answer).await? else { return bounded(first) };
    let mut body = BytesMut::with_capacity(first.len() + second.len());
    body.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(piece) = next {
        if body.len() + piece.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
        next = chunk(answer).await?;
    }
    Ok(body.freeze())
}

async fn chunk(answer: &mut reqwest::Response) -> Result<Option<Bytes>, TransportError> {
    answer.chunk().await.map_err(|error| transport_error(error, Phase::Body))
}

fn bounded(body: Bytes) -> Result<Bytes, TransportError> {
    if body.len() > BODY_BYTES_MAX { Err(too_large()) } else { Ok(body) }
}

fn too_large() -> TransportError {
    TransportError { fault: TransportFault::TooLarge, detail: format!("more than {BODY_BYTES_MAX} bytes") }
}
