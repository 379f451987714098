#!/usr/bin/python3
"""Prints the whole table of faults; fails if a row of the matrix is missing.

A row is there if a test has its number, or if a module says why there is none.
"""
import sys

import batch
import body
import harness
import limits
import scale
import screen
import signals
import status
import transport

# N: network and TLS, H: HTTP statuses, B: bodies and what the model says,
# G: signals
MATRIX = [letter + str(n) for letter, last in (("N", 20), ("H", 10), ("B", 14),
                                               ("G", 3))
          for n in range(1, last + 1)]

if __name__ == "__main__":
    sys.argv[1:] = ["--table"]
    assert all((batch, body, limits, scale, screen, signals, status,
                transport))
    harness.main()
    there = {name.split("-")[0] for name in (*harness.rows, *harness.absent)}
    missing = [name for name in MATRIX if name not in there]
    if missing:
        sys.exit(f"neither tested nor given a reason: {' '.join(missing)}")
