"""Threads that wait in several ways; the main one recurses and dies as it is told: abort, kill or null.

Runs on Python 2.7 and every 3.
"""

import os
import signal
import sys
import threading
import time

DEPTH = 6

held = threading.Lock()
held.acquire()
waiting = []


def wait_for_lock(depth):
    if depth:
        return wait_for_lock(depth - 1)
    waiting.append("lock")
    held.acquire()


def key(number):
    waiting.append("sorted")
    held.acquire()
    return number


def sort_through_c(depth):
    """Python, C and Python by turns."""
    if depth == 0:
        return sorted([3, 1, 2], key=key)
    return list(map(sort_through_c, [depth - 1]))


class Sleeper(object):
    def __iter__(self):
        yield 1
        waiting.append("sleep")
        time.sleep(1000)


def sleep_in_generator():
    for _ in Sleeper():
        pass


def die(how, depth):
    if depth:
        return die(how, depth - 1)
    if how == "abort":
        os.abort()
    elif how == "kill":
        os.kill(os.getpid(), signal.SIGABRT)
        time.sleep(1000)
    elif how == "null":
        import ctypes

        ctypes.string_at(0)


def main():
    targets = [
        lambda: wait_for_lock(DEPTH),
        lambda: sort_through_c(DEPTH),
        sleep_in_generator,
    ]
    for target in targets:
        thread = threading.Thread(target=target)
        thread.daemon = True
        thread.start()
    while len(waiting) < len(targets):
        time.sleep(0.01)
    die(sys.argv[1], DEPTH)


main()
