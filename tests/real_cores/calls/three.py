"""Ways from Python through C to Python that there are since 3.6."""

import asyncio
import functools
import sys

from bottom import arrived, bottom

try:
    import _xxsubinterpreters as interpreters
except ImportError:
    try:
        import _interpreters as interpreters
    except ImportError:
        interpreters = None


def delegates():
    next(outer())


def outer():
    yield from middle()


def middle():
    yield from inner()


def inner():
    bottom()
    yield


def delegates_throw():
    generator = outer_of_throw()
    next(generator)
    generator.throw(ValueError("thrown"))


def outer_of_throw():
    yield from inner_of_throw()


def inner_of_throw():
    try:
        yield
    except ValueError:
        bottom()


def runs_task():
    asyncio.new_event_loop().run_until_complete(outer_task())


async def outer_task():
    await asyncio.sleep(0)
    await middle_task()


async def middle_task():
    await inner_task()


async def inner_task():
    await asyncio.sleep(0)
    async for _ in generates_later():
        pass


async def generates_later():
    await asyncio.sleep(0)
    async with Context():
        yield 1


class Context:
    async def __aenter__(self):
        await Awaited()

    async def __aexit__(self, *error):
        pass


class Awaited:
    def __await__(self):
        bottom()
        yield


def cancels_task():
    loop = asyncio.new_event_loop()
    task = loop.create_task(outer_cancelled())
    loop.call_later(0.01, task.cancel)
    loop.run_until_complete(task)


async def outer_cancelled():
    await middle_cancelled()


async def middle_cancelled():
    await inner_cancelled()


async def inner_cancelled():
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        bottom()


def calls_back():
    loop = asyncio.new_event_loop()
    loop.call_soon(callback)
    loop.run_forever()


def callback():
    bottom()


@functools.lru_cache(maxsize=10)
def cached(number):
    bottom()


def calls_cached():
    cached(1)


def builds_class():
    class Built(metaclass=Meta):
        bottom()


class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases):
        return {}


def prepares_class():
    class Prepared(metaclass=Prepares):
        pass


class Prepares(type):
    @classmethod
    def __prepare__(mcs, name, bases):
        bottom()


class Named:
    def __set_name__(self, owner, name):
        bottom()


def sets_name():
    type("Owner", (), {"name": Named()})


class Warm:
    """What the interpreter specialises after some runs: it calls these without C between."""

    @property
    def read_property(self):
        self.read += 1
        if self.read == 100:
            bottom()

    def __getitem__(self, index):
        if index == 99:
            bottom()

    def __getattribute__(self, name):
        if name == "last":
            bottom()
        return object.__getattribute__(self, name)


def warms_property():
    warm = Warm()
    warm.read = 0
    for _ in range(100):
        warm.read_property


def warms_item():
    warm = Warm()
    for index in range(100):
        warm[index]


def warms_attribute():
    warm = Warm()
    warm.first = 1
    for number in range(100):
        getter(warm)
    warm.last


def getter(warm):
    return warm.first


def warms_generator():
    for _ in generates_many():
        pass


def generates_many():
    for number in range(100):
        yield number
    bottom()


def warms_delegation():
    for _ in delegates_many():
        pass


def delegates_many():
    for _ in range(100):
        yield from generates_one()
    yield from generates_none()


def generates_one():
    yield 1


def generates_none():
    bottom()
    yield 1


def été():
    имя()


def имя():
    exec(compile("bottom()", "файл \U0001f40d", "exec"), {"bottom": bottom})


CODE = """
import os, time

def inside():
    os.write({}, b".")
    time.sleep(1000)

inside()
"""


def runs_in_interpreter():
    interpreters.run_string(interpreters.create(), CODE.format(arrived))


CODE_BETWEEN = """
import {0} as interpreters

def between():
    interpreters.run_string({1}, {2!r})

between()
"""


def runs_between(outer, inner):
    name = interpreters.__name__
    code = CODE_BETWEEN.format(name, int(inner), CODE.format(arrived))
    interpreters.run_string(outer, code)


def goes_to_newer():
    older, newer = interpreters.create(), interpreters.create()
    runs_between(older, newer)


def goes_to_older():
    older, newer = interpreters.create(), interpreters.create()
    runs_between(newer, older)


WAYS = [
    delegates,
    delegates_throw,
    runs_task,
    cancels_task,
    calls_back,
    calls_cached,
    builds_class,
    prepares_class,
    sets_name,
    warms_property,
    warms_item,
    warms_attribute,
    warms_generator,
    warms_delegation,
    été,
]
if interpreters:
    WAYS += [runs_in_interpreter, goes_to_newer]
    if sys.version_info >= (3, 10):
        WAYS.append(goes_to_older)
