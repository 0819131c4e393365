"""A recursion without end, which is tried again whenever it has met the limit."""

from __future__ import print_function

import sys


def length(node):
    return 1 + length(node["next"])


def count(node):
    while True:
        try:
            return length(node)
        # RecursionError is one, and is not there in Python 2.7.
        except RuntimeError:
            pass


def main():
    ring = {}
    ring["next"] = ring
    print("ready")
    sys.stdout.flush()
    count(ring)


main()
