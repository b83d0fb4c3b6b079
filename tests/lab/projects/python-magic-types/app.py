import pathlib

import magic

for path in sorted(pathlib.Path("samples").iterdir()):
    print(path.name, magic.from_file(str(path), mime=True))
