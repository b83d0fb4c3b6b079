//! Keeps texts in a folder and gives them back.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::var("PASTEBIN_DATA").unwrap_or_else(|_| "data".into()));
    let listener = TcpListener::bind("0.0.0.0:7878")?;
    for stream in listener.incoming() {
        if let Err(error) = stream.and_then(|stream| serve(stream, &folder)) {
            eprintln!("{error}");
        }
    }
    Ok(())
}

fn serve(mut stream: TcpStream, folder: &PathBuf) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or("/").to_owned());
    let method = method.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let name: String = path.chars().filter(|it| it.is_ascii_alphanumeric()).collect();
    let (status, text) = match (method.as_str(), name.is_empty()) {
        ("GET", true) => ("200 OK", b"put a text to /name\n".to_vec()),
        ("GET", false) => match fs::read(folder.join(&name)) {
            Ok(text) => ("200 OK", text),
            Err(_) => ("404 Not Found", b"no such text\n".to_vec()),
        },
        ("PUT", false) => match fs::write(folder.join(&name), &body) {
            Ok(()) => ("201 Created", b"kept\n".to_vec()),
            Err(error) => ("500 Internal Server Error", error.to_string().into_bytes()),
        },
        _ => ("405 Method Not Allowed", Vec::new()),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len())?;
    stream.write_all(&text)
}
