#!/usr/bin/env python3
"""Rewrites records with Ray: each actor keeps one `jettison stream` and hands it batch after batch.

    rewrite_with_ray.py INPUT --jettison PATH [--actors N] [--batch N] > OUTPUT
"""
import argparse
import itertools
import subprocess
import sys
import threading
import time

import ray
from ray.util import ActorPool


@ray.remote(num_cpus=1)
class Rewriter:
    def __init__(self, jettison):
        command = [jettison, "stream", "--jobs", "1"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def answers(self, records):
        """One answer for each record. The process stays, and waits for more."""
        writer = threading.Thread(target=self.write, args=(records,))
        writer.start()
        answers = [self.process.stdout.readline() for _ in records]
        writer.join()
        return answers

    def write(self, records):
        self.process.stdin.writelines(records)
        self.process.stdin.flush()


def batches(lines, size):
    lines = iter(lines)
    while batch := list(itertools.islice(lines, size)):
        yield batch


def rewritten(pool, all_batches):
    """Answers in order, with no more batches on their way than there are actors."""
    for batch in all_batches:
        if not pool.has_free():
            yield pool.get_next()
        pool.submit(lambda actor, records: actor.answers.remote(records), batch)
    while pool.has_next():
        yield pool.get_next()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("input")
    options.add_argument("--jettison", default="jettison")
    options.add_argument("--actors", type=int, default=2)
    options.add_argument("--batch", type=int, default=500)
    options = options.parse_args()
    ray.init(num_cpus=options.actors, include_dashboard=False, log_to_driver=False)
    pool = ActorPool([Rewriter.remote(options.jettison) for _ in range(options.actors)])
    start, records = time.perf_counter(), 0
    with open(options.input, "rb") as lines:
        for answers in rewritten(pool, batches(lines, options.batch)):
            sys.stdout.buffer.writelines(answers)
            records += len(answers)
    print(f"{records} records in {time.perf_counter() - start:.1f} s with {options.actors} actors", file=sys.stderr)
    ray.shutdown()


if __name__ == "__main__":
    main()
