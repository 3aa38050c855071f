//! The listener on this machine that the browser comes back to, for one sign-in.
//!
//! It takes one answer, the one with this sign-in's state; everything else gets a page and changes nothing.
//! Requests are bounded in number, size and time: whoever else on this machine knocks cannot hold it up.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::page::Page;
use super::{ADDRESS_BYTES_MAX, Awaited, BadRedirect};

/// The longest head of a request. Browsers send along the cookies of everything else on this machine.
const HEAD_BYTES_MAX: usize = ADDRESS_BYTES_MAX + 64 * 1024;
/// Real time for one connection. Browsers open some before they need them, and leave them idle.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(30);
/// Connections at once; the others wait.
const CONNECTIONS_MAX: usize = 16;
/// Ports that are tried, until one is free for both families of addresses.
const PORTS_MAX: usize = 8;

/// A listener on a free port of this machine.
#[derive(Debug)]
pub struct Loopback {
    v4: TcpListener,
    /// Browsers try `::1` first for `localhost`. None where the machine has no IPv6.
    v6: Option<TcpListener>,
    port: u16,
}

impl Loopback {
    /// Takes a free port on the loopback addresses, and on no other.
    ///
    /// # Errors
    /// Where the system gives none.
    pub async fn bind() -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..PORTS_MAX {
            let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let port = v4.local_addr()?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(v6) => return Ok(Self { v4, v6: Some(v6), port }),
                // Somebody else's port on the other family would get the browser.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
                Err(_) => return Ok(Self { v4, v6: None, port }),
            }
        }
        Err(last)
    }

    /// The address that Entra sends the browser to. Entra lets the port of `localhost` be any.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Waits for the browser; ends with the answer to this page only.
    pub async fn answer<P: Awaited>(&self, prompt: &P) -> P::Answer {
        let mut visits = FuturesUnordered::new();
        loop {
            tokio::select! {
                stream = self.accept(), if visits.len() < CONNECTIONS_MAX => visits.push(visit(stream, prompt)),
                Some(answer) = visits.next() => {
                    if let Some(answer) = answer {
                        return answer;
                    }
                }
            }
        }
    }

    async fn accept(&self) -> Option<TcpStream> {
        let accepted = match &self.v6 {
            Some(v6) => tokio::select! {
                accepted = self.v4.accept() => accepted,
                accepted = v6.accept() => accepted,
            },
            None => self.v4.accept().await,
        };
        accepted.ok().map(|(stream, _)| stream)
    }
}

/// One connection: one request, one page.
async fn visit<P: Awaited>(stream: Option<TcpStream>, prompt: &P) -> Option<P::Answer> {
    let mut stream = stream?;
    let visit = async {
        let head = read_head(&mut stream).await?;
        let (page, answer) = judge(&head, prompt);
        // The answer counts, whether or not the browser still listens.
        let _ = stream.write_all(page.response().as_bytes()).await;
        let _ = stream.shutdown().await;
        answer
    };
    tokio::time::timeout(CONNECTION_TIME_MAX, visit).await.ok().flatten()
}

/// The head of a request; `None` where it is too long, or none came.
async fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut piece).await.ok()?;
        if read == 0 || head.len() + read > HEAD_BYTES_MAX {
            return None;
        }
        head.extend_from_slice(piece.get(..read)?);
    }
    Some(head)
}

fn judge<P: Awaited>(head: &[u8], prompt: &P) -> (Page, Option<P::Answer>) {
    let Some((target, host)) = request(head) else { return (Page::BadRequest, None) };
    // A page of somebody else's that points a name of its own at this machine has another host.
    if prompt.redirect_uri().strip_prefix("http://") != Some(host) {
        return (Page::BadRequest, None);
    }
    if target.split('?').next() != Some("/") {
        return (Page::NotFound, None);
    }
    match prompt.read_answer(target) {
        Ok(answer) if P::is_granted(&answer) => (Page::Answered, Some(answer)),
        Ok(answer) => (Page::Refused, Some(answer)),
        Err(BadRedirect::OtherSignIn) => (Page::OtherSignIn, None),
        Err(BadRedirect::NoAnswer) => (Page::NotFound, None),
    }
}

/// Target and host of a GET.
fn request(head: &[u8]) -> Option<(&str, &str)> {
    let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if method != "GET" || !target.starts_with('/') || !version.starts_with("HTTP/1.") {
        return None;
    }
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim())
    })?;
    Some((target, host))
}
