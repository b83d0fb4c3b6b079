//! Adds up the bookings of a file.
use rusqlite::{params, Connection};

fn main() -> rusqlite::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "bookings.csv".into());
    let db = Connection::open_in_memory()?;
    db.execute("create table booking (name text, amount integer)", [])?;
    let text = std::fs::read_to_string(path).unwrap_or_default();
    for (name, amount) in text.lines().filter_map(|line| line.split_once(',')) {
        db.execute("insert into booking values (?1, ?2)", params![name, amount])?;
    }
    let sum: i64 = db.query_row("select coalesce(sum(amount), 0) from booking", [], |row| row.get(0))?;
    println!("balance {sum}");
    Ok(())
}
