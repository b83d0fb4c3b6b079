"""Tells of what kind files are."""
import sys

import magic

for path in sys.argv[1:]:
    print(path, magic.from_file(path, mime=True))
