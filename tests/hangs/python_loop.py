"""A loop without end that calls a few functions of its own."""

from __future__ import print_function

import sys


def halve(number):
    return number // 2


def grow(number):
    return 3 * number - 1


def step(number):
    return grow(number) if number % 2 else halve(number)


def steps_to_one(number):
    # With 3n - 1 in place of 3n + 1 it goes round: 7, 20, 10, 5, 14, 7.
    steps = 0
    while number != 1:
        number = step(number)
        steps += 1
    return steps


def main():
    print("ready")
    sys.stdout.flush()
    steps_to_one(7)


main()
