"""Prints what BuildKit's parser makes of Dockerfiles, one JSON object a line.

Reads paths from standard input. Needs the PyPI package `dockerfile`.
"""

import json
import sys

import dockerfile


def instruction(command):
    return {
        "keyword": (command.cmd or "").upper(),
        "trigger": command.sub_cmd.upper() if command.sub_cmd else None,
        "json": command.json,
        "flags": list(command.flags),
        "values": list(command.value),
        "start": command.start_line,
        "end": command.end_line,
        "heredocs": [[h.name, h.file_descriptor, h.content] for h in command.heredocs],
    }


for path in sys.stdin.read().splitlines():
    try:
        commands = dockerfile.parse_file(path)
        print(json.dumps({"accepted": True, "instructions": [instruction(c) for c in commands]}))
    except (dockerfile.GoParseError, UnicodeDecodeError) as error:
        print(json.dumps({"accepted": False, "error": str(error)}))
