"""A regular expression that tries every way to split a row of letters."""

from __future__ import print_function

import re
import sys


def is_valid(text):
    return re.match("(a+)+$", text)


def main():
    print("ready")
    sys.stdout.flush()
    is_valid("a" * 40 + "b")


main()
