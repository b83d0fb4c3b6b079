(* How many ways are there to place queens so that none can take another? *)
let safe queens column =
  let rec check distance = function
    | [] -> true
    | other :: rest -> other <> column && abs (other - column) <> distance && check (distance + 1) rest
  in
  check 1 queens

let rec solve size queens =
  if List.length queens = size then [ queens ]
  else
    List.init size Fun.id
    |> List.filter (safe queens)
    |> List.concat_map (fun column -> solve size (column :: queens))

let board size queens =
  let line column = String.init size (fun at -> if at = column then 'Q' else '.') in
  String.concat "\n" (List.map line queens)

let () =
  let size = if Array.length Sys.argv > 1 then int_of_string Sys.argv.(1) else 6 in
  match solve size [] with
  | [] -> prerr_endline "there is no way"; exit 1
  | first :: _ as all ->
    print_endline (board size first);
    Printf.printf "%d ways\n" (List.length all)
