"""Ways from Python through C to Python that there are since 2.7."""

import ctypes
import functools
import gc
import sys
import weakref
import xml.parsers.expat

from bottom import arrived, bottom

try:
    import _testcapi
except ImportError:
    _testcapi = None


def sorts():
    sorted([2, 1], key=key)


def key(number):
    bottom()


def maps():
    list(map(mapped, [1]))


def mapped(number):
    bottom()


def sums():
    sum(generates())


def generates():
    yield 1
    bottom()


def sums_expression():
    sum(bottom() for _ in [1])


def throws():
    generator = catches()
    next(generator)
    generator.throw(ValueError("thrown"))


def catches():
    try:
        yield
    except ValueError:
        bottom()


class Base(object):
    pass


class Deleted(Base):
    def __del__(self):
        bottom()


def deletes():
    deleted = Deleted()
    del deleted


def collects():
    """An object in a cycle; up to 3.3 one with `__del__` would not be collected."""
    cycle = Base() if sys.version_info < (3,) else Deleted()
    cycle.itself = cycle
    reference = weakref.ref(cycle, finalizes)
    del cycle
    gc.collect()
    return reference


def finalizes(reference):
    if sys.version_info < (3,):
        bottom()


def sorts_by_c():
    compares = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    qsort = ctypes.CDLL(None).qsort
    qsort(ctypes.create_string_buffer(b"ba"), ctypes.c_size_t(2), ctypes.c_size_t(1), compares(compare))


def compare(one, other):
    bottom()
    return 0


def starts_thread():
    """A thread that C starts, of which Python knows nothing before."""
    begin = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(in_thread_of_c)
    kept.append(begin)
    ctypes.CDLL(None).pthread_create(ctypes.byref(ctypes.c_ulong()), None, begin, None)


kept = []


def in_thread_of_c(argument):
    bottom()


class Slots(Base):
    def __getattr__(self, name):
        bottom()

    @property
    def read_property(self):
        bottom()

    def __eq__(self, other):
        bottom()

    def __hash__(self):
        bottom()

    def __getitem__(self, index):
        bottom()

    def __add__(self, other):
        bottom()

    def __call__(self):
        bottom()

    def __iter__(self):
        bottom()

    def __enter__(self):
        bottom()

    def __exit__(self, *error):
        pass


def gets_attribute():
    Slots().missing


def gets_property():
    Slots().read_property


def compares_equal():
    slots = [Slots()]
    1 in slots


def hashes():
    {Slots(): 1}


def gets_item():
    Slots()[0]


def adds():
    Slots() + 1


def calls_object():
    Slots()()


def iterates():
    for _ in Slots():
        pass


def enters():
    with Slots():
        pass


class Initialised(Base):
    def __init__(self, last):
        if last:
            bottom()


def initialises():
    """Calls often enough to be specialised, where the version does that."""
    for number in range(100):
        Initialised(number == 99)


class Meta(type):
    def __new__(mcs, name, bases, members):
        if name == "Made":
            bottom()
        return type.__new__(mcs, name, bases, members)

    def __call__(cls):
        bottom()


def makes_class():
    Meta("Made", (object,), {})


def calls_class():
    Meta("Other", (object,), {})()


def decorates():
    @decorator
    class Decorated(object):
        pass


def decorator(decorated):
    bottom()


def calls_partial():
    functools.partial(has_arguments, 1)(2)


def has_arguments(one, two):
    bottom()


def executes():
    code = compile("bottom()", "compiled", "exec")
    eval(code, {"bottom": bottom})


def imports():
    __import__("imported")


def reduces():
    functools.reduce(reducer, [1, 2])


def reducer(one, other):
    bottom()


def refers():
    kept = Base()
    reference = weakref.ref(kept, referent_ends)
    del kept
    return reference


def referent_ends(reference):
    bottom()


def parses():
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = element_begins
    parser.Parse("<element/>", True)


def element_begins(name, attributes):
    bottom()


def traces():
    sys.settrace(tracer)
    traced()


def tracer(frame, event, argument):
    if event == "line" and frame.f_code.co_name == "traced":
        sys.settrace(None)
        bottom()
    return tracer


def traced():
    return 1


CODE = """
import os, sys, time
sys.path.append({!r})

def inside():
    os.write({}, b".")
    time.sleep(1000)

inside()
"""


def enters_interpreter():
    _testcapi.run_in_subinterp(CODE.format(sys.path[0], arrived))


def recurses():
    recursion(50)


def recursion(depth):
    if depth:
        sorted([depth], key=lambda depth: recursion(depth - 1))
    else:
        bottom()


WAYS = [
    sorts,
    maps,
    sums,
    sums_expression,
    throws,
    deletes,
    collects,
    sorts_by_c,
    starts_thread,
    gets_attribute,
    gets_property,
    compares_equal,
    hashes,
    gets_item,
    adds,
    calls_object,
    iterates,
    enters,
    initialises,
    makes_class,
    calls_class,
    decorates,
    calls_partial,
    executes,
    reduces,
    refers,
    parses,
    traces,
    recurses,
]
if hasattr(_testcapi, "run_in_subinterp"):
    WAYS.append(enters_interpreter)
WAYS.append(imports)
