//! Says what is for lunch on a day.
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let port = env::var("MENU_PORT").unwrap_or_else(|_| "8600".into());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    println!("serving lunch on {port}");
    for peer in listener.incoming() {
        let mut peer = peer?;
        let mut lines = BufReader::new(peer.try_clone()?).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let day = first.split(' ').nth(1).unwrap_or("/").trim_matches('/').to_owned();
        let body = fs::read_to_string(format!("menus/{day}.txt")).unwrap_or_else(|_| "bread\n".to_owned());
        write!(peer, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())?;
    }
    Ok(())
}
