//! Tells when the next ferry leaves. The page is compiled in, the departures are read while it runs.
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::{env, fs, io, thread};

const PAGE: &str = include_str!("page.html");

fn next(pier: &str, after: &str) -> io::Result<Option<String>> {
    let departures = fs::read_to_string("departures.txt")?;
    let found = departures.lines().filter_map(|line| line.split_once(' ')).find(|(name, time)| *name == pier && *time > after);
    Ok(found.map(|(_, time)| time.to_owned()))
}

fn answer(target: &str) -> (&'static str, String) {
    let parts: Vec<_> = target.trim_matches('/').split('/').collect();
    match parts[..] {
        [""] => ("200 OK", PAGE.to_owned()),
        [pier, after] => match next(pier, after) {
            Ok(Some(time)) => ("200 OK", format!("{time}\n")),
            Ok(None) => ("404 Not Found", "none today\n".to_owned()),
            Err(error) => ("500 Internal Server Error", format!("{error}\n")),
        },
        _ => ("400 Bad Request", "/PIER/TIME\n".to_owned()),
    }
}

fn serve(mut peer: TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(peer.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let (status, body) = answer(first.split(' ').nth(1).unwrap_or("/"));
    write!(peer, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "8000".into());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    eprintln!("listening on {port}");
    for peer in listener.incoming() {
        let peer = peer?;
        thread::spawn(move || serve(peer));
    }
    Ok(())
}
