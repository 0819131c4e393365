"""Two threads take two reentrant locks in opposite order; the main thread joins them."""

from __future__ import print_function

import sys
import threading
import time

accounts = threading.RLock()
journal = threading.RLock()
has_accounts = threading.Event()
has_journal = threading.Event()


def pay():
    with accounts:
        has_accounts.set()
        has_journal.wait()
        with journal:
            print("never")


def audit():
    with journal:
        has_journal.set()
        has_accounts.wait()
        with accounts:
            print("never")


def main():
    threads = [threading.Thread(target=pay), threading.Thread(target=audit)]
    for thread in threads:
        thread.start()
    has_accounts.wait()
    has_journal.wait()
    # By then both are at their second lock.
    time.sleep(0.2)
    print("ready")
    sys.stdout.flush()
    for thread in threads:
        thread.join()


main()
