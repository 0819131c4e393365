"""Runs commands and says what they cost; the scripts beside it share this."""

import os
import shutil
import subprocess
import sys
import time


def run(command, shell=False, allowed=(0,), stderr=None):
    """Runs a command; gives its wall time in seconds and its peak memory in MiB.

    `stderr` is where its complaints go, as for subprocess. The memory is that of the largest process, as `/usr/bin/time -v` has it.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(command, shell=shell, stdout=subprocess.DEVNULL, stderr=stderr)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code not in allowed:
        sys.exit(f"{command} ended with {code}")
    # Linux counts in KiB, macOS in bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return wall, usage.ru_maxrss / unit


def output(*command):
    """What a command prints; the script ends where it fails."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def fixtrail():
    """The program: $FIXTRAIL, the release build of this checkout, or the one on the path."""
    here = os.path.dirname(os.path.abspath(__file__))
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(here, "..", "target"))
    built = os.path.join(target, "release", "fixtrail")
    found = os.environ.get("FIXTRAIL") or (built if os.path.exists(built) else shutil.which("fixtrail"))
    if not found:
        sys.exit("no fixtrail: cargo build --release, or set FIXTRAIL")
    return found


def row(name, seconds, more=""):
    print(f"{name:<10} {seconds:9.3f} s  {more}".rstrip(), flush=True)
