//! The figures of `docs/BENCHMARKS.md`: the program against `wrk` on the same server in the same run.

use anyhow::Result;

pub(crate) fn bench() -> Result<()> {
    anyhow::bail!("not yet")
}
