"""No hang: a program that does work of many kinds and waits between the pieces."""

from __future__ import print_function

import hashlib
import json
import random
import re
import sys
import time
import zlib


def make_words():
    return ["".join(random.choice("abcdef") for _ in range(8)) for _ in range(2000)]


def sort_words():
    return sorted(make_words(), key=lambda word: word[::-1])


def count_letters():
    counts = {}
    for letter in "".join(make_words()):
        counts[letter] = counts.get(letter, 0) + 1
    return counts


def pack():
    return zlib.decompress(zlib.compress(" ".join(make_words()).encode("ascii"), 9))


def digest():
    return hashlib.sha256("".join(make_words()).encode("ascii")).hexdigest()


def store():
    return json.loads(json.dumps(make_words()))


def search():
    return re.findall("a[bc]+d", " ".join(make_words()))


def fibonacci(number):
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


def primes():
    found = []
    for number in range(2, 3000):
        if all(number % prime for prime in found if prime * prime <= number):
            found.append(number)
    return found


def multiply():
    size = range(30)
    rows = [[random.random() for _ in size] for _ in size]
    return [[sum(rows[i][k] * rows[k][j] for k in size) for j in size] for i in size]


def rest():
    time.sleep(random.uniform(0.001, 0.02))


def main():
    pieces = [sort_words, count_letters, pack, digest, store, search, lambda: fibonacci(17), primes, multiply]
    print("ready")
    sys.stdout.flush()
    while True:
        random.choice(pieces)()
        rest()


main()
