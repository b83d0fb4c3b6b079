#!/usr/bin/env python3
"""Holds the shipped schemas, and the configurations that pages show, against another reader of JSON Schema and YAML."""

import json
import pathlib
import re
import sys

import jsonschema
import yaml

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/configuration.md"]


def main() -> int:
    for path in sorted((TOP / "schemas").glob("*.json")):
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))
    def reader_of(name: str) -> jsonschema.Draft202012Validator:
        return jsonschema.Draft202012Validator(json.loads((TOP / "schemas" / name).read_text()))

    reader, codemods = reader_of("configuration.json"), reader_of("codemod.json")
    checked = 0
    for page in PAGES:
        for text in re.findall(r"^```yaml\n(.*?)^```", (TOP / page).read_text(), re.M | re.S):
            # YAML 1.1 reads `on` and `off` as booleans, and the schema knows that.
            for error in (codemods if text.startswith("id:") else reader).iter_errors(yaml.safe_load(text)):
                print(f"{page}: {error.message}\n{text}", file=sys.stderr)
                return 1
            checked += 1
    wrong = [{"mrge": "pays"}, {"merge": "pay"}, {"transforms": {"merge-runs": "alowed"}}, {"overrides": [{}]}]
    if any(reader.is_valid(it) for it in wrong):
        print("a wrong configuration is valid", file=sys.stderr)
        return 1
    print(f"{checked} configurations are valid")
    return 0 if checked else 1


if __name__ == "__main__":
    sys.exit(main())
