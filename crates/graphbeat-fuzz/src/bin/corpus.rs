//! Hands the kept corpus to the fuzzer and takes it back: `targets`, `unpack TARGET FOLDER`, `pack TARGET FOLDER`.
#![expect(clippy::print_stdout, reason = "its output is what `cargo xtask fuzz` reads")]

use std::path::Path;
use std::{fs, io};

use graphbeat_fuzz::{TARGETS, corpus, target};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["targets"] => TARGETS.iter().for_each(|target| println!("{}", target.name)),
        ["unpack", name, folder] => unpack(name, Path::new(folder))?,
        ["pack", name, folder] => pack(name, Path::new(folder))?,
        _ => {
            return Err(io::Error::other(
                "usage: graphbeat-corpus targets | unpack TARGET FOLDER | pack TARGET FOLDER",
            ));
        }
    }
    Ok(())
}

/// Seeds and kept inputs, a file each.
fn unpack(name: &str, folder: &Path) -> io::Result<()> {
    let target = target(name).ok_or_else(|| io::Error::other("no such target"))?;
    // A target without a file is a new one.
    let kept = corpus::read(name).unwrap_or_default();
    fs::create_dir_all(folder)?;
    for (number, input) in (target.seeds)().into_iter().chain(kept).enumerate() {
        fs::write(folder.join(format!("kept-{number}")), input)?;
    }
    Ok(())
}

fn pack(name: &str, folder: &Path) -> io::Result<()> {
    let inputs = fs::read_dir(folder)?.map(|entry| fs::read(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    println!("{name}: keeping {} inputs", inputs.len());
    corpus::write(name, inputs)
}
