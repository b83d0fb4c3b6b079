let database () =
  let path = try Sys.getenv "PHONES_DB" with Not_found -> "/data/phones.db" in
  let db = Sqlite3.db_open path in
  let schema = "CREATE TABLE IF NOT EXISTS phones (name TEXT PRIMARY KEY, number TEXT)" in
  Sqlite3.Rc.check (Sqlite3.exec db schema);
  db

let add db line =
  match Str.split (Str.regexp "[ \t]*:[ \t]*") line with
  | [ name; number ] ->
    let statement = Sqlite3.prepare db "INSERT OR REPLACE INTO phones VALUES (?, ?)" in
    Sqlite3.Rc.check (Sqlite3.bind_text statement 1 name);
    Sqlite3.Rc.check (Sqlite3.bind_text statement 2 number);
    ignore (Sqlite3.step statement);
    ignore (Sqlite3.finalize statement)
  | _ -> Printf.eprintf "not understood: %s\n" line

let read db path =
  let input = open_in path in
  (try
     while true do
       add db (input_line input)
     done
   with End_of_file -> close_in input)

let list db =
  let show row _ =
    match row with
    | [| Some name; Some number |] -> Printf.printf "%-8s %s\n" name number
    | _ -> ()
  in
  Sqlite3.Rc.check (Sqlite3.exec db ~cb:show "SELECT name, number FROM phones ORDER BY name")

let () =
  let db = database () in
  (match Array.to_list Sys.argv with
   | [ _; "read"; path ] -> read db path
   | _ -> ());
  list db;
  ignore (Sqlite3.db_close db)
