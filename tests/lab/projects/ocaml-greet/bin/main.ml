(* Greets everybody in a list, and says how many orders they may come in. *)
let lines path =
  let input = open_in path in
  let rec read all = match input_line input with line -> read (line :: all) | exception End_of_file -> List.rev all in
  read []

let rec factorial n = if n = 0 then Z.one else Z.mul (Z.of_int n) (factorial (n - 1))

let () =
  let names = lines Sys.argv.(1) in
  List.iter (fun name -> print_endline ("hello " ^ name)) names;
  print_endline (Z.to_string (factorial (20 + List.length names)) ^ " orders");
  flush stdout
