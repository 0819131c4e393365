"""A worker of a pool is killed at its task; the main thread waits for the result, which nobody brings."""

from __future__ import print_function

import multiprocessing
import os
import signal
import sys
import time


def work(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def collect(results):
    return results.get()


def main():
    pool = multiprocessing.Pool(2)
    results = pool.map_async(work, range(6), chunksize=1)
    # By then the pool has another worker in place of the lost one, and all other results.
    time.sleep(0.5)
    print("ready")
    sys.stdout.flush()
    collect(results)


if __name__ == "__main__":
    main()
