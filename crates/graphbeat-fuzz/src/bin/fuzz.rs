//! The program that libFuzzer drives; `GRAPHBEAT_FUZZ_TARGET` says what it tries.
#![no_main]

use std::sync::LazyLock;

use graphbeat_base::Rng;
use graphbeat_fuzz::{Target, target};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "libFuzzer owns the arguments")]
static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::var("GRAPHBEAT_FUZZ_TARGET").expect("GRAPHBEAT_FUZZ_TARGET names a target");
    target(&name).expect("a target of that name")
});

fuzz_target!(|data: &[u8]| (TARGET.run)(data));

// Half by libFuzzer's own changes of bytes, half by the grammar.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut rng = Rng::seeded(u64::from(seed));
    if rng.below(2) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let changed = (TARGET.mutate)(&data[..size], &mut rng);
    let length = changed.len().min(max_size);
    data[..length].copy_from_slice(&changed[..length]);
    length
});
