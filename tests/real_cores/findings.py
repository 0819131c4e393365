"""Dies with something wrong in its memory, which the argument names."""

import ctypes
import os
import sys


class Tree(object):
    def __repr__(self):
        # As many references as no object has; those of 3.12 and later that are negative make it immortal.
        count = ctypes.c_ssize_t.from_address(id(self))
        count.value = 0 if sys.version_info >= (3, 12) else -1000
        os.abort()


def null():
    ctypes.string_at(0)


def freed():
    tree = Tree()
    at = id(tree)
    del tree
    hash(ctypes.cast(at, ctypes.py_object).value)


def miscounted():
    repr(Tree())


def deep():
    # Through C code, again and again.
    function = ctypes.PYFUNCTYPE(None)

    def again():
        if depth[0] == 0:
            os.abort()
        depth[0] -= 1
        callback()

    depth = [200]
    callback = function(again)
    callback()


globals()[sys.argv[1]]()
