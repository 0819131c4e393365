"""The interpreter is shut down and clears its modules; the __del__ of a global waits for a lock that nobody lets go.

Daemon threads still wait meanwhile.
"""

import os
import threading
import time

lock = threading.Lock()
lock.acquire()


class Connection(object):
    # The globals may be gone when it runs.
    def __del__(self, write=os.write, lock=lock):
        write(1, b"ready\n")
        lock.acquire()


def main():
    for _ in range(2):
        # A frame of a function of this module would keep its globals.
        thread = threading.Thread(target=threading.Event().wait)
        thread.daemon = True
        thread.start()
    # A thread that asks for the GIL after the end would end too; by then they wait.
    time.sleep(0.2)


connection = Connection()
main()
