"""A thread sleeps in C and keeps the GIL; the main thread has work to do in Python and gets no turn."""

from __future__ import print_function

import ctypes
import sys
import threading
import time


def sleep_in_c():
    # Of a PyDLL the functions are called without letting the GIL go.
    sleep = ctypes.PyDLL(None).sleep
    # This one lets it go: the main thread is at its work by then.
    time.sleep(0.2)
    print("ready")
    sys.stdout.flush()
    sleep(100000)


def work():
    total = 0
    while True:
        total += 1


def main():
    thread = threading.Thread(target=sleep_in_c)
    thread.daemon = True
    thread.start()
    work()


main()
