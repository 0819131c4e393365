# Brings the interpreter into a state that is worth seeing, and ends it there: interpreter.py STATE.
import gc
import os
import sys
import threading
import time
import weakref


def locks():
    first, second, plain, event = threading.RLock(), threading.RLock(), threading.Lock(), threading.Event()
    entered = [threading.Event(), threading.Event()]

    def crossed(own, other, mine, theirs):
        with own:
            mine.set()
            theirs.wait()
            with other:
                pass

    def joins():
        threads[0].join()

    def waits():
        event.wait()

    def locks_twice():
        plain.acquire()
        plain.acquire()

    work = [
        ("one", lambda: crossed(first, second, entered[0], entered[1])),
        ("two", lambda: crossed(second, first, entered[1], entered[0])),
        ("joins", joins),
        ("waits", waits),
        ("locks", locks_twice),
    ]
    threads = [threading.Thread(target=function, name=name) for name, function in work]
    for thread in threads:
        thread.daemon = True
        thread.start()
    time.sleep(0.5)
    os.abort()


def collects():
    class Node(object):
        pass

    node = Node()
    node.node = node
    reference = weakref.ref(node, lambda _: os.abort())
    del node
    gc.collect()
    return reference


def handles():
    try:
        {}["key"]
    except KeyError:
        try:
            raise ValueError("a value")
        except ValueError:
            os.abort()


def causes():
    # No syntax of Python 2.
    exec("try:\n  raise OSError(2, 'gone')\nexcept OSError as e:\n  cause = e\n"
         "try:\n  raise RuntimeError('caused') from cause\nexcept RuntimeError:\n  os.abort()", globals())


def circles():
    def chained(error, context):
        error.__context__ = context
        return error

    inner, outer = KeyError("inner"), ValueError("outer")
    # Not by raising them, which cuts circles.
    inner.__context__ = outer
    outer.__context__ = inner
    gen = (os.abort() for _ in [0])
    try:
        raise RuntimeError("first")
    except RuntimeError as error:
        error.__context__ = outer
        next(gen)


def recurses(left=180):
    if left == 0:
        os.abort()
    recurses(left - 1)


def imports():
    with open("crashes_at_import.py", "w") as module:
        module.write("import os\nos.abort()\n")
    sys.path.insert(0, os.getcwd())
    import crashes_at_import


def import_locks():
    with open("sleeps_at_import.py", "w") as module:
        module.write("import time\ntime.sleep(1000)\n")
    sys.path.insert(0, os.getcwd())

    def imports():
        import sleeps_at_import

    for name in ["first", "second"]:
        thread = threading.Thread(target=imports, name=name)
        thread.daemon = True
        thread.start()
        time.sleep(0.5)
    os.abort()


class Last(object):
    def __del__(self, abort=os.abort):
        abort()


def finalizes():
    sys.last_of_all = Last()


if sys.argv[1] == "recurses":
    sys.setrecursionlimit(190)
globals()[sys.argv[1]]()
