import csv
import pathlib

site = pathlib.Path("site")
(site / "houses").mkdir(parents=True)
rows = list(csv.DictReader(open("houses.csv")))
for row in rows:
    (site / "houses" / f"{row['name']}.html").write_text(f"<h1>{row['name']}</h1><p>{row['rooms']} rooms</p>")
links = "".join(f"<li><a href='houses/{it['name']}.html'>{it['name']}</a></li>" for it in rows)
(site / "index.html").write_text(f"<ul>{links}</ul>")
