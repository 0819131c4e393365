"""A module under import joins a thread that imports the same module.

The thread waits for the lock of the module, or on Python 2.7 for that of all imports, and the import waits for the thread.
"""

import os
import sys
import tempfile

MODULE = '''
from __future__ import print_function

import os
import shutil
import sys
import threading
import time


def use():
    import plugin
    print(plugin)


def load():
    thread = threading.Thread(target=use)
    thread.start()
    # By then it is at its import.
    time.sleep(0.2)
    print("ready")
    sys.stdout.flush()
    thread.join()


# The folder is not needed any more, and nobody removes it when this is killed.
shutil.rmtree(os.path.dirname(__file__))
load()
'''


def main():
    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, "plugin.py"), "w") as file:
        file.write(MODULE)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    import plugin

    print(plugin)


main()
