"""Greenlets that wait for one another; the innermost dies. Each begins a stack of its own on that of another."""

import os
import signal

import greenlet


def innermost():
    sorted([1], key=lambda number: die())


def die():
    os.kill(os.getpid(), signal.SIGABRT)


def middle():
    passes_on(greenlet.greenlet(innermost))


def passes_on(other):
    sorted([1], key=lambda number: calls(other))


def calls(other):
    other.switch()


def outermost():
    calls(greenlet.greenlet(middle))


outermost()
