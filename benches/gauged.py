"""The target of live.sh: seven threads and the main one work in Python, a ninth is the gauge in C.

Given the gauge's library, the shared file and the gauge's limit in nanoseconds.
"""

import ctypes
import hashlib
import mmap
import os
import sys
import threading

# Each counts its units at a place of its own.
FIRST_UNIT = 8
WORKERS = 7
DATA = bytes(1 << 18)

library, path, limit = sys.argv[1:]
with open(path, "r+b") as file:
    memory = mmap.mmap(file.fileno(), 0)
shared = (ctypes.c_uint64 * (len(memory) // 8)).from_buffer(memory)
parent = os.getppid()


def add(total, number):
    return total + number


def unit(depth):
    if depth:
        return unit(depth - 1)
    total = 0
    for number in range(100):
        total = add(total, number)
    # This is done without the GIL, so that threads run side by side.
    return hashlib.sha256(DATA).digest()


def work(worker):
    while True:
        unit(4 * worker)
        shared[FIRST_UNIT + worker] += 1
        # Nobody ends this one when the benchmark was killed.
        if os.getppid() != parent:
            os._exit(0)


def main():
    gauge = ctypes.CDLL(library).gauge
    gauge.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    threading.Thread(target=gauge, args=(ctypes.addressof(shared), int(limit)), daemon=True).start()
    for worker in range(WORKERS):
        threading.Thread(target=work, args=(worker,), daemon=True).start()
    print("ready", flush=True)
    work(WORKERS)


main()
