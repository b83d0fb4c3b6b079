import std/[asyncdispatch, asynchttpserver, os, re, strutils, tables]

type Rule = tuple[pattern: Regex, target: string]

proc read(path: string): seq[Rule] =
  for line in lines(path):
    let words = line.splitWhitespace()
    if words.len == 2 and not line.startsWith("#"):
      result.add (re(words[0]), words[1])

let rules = read(paramStr(1))

proc answer(request: Request) {.async, gcsafe.} =
  {.gcsafe.}:
    for (pattern, target) in rules:
      if request.url.path.match(pattern):
        let place = request.url.path.replacef(pattern, target)
        await request.respond(Http200, place & "\n")
        return
    await request.respond(Http404, "no rule\n")

echo rules.len, " rules"
flushFile(stdout)
waitFor newAsyncHttpServer().serve(Port(getEnv("PORT").parseInt), answer)
