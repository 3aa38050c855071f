//! What a key file says: the key itself, how it follows from a passphrase, or where in the keyring it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::key::KEY_BYTES;

/// The first line of a file that holds the key.
const RAW: &str = "graphbeat vault key 1";
/// The first line of a file whose key follows from a passphrase.
const PASSPHRASE: &str = "graphbeat vault passphrase 1";
/// The first line of a file whose key is in the system's keyring.
const KEYRING: &str = "graphbeat vault keyring 1";
/// What entries of the keyring that hold a vault's key begin with.
const ENTRY: &str = "vault-key-";
pub(crate) const SALT_BYTES: usize = 16;
/// Argon2id's cost for new keys: 64 MiB, three passes, one lane; some tenths of a second.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
/// The highest cost that a file may ask for.
const COST_MAX: Cost = Cost { memory_kib: 1024 * 1024, passes: 64, lanes: 16 };

/// A vault's key.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// What a key file says.
pub(crate) enum KeyText {
    /// This is the key.
    Raw(KeyBytes),
    /// It follows from a passphrase.
    Passphrase(Recipe),
    /// It is in the keyring, under this name.
    Keyring(String),
}

/// How a key follows from a passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    pub(crate) cost: Cost,
    pub(crate) salt: [u8; SALT_BYTES],
}

/// What Argon2id spends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl KeyText {
    /// What a file's text says; `None` where it is no key file's.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once('\n')?;
        match first {
            RAW => decode_key(rest.trim_end()).map(Self::Raw),
            PASSPHRASE => recipe(rest).map(Self::Passphrase),
            KEYRING => {
                let id = rest.trim_end().strip_prefix(ENTRY)?;
                Uuid::try_parse(id).ok().map(|id| Self::Keyring(entry_of(id)))
            }
            _ => None,
        }
    }

    /// The text of a file that says this.
    pub(crate) fn render(&self) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Raw(key) => format!("{RAW}\n{}\n", *encode_key(key)),
            Self::Passphrase(Recipe { cost: Cost { memory_kib, passes, lanes }, salt }) => {
                format!("{PASSPHRASE}\n{memory_kib} {passes} {lanes} {}\n", STANDARD.encode(salt))
            }
            Self::Keyring(entry) => format!("{KEYRING}\n{entry}\n"),
        })
    }
}

impl Recipe {
    /// With the cost of new keys.
    pub(crate) const fn new(salt: [u8; SALT_BYTES]) -> Self {
        Self { cost: COST, salt }
    }
}

/// The keyring's entry of a vault's key. Each key has one of its own, so that no other directory's is replaced.
pub(crate) fn entry_of(id: Uuid) -> String {
    format!("{ENTRY}{}", id.simple())
}

/// A key as text.
pub(crate) fn encode_key(key: &KeyBytes) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(&key[..]))
}

/// A key from its text.
pub(crate) fn decode_key(text: &str) -> Option<KeyBytes> {
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    Some(Zeroizing::new(*bytes.first_chunk().filter(|_| bytes.len() == KEY_BYTES)?))
}

/// Cost and salt, within bounds.
fn recipe(text: &str) -> Option<Recipe> {
    let mut words = text.split_whitespace();
    let mut number = |max: u32| words.next()?.parse().ok().filter(|number| (1..=max).contains(number));
    let cost = Cost {
        memory_kib: number(COST_MAX.memory_kib)?,
        passes: number(COST_MAX.passes)?,
        lanes: number(COST_MAX.lanes)?,
    };
    let salt = STANDARD.decode(words.next()?).ok()?.try_into().ok()?;
    Some(Recipe { cost, salt })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_what_was_rendered() {
        let rendered = [
            KeyText::Raw(Zeroizing::new([7; KEY_BYTES])),
            KeyText::Passphrase(Recipe::new([3; SALT_BYTES])),
            KeyText::Keyring(entry_of(Uuid::from_u128(1))),
        ]
        .map(|text| text.render());
        for text in rendered {
            assert_eq!(*KeyText::parse(&text).expect("a key file").render(), *text);
        }
    }
}
