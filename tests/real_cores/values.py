"""Dies in a function with variables of all kinds; before that writes what is to be shown of each to `values.txt`: its
`repr`, or what stands for it where that would run code of a class.

Runs on Python 2.7 and every 3.
"""

from __future__ import print_function

import collections
import io
import os
import signal
import sys
import threading

PYTHON_3 = sys.version_info[0] >= 3


class Plain(object):
    def __init__(self):
        self.first = 1
        self.second = "two"

    def method(self):
        pass


class Slotted(object):
    __slots__ = ("a",)


class Text(str):
    pass


class Numbers(list):
    pass


class Table(dict):
    pass


class Failure(Exception):
    pass


Point = collections.namedtuple("Point", "x y")


def numbers(count):
    for number in range(count):
        yield number


def name_of(function):
    return getattr(function, "__qualname__", function.__name__)


def by_type(value, name):
    return "<%s object at 0x%x>" % (name, id(value))


def suspended(generator):
    frame = generator.gi_frame
    return "<generator object numbers at 0x%x, suspended at %s:%d>" % (
        id(generator),
        frame.f_code.co_filename,
        frame.f_lineno,
    )


def die(variables, instead):
    with io.open("values.txt", "w", encoding="utf-8") as file:
        for name, value in variables.items():
            text = instead[name] if name in instead else repr(value)
            if not PYTHON_3:
                text = text.decode("ascii")
            file.write(u"%s\t%s\n" % (name, text))
    os.kill(os.getpid(), signal.SIGABRT)


def body(first, second="default", *args, **kwargs):
    shared = [1]

    def inner():
        return shared, second

    none = None
    true, false = True, False
    ellipsis, not_implemented = Ellipsis, NotImplemented
    zero, one, minus, byte, word = 0, 1, -1, 257, 2**40 + 17
    bits_63, bits_64, bits_128 = 2**63 - 1, -(2**64), 2**128
    big = 3**200
    floats = [0.0, -0.0, 1.5, 1e15, 1e16, 123456789012345680.0, 1e-4, 1e-5, 5e-324, 0.1]
    odd_floats = [float("inf"), float("-inf"), float("nan"), 1.25e300, -2.5e-10]
    quotes = ["it's", 'say "it"', "it's \"it\""]
    escapes = "\t\n\r\\\0\x07\x7f"
    data = b"bytes \x00\xff'"
    latin, wide, astral = u"caf\xe9", u"\u20ac euro", u"\U0001f40d snake"
    surrogate = u"\ud800x" if PYTHON_3 else u""
    invisible = u"\u200b\u202e\x85\xa0\xad"
    empty = ["", b"", u"", (), [], {}, set(), frozenset()]
    nested = [1, "two", [3, [4, ()]], (5,), (6, None)]
    mixed = {"a": 1, "b": [2], 3: None}
    shrunk = {"a": 1, "b": 2, "c": 3}
    del shrunk["b"]
    taken_out = {1, 2, 3}
    taken_out.discard(2)
    frozen = frozenset(["x"])
    attributes = Plain().__dict__
    errors = [ValueError("x"), ValueError("x", 2), KeyError(), Failure("mine")]
    types = [Plain, int, type, ValueError, collections.OrderedDict]
    builtin = len
    slotted = Slotted()
    endless_list = [1]
    endless_list.append(endless_list)
    endless_dict = {}
    endless_dict["self"] = endless_dict
    endless_tuple = ([],)
    endless_tuple[0].append(endless_tuple)
    unset = 1
    del unset
    # From here on it is not what `repr` gives.
    plain, text, derived, table = Plain(), Text("sub"), Numbers([1, 2]), Table(a=1)
    point = Point(1, 2)
    ordered = collections.OrderedDict([("k", 1)])
    method, bound = plain.method, [].append
    module, lock = os, threading.Lock()
    fresh, started, finished = numbers(3), numbers(3), numbers(0)
    next(started)
    list(finished)
    long_text, long_list, huge = "x" * 1000, list(range(100)), 1 << 200000
    instead = {
        "plain": by_type(plain, "__main__.Plain"),
        "text": "__main__.Text('sub')",
        "derived": "__main__.Numbers([1, 2])",
        "table": "__main__.Table({'a': 1})",
        "point": "__main__.Point((1, 2))",
        "ordered": "collections.OrderedDict({'k': 1})",
        "inner": "<function %s at 0x%x>" % (name_of(inner), id(inner)),
        "method": "<bound method %s of %s>" % (name_of(Plain.method), by_type(plain, "__main__.Plain")),
        "bound": repr(bound),
        "module": "<module 'os'>",
        "lock": by_type(lock, "_thread.lock" if PYTHON_3 else "thread.lock"),
        "fresh": "<generator object numbers at 0x%x, not started>" % id(fresh),
        "started": suspended(started),
        "finished": "<generator object numbers at 0x%x, finished>" % id(finished),
        "long_text": "'%s'...(1000 %s)" % ("x" * 200, "characters" if PYTHON_3 else "bytes"),
        "long_list": "[%s, ...84 more]" % ", ".join(str(number) for number in range(16)),
        "huge": "<int of 200001 bits, 0x100000000000000000000...>",
    }
    variables = dict(locals())
    del variables["instead"]
    die(variables, instead)


body(1, "x", "more", 2, key="word")
