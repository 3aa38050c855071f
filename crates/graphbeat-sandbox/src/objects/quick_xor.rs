//! `quickXorHash`, the hash that OneDrive for work keeps of each file: a rotating exclusive or over 160
//! bits, with the length mixed in (learn.microsoft.com/onedrive/developer/code-snippets/quickxorhash).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const WIDTH_BITS: usize = 160;
const SHIFT_BITS: usize = 11;

/// The hash of a file, in base64.
pub(crate) fn quick_xor_hash(bytes: &[u8]) -> String {
    let mut hash = [0_u8; WIDTH_BITS / 8];
    for (at, &byte) in bytes.iter().enumerate() {
        let bit = (at * SHIFT_BITS) % WIDTH_BITS;
        let (first, offset) = (bit / 8, bit % 8);
        let spread = u16::from(byte) << offset;
        hash[first] ^= (spread & 0xff) as u8;
        hash[(first + 1) % hash.len()] ^= (spread >> 8) as u8;
    }
    for (place, length) in hash[WIDTH_BITS / 8 - 8..].iter_mut().zip((bytes.len() as u64).to_le_bytes()) {
        *place ^= length;
    }
    STANDARD.encode(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_files_have_their_known_hashes() {
        assert_eq!(quick_xor_hash(b""), "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert_eq!(quick_xor_hash(b"\x01"), "AQAAAAAAAAAAAAAAAQAAAAAAAAA=");
        assert_eq!(quick_xor_hash(b"hello world"), "aCgDG9jwBhDc4Q1yawMZAAAAAAA=");
    }
}
