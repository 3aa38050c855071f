//! A short hash for tables and torn writes: FNV-1a. Not for secrets.

/// The 64-bit FNV-1a hash of the bytes.
pub(crate) fn hash_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash_64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash_64(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
