//! graph-rs-sdk and azure_identity against a sandbox: starts one, then itself in an environment that trusts it.
//!
//! graph-rs-sdk knows Microsoft's hosts only and goes through the proxy; azure_identity takes the sandbox as
//! its authority. Both read which authorities they trust, and the proxy, when they start.

mod azure;
mod graph;
mod sandbox;
mod sign_in;

use std::io::{BufRead as _, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::{Command, ExitCode, Stdio};

use sandbox::Sandbox;

/// A judge's name and what it does.
type Judge = (&'static str, for<'s> fn(&'s Sandbox) -> Pin<Box<dyn Future<Output = ()> + 's>>);

/// The judges of a module, by the names of their functions.
macro_rules! judges {
    ($($name:ident),* $(,)?) => {
        pub(crate) const JUDGES: &[crate::Judge] = &[$((stringify!($name), |sandbox| Box::pin($name(sandbox)))),*];
    };
}
pub(crate) use judges;

fn main() -> ExitCode {
    match std::env::var("SANDBOX") {
        Ok(ready) => judge(&Sandbox::read(&ready)),
        Err(_) => within_a_sandbox(),
    }
}

/// Runs this program once more, with a sandbox that ends with it.
fn within_a_sandbox() -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = std::env::var_os("GRAPHBEAT").expect("GRAPHBEAT names the program");
    let mut sandbox = Command::new(binary)
        .args(["sandbox", "--throttle", "none", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a sandbox");
    let mut ready = String::new();
    BufReader::new(sandbox.stdout.take().expect("its output")).read_line(&mut ready).expect("its ready line");
    let line: serde_json::Value = serde_json::from_str(&ready).expect("a ready line");
    let text = |name: &str| line[name].as_str().expect("a text").to_owned();
    let mut own = Command::new(std::env::current_exe().expect("this program"));
    for name in ["HTTP_PROXY", "ALL_PROXY", "SSL_CERT_DIR"] {
        own.env_remove(name).env_remove(name.to_lowercase());
    }
    own.env("SANDBOX", &ready).env("SSL_CERT_FILE", text("ca_file"));
    for (name, value) in [("HTTPS_PROXY", text("proxy_url")), ("NO_PROXY", "127.0.0.1,localhost".to_owned())] {
        own.env(name, &value).env(name.to_lowercase(), value);
    }
    let status = own.status();
    sandbox.kill().expect("the sandbox ends");
    sandbox.wait().expect("the sandbox ends");
    if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs all judges, one after the other: they share a sandbox.
fn judge(sandbox: &Sandbox) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for (name, judge) in [azure::JUDGES, sign_in::JUDGES, graph::JUDGES].concat() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let whole = || {
            runtime.block_on(async {
                sandbox.control("POST", "reset", &serde_json::Value::Null).await;
                judge(sandbox).await;
            });
        };
        match catch_unwind(AssertUnwindSafe(whole)) {
            Ok(()) => passed += 1,
            Err(_) => failed += 1,
        }
        println!("{name}");
        // A library's own threads are not waited for.
        runtime.shutdown_background();
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
