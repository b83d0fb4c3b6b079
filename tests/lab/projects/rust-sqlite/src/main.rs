//! Counts the votes of a file.
use rusqlite::Connection;

fn main() -> rusqlite::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "votes.csv".into());
    let votes = Connection::open_in_memory()?;
    votes.execute("create table vote (name text)", [])?;
    for name in std::fs::read_to_string(path).unwrap_or_default().lines() {
        votes.execute("insert into vote values (?1)", [name])?;
    }
    let query = "select name, count(*) from vote group by name order by 2 desc";
    let mut counted = votes.prepare(query)?;
    let mut rows = counted.query([])?;
    while let Some(row) = rows.next()? {
        println!("{} {}", row.get::<_, String>(0)?, row.get::<_, i64>(1)?);
    }
    Ok(())
}
