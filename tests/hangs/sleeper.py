"""The main thread sleeps for ever; a daemon thread waits for a condition that nobody makes true."""

from __future__ import print_function

import sys
import threading
import time

changed = threading.Condition()


def watch():
    with changed:
        changed.wait()


def doze():
    while True:
        time.sleep(1000)


def main():
    thread = threading.Thread(target=watch)
    thread.daemon = True
    thread.start()
    # By then it waits.
    time.sleep(0.2)
    print("ready")
    sys.stdout.flush()
    doze()


main()
