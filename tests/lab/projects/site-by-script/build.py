import pathlib
import re
import string
import sys

source, target = map(pathlib.Path, sys.argv[1:])
page = string.Template(pathlib.Path("page.html").read_text())
for path in sorted(source.glob("*.txt")):
    title, _, text = path.read_text().partition("\n")
    body = "".join(f"<p>{part}</p>\n" for part in re.split(r"\n{2,}", text.strip()))
    (target / f"{path.stem}.html").write_text(page.substitute(title=title, body=body))
