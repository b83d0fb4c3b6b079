import pathlib

import markdown

site = pathlib.Path("site")
for page in pathlib.Path("pages").glob("*.md"):
    folder = site / (page.stem if page.stem != "index" else "")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(markdown.markdown(page.read_text()))
