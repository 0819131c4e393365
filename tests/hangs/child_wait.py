"""The main thread waits for a child process that sleeps."""

from __future__ import print_function

import subprocess
import sys


def build():
    child = subprocess.Popen(["sleep", "1000"])
    print("ready")
    sys.stdout.flush()
    child.wait()


def main():
    build()


main()
