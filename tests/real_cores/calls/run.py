"""Goes each way from Python through C to Python in a thread of its own, then dies in a signal handler.

With the argument `plain` it stays in one interpreter. Runs on Python 2.7 and every 3.
"""

import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True

import every
from bottom import wait_for

WAYS = list(every.WAYS)
if sys.version_info >= (3,):
    import three

    WAYS += three.WAYS

INTO_INTERPRETERS = [
    "enters_interpreter",
    "runs_in_interpreter",
    "goes_to_newer",
    "goes_to_older",
]


def die():
    os.kill(os.getpid(), signal.SIGABRT)


def handler(number, frame):
    die()


def is_interrupted():
    signal.signal(signal.SIGUSR1, handler)
    os.kill(os.getpid(), signal.SIGUSR1)
    while True:
        pass


def main():
    plain = sys.argv[1:] == ["plain"]
    for way in WAYS:
        if plain and way.__name__ in INTO_INTERPRETERS:
            continue
        thread = threading.Thread(target=way)
        thread.daemon = True
        thread.start()
        # One after the other: the first may hold the lock of the imports.
        wait_for(1)
    # They have said so; now they begin to sleep.
    time.sleep(0.2)
    is_interrupted()


main()
