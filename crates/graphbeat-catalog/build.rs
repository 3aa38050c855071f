//! Checks the built-in catalogue with graphbeat's own checks, so that a wrong one does not build.
#![expect(dead_code, unreachable_pub, reason = "only the checks are used here, not what the library does with them")]

#[path = "src/builtin.rs"]
mod builtin;
#[path = "src/catalog.rs"]
mod catalog;
#[path = "src/check/mod.rs"]
mod check;
#[path = "src/load.rs"]
mod load;
#[path = "src/model.rs"]
mod model;
#[path = "src/problem.rs"]
mod problem;
#[path = "src/requirement.rs"]
mod requirement;
#[path = "src/source.rs"]
mod source;
#[path = "src/template.rs"]
mod template;

fn main() {
    // The files are part of this script, so a change of any of them builds and runs it again.
    println!("cargo::rerun-if-changed=build.rs");
    if let Err(error) = catalog::Catalog::builtin() {
        for problem in error.problems {
            let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            println!("cargo::error={problem}{hint}");
        }
    }
}
