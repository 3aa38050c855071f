//! Every kind of proxy, played by a listener on this machine that answers for the host behind it too.

use tokio::io::AsyncReadExt;

use super::*;

/// Answers one request with 204, and gives its head.
async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> String {
    let head = read_head(stream).await;
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("written");
    head
}

/// What comes of `GET url` through the proxy that `serve` plays, and what the proxy saw.
async fn through<F: Future<Output = String>>(
    (scheme, user): (&str, &str),
    (url, roots): (&str, Option<Vec<u8>>),
    serve: impl FnOnce(TcpStream) -> F,
) -> (u16, String) {
    let (listener, address) = listener().await;
    let transport = transport(ProxyMode::Url(format!("{scheme}://{user}{address}")), roots);
    let proxy = async { serve(listener.accept().await.expect("a connection").0).await };
    let (response, seen) = tokio::join!(transport.send(get(url)), proxy);
    (response.expect("an answer").status.as_u16(), seen)
}

#[tokio::test]
async fn plain_http_passes_an_http_proxy_with_its_whole_address_and_the_proxy_s_password() {
    let serve = |mut stream| async move { answer(&mut stream).await };
    let (status, head) = through(("http", "me:secret@"), ("http://graph.example/v1.0/me?a=b", None), serve).await;
    assert_eq!(status, 204);
    assert!(head.starts_with("GET http://graph.example/v1.0/me?a=b HTTP/1.1\r\n"), "{head}");
    assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic bwu6c2vjcmv0\r\n"), "{head}");
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_keeps_the_proxy_s_password_from_the_host() {
    let (acceptor, authority) = tls();
    let serve = |mut stream: TcpStream| async move {
        let tunnel = read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("written");
        tunnel + &answer(&mut acceptor.accept(stream).await.expect("TLS")).await
    };
    let (status, heads) = through(("http", "me:secret@"), ("https://127.0.0.1/v1.0/me", Some(authority)), serve).await;
    assert_eq!(status, 204);
    let (tunnel, request) = heads.split_once("\r\n\r\n").expect("two heads");
    assert!(tunnel.starts_with("CONNECT 127.0.0.1:443 HTTP/1.1\r\n"), "{tunnel}");
    assert!(tunnel.to_ascii_lowercase().contains("proxy-authorization: basic bwu6c2vjcmv0"), "{tunnel}");
    assert!(request.starts_with("GET /v1.0/me HTTP/1.1\r\n"), "{request}");
    assert!(!request.to_ascii_lowercase().contains("proxy-authorization"), "{request}");
}

#[tokio::test]
async fn a_tunnel_leads_through_a_proxy_that_speaks_tls_itself() {
    let (acceptor, authority) = tls();
    let serve = |stream: TcpStream| async move {
        let mut proxied = acceptor.accept(stream).await.expect("TLS to the proxy");
        let tunnel = read_head(&mut proxied).await;
        proxied.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("written");
        tunnel + &answer(&mut acceptor.accept(proxied).await.expect("TLS to the host")).await
    };
    let (status, heads) = through(("https", ""), ("https://127.0.0.1/", Some(authority)), serve).await;
    assert_eq!(status, 204);
    assert!(heads.starts_with("CONNECT 127.0.0.1:443 "), "{heads}");
}

/// Plays SOCKS 5 with name and password; what was asked for, as bytes in hexadecimal and text.
async fn socks5(mut stream: TcpStream) -> String {
    let mut greeting = [0; 3];
    stream.read_exact(&mut greeting).await.expect("the greeting");
    stream.write_all(&[5, 2]).await.expect("written");
    let mut credentials = [0; 1 + 1 + 2 + 1 + 6];
    stream.read_exact(&mut credentials).await.expect("name and password");
    stream.write_all(&[1, 0]).await.expect("written");
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.expect("a request");
    let length = if head[3] == 3 { usize::from(stream.read_u8().await.expect("a length")) } else { 4 };
    let mut host = vec![0; length];
    stream.read_exact(&mut host).await.expect("a host");
    let port = stream.read_u16().await.expect("a port");
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.expect("written");
    let request = answer(&mut stream).await;
    assert!(request.starts_with("GET / HTTP/1.1\r\n"), "{request}");
    let host = if head[3] == 3 { String::from_utf8_lossy(&host).into_owned() } else { format!("{host:?}") };
    format!("{} {host} {port}", String::from_utf8_lossy(&credentials[2..]))
}

#[tokio::test]
async fn socks5h_leaves_the_name_to_the_proxy_and_socks5_resolves_it_here() {
    let (status, seen) = through(("socks5h", "me:secret@"), ("http://graph.example/", None), socks5).await;
    assert_eq!((status, seen.as_str()), (204, "me\u{6}secret graph.example 80"));
    let (status, seen) = through(("socks5", "me:secret@"), ("http://127.0.0.1:81/", None), socks5).await;
    assert_eq!((status, seen.as_str()), (204, "me\u{6}secret [127, 0, 0, 1] 81"));
}

/// Plays SOCKS 4 and 4a; what was asked for.
async fn socks4(mut stream: TcpStream) -> String {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.expect("a request");
    let mut name = Vec::new();
    // Version 4a: an address that is none (0.0.0.x), and the name behind it.
    if head[4..7] == [0, 0, 0] {
        while let byte @ 1.. = stream.read_u8().await.expect("a byte") {
            name.push(byte);
        }
    }
    stream.write_all(&[0, 0x5a, 0, 0, 0, 0, 0, 0]).await.expect("written");
    answer(&mut stream).await;
    format!("{:?} {}", &head[4..8], String::from_utf8_lossy(&name))
}

#[tokio::test]
async fn socks4a_leaves_the_name_to_the_proxy_and_socks4_resolves_it_here() {
    let (_, seen) = through(("socks4a", ""), ("http://graph.example/", None), socks4).await;
    assert!(seen.starts_with("[0, 0, 0, ") && seen.ends_with(" graph.example"), "{seen}");
    let (_, seen) = through(("socks4", ""), ("http://127.0.0.1/", None), socks4).await;
    assert_eq!(seen, "[127, 0, 0, 1] ");
}

#[tokio::test]
async fn a_name_that_is_to_be_resolved_here_and_has_no_address_is_a_dns_fault() {
    let (listener, address) = listener().await;
    let transport = transport(ProxyMode::Url(format!("socks5://{address}")), None);
    let server = async { drop(listener.accept().await.expect("a connection")) };
    let result = beside(server, transport.send(get("http://graphbeat.invalid/"))).await;
    assert_eq!(fault(result), TransportFault::Dns);
}
