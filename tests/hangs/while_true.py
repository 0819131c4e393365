"""An empty loop without end."""

from __future__ import print_function

import sys


def spin():
    while True:
        pass


def main():
    print("ready")
    sys.stdout.flush()
    spin()


main()
