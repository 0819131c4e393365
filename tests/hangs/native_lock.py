"""The GIL against a lock of C: one thread has the lock and needs the GIL, another has the GIL and needs the lock."""

from __future__ import print_function

import ctypes
import sys
import threading

# Zeros are an initialised pthread_mutex_t on Linux; it has 40 or 48 bytes.
mutex = ctypes.create_string_buffer(64)
locked = threading.Event()


def has_lock():
    # Of a CDLL the functions are called without the GIL, and each needs it again at its end.
    c = ctypes.CDLL(None)
    c.pthread_mutex_lock(mutex)
    locked.set()
    while True:
        c.usleep(1000)


def has_gil():
    # Of a PyDLL they are called with the GIL.
    lock = ctypes.PyDLL(None).pthread_mutex_lock
    locked.wait()
    print("ready")
    sys.stdout.flush()
    lock(mutex)


def main():
    threads = [threading.Thread(target=has_lock), threading.Thread(target=has_gil)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
