import hashlib
import random
import socket
import sys

seed = sys.argv[1] if len(sys.argv) > 1 else "tuesday"
dice = random.Random(hashlib.sha256(seed.encode()).hexdigest())
print("rolled", [dice.randint(1, 6) for _ in range(5)], socket.gethostbyname("localhost"))
