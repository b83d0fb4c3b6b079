import std/[asyncdispatch, asynchttpserver, db_sqlite, os, strutils, uri]

let db = open(getEnv("GUESTS_DB", "data/guests.db"), "", "", "")
db.exec(sql"CREATE TABLE IF NOT EXISTS guests (name TEXT PRIMARY KEY, said TEXT)")

proc answer(request: Request) {.async, gcsafe.} =
  {.gcsafe.}:
    let name = decodeUrl(request.url.path.strip(chars = {'/'}))
    case request.reqMethod
    of HttpPut:
      db.exec(sql"INSERT OR REPLACE INTO guests VALUES (?, ?)", name, request.body)
      await request.respond(Http201, "thank you, " & name & "\n")
    of HttpGet:
      if name == "":
        var text = ""
        for row in db.fastRows(sql"SELECT name, said FROM guests ORDER BY name"):
          text.add row[0] & ": " & row[1] & "\n"
        await request.respond(Http200, text)
      else:
        let said = db.getValue(sql"SELECT said FROM guests WHERE name = ?", name)
        await request.respond(if said == "": Http404 else: Http200, said & "\n")
    else:
      await request.respond(Http405, "")

waitFor newAsyncHttpServer().serve(Port(getEnv("PORT", "8350").parseInt), answer)
