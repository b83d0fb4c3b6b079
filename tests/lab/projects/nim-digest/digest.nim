## Prints the MD5 and SHA-1 of files, or of what it is told behind `-s`.
import std/[md5, os, parseopt, sha1, strformat]

var texts: seq[(string, string)]
for kind, key, value in getopt():
  case kind
  of cmdArgument:
    texts.add (key, readFile(key))
  of cmdShortOption, cmdLongOption:
    if key in ["s", "say"]: texts.add ("-", value)
    else: quit("digest: unknown option " & key, 2)
  of cmdEnd: discard

if texts.len == 0:
  quit("usage: " & getAppFilename().extractFilename & " [-s:TEXT] [FILE]...", 2)
for (name, text) in texts:
  echo fmt"{getMD5(text)} {secureHash(text)} {name}"
