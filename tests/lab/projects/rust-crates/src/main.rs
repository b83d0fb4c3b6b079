use std::process::ExitCode;
use std::{env, fs};

use json::JsonValue;

fn count(value: &JsonValue, depth: usize, counts: &mut [usize; 4]) -> usize {
    match value {
        JsonValue::Object(members) => {
            counts[0] += 1;
            members.iter().map(|(_, it)| count(it, depth + 1, counts)).max().unwrap_or(depth)
        }
        JsonValue::Array(items) => {
            counts[1] += 1;
            items.iter().map(|it| count(it, depth + 1, counts)).max().unwrap_or(depth)
        }
        JsonValue::Number(_) => { counts[2] += 1; depth }
        _ => { counts[3] += 1; depth }
    }
}

fn main() -> ExitCode {
    let Some(path) = env::args().nth(1) else {
        eprintln!("usage: tally FILE");
        return ExitCode::from(2);
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    match json::parse(&text) {
        Ok(value) => {
            let mut counts = [0; 4];
            let depth = count(&value, 0, &mut counts);
            println!("{} objects, {} arrays, {} numbers, {} others, {depth} deep", counts[0], counts[1], counts[2], counts[3]);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}
