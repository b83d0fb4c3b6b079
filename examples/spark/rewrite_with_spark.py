#!/usr/bin/env python3
"""Rewrites records with Spark: one `jettison stream` for each partition.

    rewrite_with_spark.py INPUT OUTPUT --jettison PATH [--master URL] [--partitions N] [-- FLAGS of jettison stream]

INPUT is a file of records, as records.py makes them; OUTPUT is a folder that Spark makes. The parts in it, one after the other,
are the answers in the order of the records.
"""
import argparse
import collections
import json
import shlex
import sys
import time

from pyspark.sql import SparkSession


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("input")
    options.add_argument("output")
    options.add_argument("--jettison", default="jettison", help="where it is on the machines of the executors")
    options.add_argument("--master", help="such as local[2]; what spark-submit says counts without it")
    options.add_argument("--partitions", type=int, default=2)
    options.add_argument("flags", nargs="*", help="for jettison stream, after --")
    options = options.parse_args()
    builder = SparkSession.builder.appName("jettison").config("spark.ui.enabled", "false")
    spark = (builder.master(options.master) if options.master else builder).getOrCreate()
    context = spark.sparkContext
    # Spark starts a task for each core, so each process needs one thread.
    command = shlex.join([options.jettison, "stream", "--jobs", "1", *options.flags])
    start = time.perf_counter()
    answers = context.textFile(options.input, options.partitions).pipe(command, checkCode=True)
    answers.saveAsTextFile(options.output)
    seconds = time.perf_counter() - start
    # What came of it is asked of the parts, as any other data set.
    statuses = context.textFile(options.output).map(lambda line: json.loads(line)["status"]).countByValue()
    executors = context._jsc.sc().getExecutorMemoryStatus().size()
    records = sum(statuses.values())
    print(f"{records} records in {seconds:.1f} s on {context.master} ({executors} block managers): "
          + ", ".join(f"{number} {status}" for status, number in collections.Counter(statuses).most_common()), file=sys.stderr)
    spark.stop()


if __name__ == "__main__":
    main()
