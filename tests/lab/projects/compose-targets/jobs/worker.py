"""Writes a file of results and ends."""
from pathlib import Path

from .primes import primes

result = Path("results/primes.txt")
result.write_text("\n".join(map(str, primes(50))))
print(f"{len(result.read_text().split())} primes in {result}")
