//! Asks a TCP port whether somebody is there, and for `/` if it speaks HTTP.
//!
//! One request without TLS, redirects, compression or a connection that is kept: less than what a
//! client library brings along.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a server is given to close a connection that nobody serves: the proxy of an engine
/// accepts it before it knows.
const SILENCE: Duration = Duration::from_millis(300);
const ANSWER: Duration = Duration::from_secs(10);
/// Of a longer body only the beginning is compared.
pub(super) const BODY: usize = 4 << 20;
/// Without a port, which is another one each time and might come back in the answer.
const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: jettison\r\nAccept: */*\r\nConnection: close\r\n\r\n";

/// What a port answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Http(Response),
    /// Somebody is there, and does not speak HTTP.
    Open,
}

/// The answer to `GET /`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Where it sends the browser.
    pub location: Option<String>,
    /// At most the first 4 MB.
    pub body: Vec<u8>,
}

/// What came of asking a port once.
pub(super) struct Asked {
    pub(super) answer: Answer,
    /// It may be another answer in a moment: the server is busy, or hung up without a word.
    pub(super) may_change: bool,
}

/// `None` if nobody is there yet.
pub(super) fn ask(port: u16) -> Option<Asked> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(3)).ok()?;
    stream.set_read_timeout(Some(SILENCE)).ok()?;
    stream.set_write_timeout(Some(ANSWER)).ok()?;
    let mut first = [0];
    match stream.read(&mut first) {
        // It greets: SSH, SMTP, MySQL.
        Ok(1..) => return Some(Asked { answer: Answer::Open, may_change: false }),
        Err(error) if is_timeout(&error) => {}
        Ok(_) | Err(_) => return None,
    }
    if stream.write_all(REQUEST).is_err() {
        return None;
    }
    let (received, ended) = receive(&mut stream);
    Some(match response(&received) {
        Some(response) => {
            let may_change = response.status >= 500;
            Asked { answer: Answer::Http(response), may_change }
        }
        None => Asked { answer: Answer::Open, may_change: ended && received.is_empty() },
    })
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// All that comes until the connection ends, the answer is complete, or time is up; whether it ended.
fn receive(stream: &mut TcpStream) -> (Vec<u8>, bool) {
    let until = Instant::now() + ANSWER;
    let mut received = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let enough = received.len() > BODY + (64 << 10) || is_complete(&received);
        if enough || left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return (received, false);
        }
        match stream.read(&mut buffer) {
            Ok(0) => return (received, true),
            Ok(read) => received.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (received, !is_timeout(&error)),
        }
    }
}

struct Head<'a> {
    status: u16,
    location: Option<String>,
    length: Option<usize>,
    chunked: bool,
    body: &'a [u8],
}

/// The last head: others that only say that there is one to come (1xx) may stand before it.
fn head(mut received: &[u8]) -> Option<Head<'_>> {
    let (text, status, body) = loop {
        let end = memchr::memmem::find(received, b"\r\n\r\n")?;
        let text = String::from_utf8_lossy(&received[..end]);
        let status =
            text.strip_prefix("HTTP/1.")?.lines().next()?.split(' ').nth(1)?.parse().ok()?;
        let body = &received[end + 4..];
        match status {
            100 | 102..200 => received = body,
            _ => break (text, status, body),
        }
    };
    let lines = text.split("\r\n").skip(1);
    let mut head = Head { status, location: None, length: None, chunked: false, body };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        match name.to_ascii_lowercase().as_str() {
            "location" => head.location = Some(value.trim().to_owned()),
            "content-length" => head.length = value.trim().parse().ok(),
            "transfer-encoding" => head.chunked = value.to_ascii_lowercase().contains("chunked"),
            _ => {}
        }
    }
    Some(head)
}

/// Whether nothing more is to come, though the connection may stay open.
fn is_complete(received: &[u8]) -> bool {
    let Some(head) = head(received) else { return false };
    match head.length {
        _ if matches!(head.status, 204 | 304) => true,
        _ if head.chunked => dechunked(head.body).1,
        Some(length) => head.body.len() >= length,
        None => false,
    }
}

fn response(received: &[u8]) -> Option<Response> {
    let head = head(received)?;
    let mut body = if head.chunked { dechunked(head.body).0 } else { head.body.to_vec() };
    body.truncate(BODY);
    Some(Response { status: head.status, location: head.location, body })
}

/// The bytes in the chunks, and whether the last one is there.
fn dechunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = memchr::memmem::find(rest, b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok();
        let size = size.and_then(|it| it.split(';').next());
        let Some(size) = size.and_then(|it| usize::from_str_radix(it.trim(), 16).ok()) else {
            break;
        };
        if size == 0 {
            return (body, true);
        }
        let chunk = &rest[end + 2..];
        body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        // After a chunk there is another line end.
        rest = chunk.get(size.saturating_add(2)..).unwrap_or_default();
    }
    (body, false)
}

#[cfg(test)]
mod tests {
    use super::{Answer, ask, is_complete, response};
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn an_answer_is_read_with_a_length_in_chunks_and_to_the_end() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".as_slice();
        let chunks =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;x\r\ni\r\n0\r\n\r\n";
        let open = b"HTTP/1.0 200 OK\r\n\r\nhi".as_slice();
        for (answer, complete) in [(plain, true), (chunks.as_slice(), true), (open, false)] {
            let read = response(answer).unwrap();
            assert_eq!((read.status, read.body.as_slice()), (200, b"hi".as_slice()));
            assert_eq!(is_complete(answer), complete);
        }
        let moved = response(b"HTTP/1.1 302 Found\r\nlocation: /login\r\n\r\n").unwrap();
        assert_eq!(moved.location.as_deref(), Some("/login"));
        let early =
            b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 301 Moved\r\nx: \xe9\r\n\r\n";
        assert_eq!(response(early).unwrap().status, 301);
        for other in [b"SSH-2.0-x\r\n\r\n".as_slice(), b"HTTP/1.1 200", b"", b"HTTP/1.1\r\n\r\n"] {
            assert_eq!(response(other), None);
        }
        let huge = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhi";
        assert_eq!(response(huge).unwrap().body, b"hi");
    }

    fn served(answer: &'static [u8], reads: bool) -> Option<Answer> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            if reads {
                let mut request = [0; 1000];
                let _ = stream.read(&mut request).unwrap();
            }
            stream.write_all(answer).unwrap();
        });
        let answer = ask(port).map(|it| it.answer);
        thread.join().unwrap();
        answer
    }

    #[test]
    fn a_port_is_open_if_somebody_speaks_or_waits() {
        assert!(matches!(served(b"HTTP/1.1 404 No\r\n\r\n", true), Some(Answer::Http(_))));
        assert_eq!(served(b"-ERR unknown command\r\n", true), Some(Answer::Open));
        assert_eq!(served(b"SSH-2.0-x\r\n", false), Some(Answer::Open));
        // The proxy of an engine closes at once where nobody listens in the container.
        assert_eq!(served(b"", false), None);
    }
}
