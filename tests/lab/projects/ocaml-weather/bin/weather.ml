open Lwt.Syntax
open Cohttp_lwt_unix

let towns = Yojson.Safe.from_file "towns.json"

let answer _connection request _body =
  match Uri.path (Request.uri request) with
  | "/" ->
    let names = String.concat "\n" (Yojson.Safe.Util.keys towns) in
    Server.respond_string ~status:`OK ~body:(names ^ "\n") ()
  | path -> (
    let town = String.sub path 1 (String.length path - 1) in
    match Yojson.Safe.Util.member town towns with
    | `Null -> Server.respond_string ~status:`Not_found ~body:"no such town\n" ()
    | weather -> Server.respond_string ~status:`OK ~body:(Yojson.Safe.to_string weather ^ "\n") ())

let () =
  let port = int_of_string (try Sys.getenv "PORT" with Not_found -> "8370") in
  let serve =
    let* () = Lwt_io.printlf "listening at %d" port in
    Server.create ~mode:(`TCP (`Port port)) (Server.make ~callback:answer ())
  in
  Lwt_main.run serve
