import std/[asyncdispatch, asynchttpserver, strutils, times]

proc answer(request: Request) {.async, gcsafe.} =
  case request.url.path
  of "/":
    let page = readFile("public/index.html")
    await request.respond(Http200, page.replace("NOW", fromUnix(0).utc.format("HH:mm")))
  of "/zone":
    await request.respond(Http200, $now().utcOffset & "\n")
  else:
    await request.respond(Http404, "no such page\n")

waitFor newAsyncHttpServer().serve(Port(8340), answer)
