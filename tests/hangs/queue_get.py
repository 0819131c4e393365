"""The main thread waits for an item of a queue that nobody fills."""

from __future__ import print_function

import sys

try:
    import queue
except ImportError:
    import Queue as queue


def take(orders):
    return orders.get()


def main():
    orders = queue.Queue()
    print("ready")
    sys.stdout.flush()
    take(orders)


main()
