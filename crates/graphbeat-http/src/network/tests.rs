//! Each way in which a request can fail, brought about by a listener on this machine.

mod proxies;

use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::USER_AGENT;

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

fn transport(proxy: ProxyMode, extra_roots: Option<Vec<u8>>) -> NetworkTransport {
    NetworkTransport::new(&NetworkSettings { proxy, extra_roots }).expect("a client")
}

fn get(url: &str) -> Request {
    Request {
        method: Method::GET,
        uri: url.parse().expect("an address"),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: Duration::from_secs(20),
    }
}

/// Reads until the end of the request's head.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.is_ok_and(|read| read > 0) {
        head.push(byte[0]);
    }
    String::from_utf8(head).expect("text")
}

/// What a client gets from a server that reads one request, sends `answer` and closes.
async fn answered_with(answer: &[u8]) -> Result<Response, TransportError> {
    let (listener, address) = listener().await;
    let transport = transport(ProxyMode::None, None);
    let server = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        read_head(&mut stream).await;
        // The client may hang up early, which is what some tests are about.
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
    };
    beside(server, transport.send(get(&format!("http://{address}/")))).await
}

/// The client's result; the server runs beside it for as long as that takes.
async fn beside<T>(server: impl Future<Output = ()>, client: impl Future<Output = T>) -> T {
    let server = async {
        server.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        result = client => result,
        () = server => unreachable!("a server never ends first"),
    }
}

fn fault(result: Result<Response, TransportError>) -> TransportFault {
    let error = result.expect_err("a failure");
    assert!(!error.detail.is_empty() && !error.detail.contains("://"), "{error}");
    error.fault
}

#[tokio::test]
async fn a_whole_answer_keeps_status_headers_and_body() {
    let response = answered_with(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 2\r\n\r\nok").await;
    let response = response.expect("an answer, not the target of the redirect");
    assert_eq!((response.status.as_u16(), &response.body[..]), (302, &b"ok"[..]));
    assert_eq!(response.headers["location"], "/other");
}

#[tokio::test]
async fn a_chunked_answer_is_put_together() {
    let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n0\r\n\r\n";
    assert_eq!(&answered_with(answer).await.expect("an answer").body[..], b"abcdef");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_a_connect_fault() {
    let (listener, address) = listener().await;
    drop(listener);
    let result = transport(ProxyMode::None, None).send(get(&format!("http://{address}/"))).await;
    assert_eq!(fault(result), TransportFault::Connect);
}

#[tokio::test]
async fn a_name_without_address_is_a_dns_fault() {
    let result = transport(ProxyMode::None, None).send(get("http://graphbeat.invalid/")).await;
    assert_eq!(fault(result), TransportFault::Dns);
}

#[tokio::test]
async fn a_connection_closed_after_the_request_is_a_reset() {
    assert_eq!(fault(answered_with(b"").await), TransportFault::Reset);
}

#[tokio::test]
async fn a_connection_reset_after_the_request_is_a_reset_and_is_not_repeated() {
    let (listener, address) = listener().await;
    let transport = transport(ProxyMode::None, None);
    let server = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        read_head(&mut stream).await;
        reset(stream);
        let again = listener.accept().await;
        panic!("the request came again: {again:?}");
    };
    let result = beside(server, transport.send(get(&format!("http://{address}/")))).await;
    assert_eq!(fault(result), TransportFault::Reset);
}

#[tokio::test]
async fn a_post_without_body_says_so_and_asks_for_a_compressed_answer() {
    let (listener, address) = listener().await;
    let transport = transport(ProxyMode::None, None);
    let request = Request { method: Method::POST, ..get(&format!("http://{address}/a%20b?c='d'")) };
    let server = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let head = read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        head
    };
    let (response, head) = tokio::join!(transport.send(request), server);
    assert_eq!(response.expect("an answer").status, 204);
    assert!(head.starts_with("POST /a%20b?c='d' HTTP/1.1\r\n"), "{head}");
    for line in [format!("host: {address}"), "content-length: 0".to_owned(), "accept-encoding: gzip".to_owned()] {
        assert!(head.to_ascii_lowercase().contains(&format!("{line}\r\n")), "{line} in {head}");
    }
}

#[tokio::test]
async fn an_address_without_host_is_refused() {
    let url = url::Url::parse("data:nothing").expect("a URL");
    let request = Request { uri: crate::address(&url), ..get("http://192.0.2.1/") };
    assert_eq!(fault(transport(ProxyMode::None, None).send(request).await), TransportFault::Connect);
}

/// Unread bytes make the system answer with RST.
fn reset(stream: TcpStream) {
    stream.set_zero_linger().expect("a socket option");
}

#[tokio::test]
async fn half_a_body_is_malformed() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":";
    assert_eq!(fault(answered_with(answer).await), TransportFault::Malformed);
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_malformed() {
    assert_eq!(fault(answered_with(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await), TransportFault::Malformed);
}

#[tokio::test]
async fn a_body_that_cannot_be_decompressed_is_malformed() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip";
    assert_eq!(fault(answered_with(answer).await), TransportFault::Malformed);
}

#[tokio::test]
async fn a_compressed_body_is_given_decompressed() {
    let body = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x2f\x4a\x2c\xc8\x50\x48\x1f\x25\x89\x20\x01\x85\xf4\x2f\x08\x2c\x01\x00\x00";
    let mut answer =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    assert_eq!(&answered_with(&answer).await.expect("an answer").body[..], "graph ".repeat(50).as_bytes());
}

#[tokio::test]
async fn a_compressed_body_is_unpacked_up_to_the_bound_only() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&vec![b'x'; BODY_BYTES_MAX + 1]).expect("packed");
    let bomb = packer.finish().expect("packed");
    assert!(bomb.len() < BODY_BYTES_MAX / 100, "{}", bomb.len());
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    assert_eq!(fault(answered_with(&[head.as_bytes(), &bomb].concat()).await), TransportFault::TooLarge);
}

#[tokio::test]
async fn a_body_announced_above_the_bound_is_not_read() {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", BODY_BYTES_MAX + 1);
    assert_eq!(fault(answered_with(answer.as_bytes()).await), TransportFault::TooLarge);
}

#[tokio::test]
async fn a_body_without_length_is_read_up_to_the_bound_only() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    answer.resize(answer.len() + BODY_BYTES_MAX + 1, b'x');
    assert_eq!(fault(answered_with(&answer).await), TransportFault::TooLarge);
    answer.truncate(answer.len() - 1);
    assert_eq!(answered_with(&answer).await.expect("an answer").body.len(), BODY_BYTES_MAX);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout() {
    let (listener, address) = listener().await;
    let mut request = get(&format!("http://{address}/"));
    request.timeout = Duration::from_millis(100);
    let transport = transport(ProxyMode::None, None);
    let server = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        read_head(&mut stream).await;
        std::future::pending::<()>().await;
    };
    assert_eq!(fault(beside(server, transport.send(request)).await), TransportFault::Timeout);
}

#[tokio::test]
async fn a_body_that_stalls_is_a_timeout() {
    let (listener, address) = listener().await;
    let mut request = get(&format!("http://{address}/"));
    request.timeout = Duration::from_millis(200);
    let transport = transport(ProxyMode::None, None);
    let server = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").await.expect("written");
        std::future::pending::<()>().await;
    };
    assert_eq!(fault(beside(server, transport.send(request)).await), TransportFault::Timeout);
}

#[tokio::test]
async fn an_explicit_proxy_that_is_not_there_is_a_proxy_fault() {
    let (listener, address) = listener().await;
    drop(listener);
    for proxy in [format!("http://{address}"), format!("socks5h://user:secret@{address}")] {
        for url in ["http://192.0.2.1/", "https://192.0.2.1/"] {
            let error = transport(ProxyMode::Url(proxy.clone()), None).send(get(url)).await.expect_err("a failure");
            assert_eq!(error.fault, TransportFault::Proxy, "{proxy} {url}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_the_tunnel_is_a_proxy_fault() {
    let (listener, address) = listener().await;
    let transport = transport(ProxyMode::Url(format!("http://{address}")), None);
    let server = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let head = read_head(&mut stream).await;
        assert!(head.starts_with("CONNECT graph.microsoft.com:443 "), "{head}");
        assert!(head.to_ascii_lowercase().contains(&format!("user-agent: {USER_AGENT}")), "{head}");
        stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.expect("written");
    };
    let result = beside(server, transport.send(get("https://graph.microsoft.com/v1.0/me"))).await;
    assert_eq!(fault(result), TransportFault::Proxy);
}

/// A TLS server for 127.0.0.1, and the authority that signed its certificate, in PEM.
fn tls() -> (TlsAcceptor, Vec<u8>) {
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let leaf = leaf.signed_by(&key, &authority).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a server's settings");
    (TlsAcceptor::from(Arc::new(config)), authority.pem().into_bytes())
}

async fn over_tls(host: &str, trusted: bool) -> Result<Response, TransportError> {
    let (listener, address) = listener().await;
    let (acceptor, authority) = tls();
    let (_, another_authority) = tls();
    let transport = transport(ProxyMode::None, Some(if trusted { authority } else { another_authority }));
    let server = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        if let Ok(stream) = acceptor.accept(stream).await {
            answer_over(stream).await;
        }
    };
    beside(server, transport.send(get(&format!("https://{host}:{}/", address.port())))).await
}

async fn answer_over(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    read_head(&mut stream).await;
    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
}

#[tokio::test]
async fn an_extra_root_is_trusted() {
    assert_eq!(over_tls("127.0.0.1", true).await.expect("an answer").status, 204);
}

#[tokio::test]
async fn an_unknown_authority_is_a_tls_fault() {
    assert_eq!(fault(over_tls("127.0.0.1", false).await), TransportFault::Tls);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_a_tls_fault() {
    assert_eq!(fault(over_tls("localhost", true).await), TransportFault::Tls);
}

#[tokio::test]
async fn tls_to_a_server_that_speaks_plain_http_is_a_tls_fault() {
    let (listener, address) = listener().await;
    let transport = transport(ProxyMode::None, None);
    let server = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    };
    let result = beside(server, transport.send(get(&format!("https://{address}/")))).await;
    assert_eq!(fault(result), TransportFault::Tls);
}

#[test]
fn settings_that_cannot_be_used_are_refused_without_showing_a_password() {
    for address in ["ftp://host", "user:secret@host:8080", "http://", "not a url"] {
        let settings = NetworkSettings { proxy: ProxyMode::Url(address.to_owned()), extra_roots: None };
        let error = NetworkTransport::new(&settings).expect_err(address);
        assert!(matches!(error, NetworkError::Proxy), "{address}");
        assert!(!format!("{error} {error:?} {settings:?}").contains("secret"), "{address}");
    }
    let settings = NetworkSettings { proxy: ProxyMode::None, extra_roots: Some(b"no certificate".to_vec()) };
    assert!(matches!(NetworkTransport::new(&settings), Err(NetworkError::NoExtraRoots)));
}

#[test]
fn the_proxy_mode_is_read_from_the_configuration_s_words() {
    assert_eq!("system".parse(), Ok(ProxyMode::System));
    assert_eq!("none".parse(), Ok(ProxyMode::None));
    assert_eq!("socks5://127.0.0.1:1080".parse(), Ok(ProxyMode::Url("socks5://127.0.0.1:1080".to_owned())));
}
