"""Pages of a diary, one file for each."""
import os

SHELF = os.environ.get("SHELF", "/shelf")
BINDING = os.path.join(SHELF, "pages")

os.makedirs(BINDING, exist_ok=True)


def write(text):
    name = f"{len(os.listdir(BINDING)) + 1}.txt"
    with open(os.path.join(BINDING, name), "w", encoding="utf-8") as page:
        page.write(text)


def read():
    names = sorted(os.listdir(BINDING))
    return "\n".join(open(os.path.join(BINDING, name), encoding="utf-8").read() for name in names)
