#!/usr/bin/env bash
# Usage: benches/core.sh CORE EXE [RUNS]
#
# Times the stacks of all threads of a core as whole processes, warm, the median of RUNS (default 7), each tool that is
# there in turn within one round: fixtrail with names, inlined calls, files, lines, arguments and the Python frames merged;
# eu-stack with names only, and with inlined calls, files and lines; gdb; pystack with its merged stacks, and py-spy, which
# reads Python frames alone, if they are on the path or PYSTACK and PYSPY name them. Peak memory is the largest of all runs.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
absolute() { (cd "$OLDPWD" && realpath "$1"); }
cd "$(dirname "$0")" || exit
exec python3 - "$(absolute "$1")" "$(absolute "$2")" "${3:-7}" <<'PYTHON'
import os, shutil, statistics, subprocess, sys

sys.path.insert(0, os.getcwd())
from common import fixtrail, row, run

core, exe, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
gdb = ["gdb", "-nx", "-batch", "-iex", "set auto-load off", "-iex", "set debuginfod enabled off"]
tools = {
    "fixtrail": [fixtrail(), "--quiet", "stack", core],
    "eu-stack": ["eu-stack", "--core", core, "-e", exe, "-n", "0"],
    "eu-stack+": ["eu-stack", "-i", "-s", "-m", "--core", core, "-e", exe, "-n", "0"],
    "gdb": [*gdb, "-ex", "thread apply all bt", exe, core],
}
pystack = os.environ.get("PYSTACK") or shutil.which("pystack")
if pystack:
    tools["pystack"] = [pystack, "core", core, exe, "--native"]
pyspy = os.environ.get("PYSPY") or shutil.which("py-spy")
if pyspy:
    tools["py-spy"] = [pyspy, "dump", "--core", core]
for name in [name for name, command in tools.items() if not shutil.which(command[0])]:
    print(f"{name}: not installed, left out")
    del tools[name]

# The names of eu-stack's and gdb's debuginfod servers are no part of the question.
os.environ.pop("DEBUGINFOD_URLS", None)
walls = {name: [] for name in tools}
memories = {name: [] for name in tools}
# eu-stack ends with 1 where it could not unwind a thread to its end.
for round in range(runs + 1):
    for name, command in tools.items():
        wall, memory = run(command, allowed=(0, 1), stderr=subprocess.DEVNULL)
        if round:
            walls[name].append(wall)
            memories[name].append(memory)
size = os.stat(core)
print(f"{core}: {size.st_size >> 20} MiB, of which {size.st_blocks >> 11} on disk; median of {runs}")
ours = statistics.median(walls["fixtrail"])
for name in tools:
    median = statistics.median(walls[name])
    row(name, median, f"{median / ours:6.2f} times fixtrail, {max(memories[name]):5.0f} MiB")
PYTHON
