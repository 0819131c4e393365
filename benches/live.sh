#!/usr/bin/env bash
# Usage: benches/live.sh [ROUNDS [PYTHON]]
#
# Measures for how long a process stands still while its stacks are read. The target is a process of PYTHON (default: the
# newest python3 there is) with nine threads, of which eight work all the time; the ninth, in C, reads the clock every 20 us
# before all others, and writes down the gaps. In each of ROUNDS (default 200) every tool reads the stacks once, in turn:
# fixtrail, and py-spy and pystack if they are on the path or PYSPY and PYSTACK name them. `nothing` is a pause as long as
# the median tool, and shows what the machine itself does. What the target gets done meanwhile is less than with nothing
# also because a tool takes processor time. Needs cc, and root for a gauge that nothing disturbs.
set -euo pipefail
[[ $# -le 2 && ${1:-1} =~ ^[1-9][0-9]*$ ]] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
absolute() { (cd "$OLDPWD" && realpath -s "$(command -v "$1")"); }
cd "$(dirname "$0")" || exit
exec python3 - "${1:-200}" ${2:+"$(absolute "$2")"} <<'PYTHON'
import ctypes, mmap, os, shutil, statistics, subprocess, sys, tempfile, time

sys.path.insert(0, os.getcwd())
from common import fixtrail

rounds = int(sys.argv[1])
# The gauge writes down gaps longer than this. Its own rests are shorter.
WRITTEN = 100_000
# Only those longer than this are summed and counted as stops: a loaded machine makes many shorter ones by itself.
COUNTED = 500_000
# Places in the shared file, as in gauge.c and gauged.py.
GAPS, READINGS, PRIORITY, FIRST_UNIT, FIRST_GAP, ROOM = 0, 1, 2, 8, 64, 32768
UNITS = 8


def newest_python():
    for minor in range(30, 5, -1):
        found = shutil.which(f"python3.{minor}")
        # A shim of pyenv may be there without a Python behind it.
        if found and subprocess.run([found, "-c", "import ctypes"], stderr=subprocess.DEVNULL).returncode == 0:
            return found
    return sys.executable


class Target:
    """The process that is looked at, and the file that it shares."""

    def __init__(self, python, folder):
        library, path = f"{folder}/gauge.so", f"{folder}/shared"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-pthread", "-o", library, "gauge.c"], check=True)
        with open(path, "w+b") as file:
            file.truncate(8 * (FIRST_GAP + 2 * ROOM))
            self.memory = mmap.mmap(file.fileno(), 0)
        self.shared = (ctypes.c_uint64 * (len(self.memory) // 8)).from_buffer(self.memory)
        command = [python, "gauged.py", library, path, str(WRITTEN)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            sys.exit(f"{python} does not run the target")
        self.pid = self.process.pid

    def units(self):
        return sum(self.shared[FIRST_UNIT : FIRST_UNIT + UNITS])

    def gaps(self, begin, end):
        """Lengths of the gaps that began in a span of time, in nanoseconds."""
        newest, lengths = self.shared[GAPS] - 1, []
        for number in range(newest, max(-1, newest - ROOM), -1):
            place = FIRST_GAP + 2 * (number % ROOM)
            if self.shared[place] < begin:
                break
            if self.shared[place] < end:
                lengths.append(self.shared[place + 1])
        return lengths


class Runs:
    """What was measured of one tool, run by run; times in milliseconds."""

    def __init__(self):
        self.longest, self.total, self.stops, self.walls = [], [], [], []
        self.units = self.failed = 0

    def measure(self, target, command):
        units, begin = target.units(), time.monotonic_ns()
        command()
        end, units = time.monotonic_ns(), target.units() - units
        # The gauge writes a gap down after its end.
        time.sleep(0.01)
        gaps = target.gaps(begin, end)
        stops = [gap for gap in gaps if gap > COUNTED]
        self.longest.append(max(gaps, default=0) / 1e6)
        self.total.append(sum(stops) / 1e6)
        self.stops.append(len(stops))
        self.walls.append((end - begin) / 1e6)
        self.units += units

    def rate(self):
        """Units of work in a millisecond."""
        return self.units / sum(self.walls)


def of_both(values, form):
    return f"{statistics.median(values):{form}} {max(values):{form}}"


def all_tools(pid):
    tools = {"fixtrail": [fixtrail(), "--quiet", "stack", "--pid", pid]}
    pyspy = os.environ.get("PYSPY") or shutil.which("py-spy")
    if pyspy:
        tools["py-spy"] = [pyspy, "dump", "--pid", pid]
        tools["py-spy --native"] = [pyspy, "dump", "--native", "--pid", pid]
    pystack = os.environ.get("PYSTACK") or shutil.which("pystack")
    if pystack:
        tools["pystack"] = [pystack, "remote", pid]
        tools["pystack --native-all"] = [pystack, "remote", "--native-all", pid]
    return tools


def call(command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def bench(target):
    tools = all_tools(str(target.pid))
    # One run of each before the first round, which also fills the caches of files.
    walls = []
    for name, command in list(tools.items()):
        begin = time.monotonic()
        code = call(command)
        if code:
            print(f"{name}: ended with {code}, left out")
            del tools[name]
        else:
            walls.append(time.monotonic() - begin)
    pause = statistics.median(walls)

    priority = {1: "goes first (SCHED_FIFO)", 2: "may not go first, has nice -20", 3: "has no priority: take care"}
    print(f"the gauge {priority[target.shared[PRIORITY]]}; gaps count as stops above {COUNTED // 1000} us")
    readings, floor = target.shared[READINGS], Runs()
    floor.measure(target, lambda: time.sleep(3))
    readings = (target.shared[READINGS] - readings) / 3
    print(f"without any tool, 3 s: {readings:.0f} readings/s, {floor.stops[0]} such gaps, the longest {floor.longest[0]:.3f} ms")

    runs = {name: Runs() for name in ["nothing", *tools]}
    for _ in range(rounds):
        runs["nothing"].measure(target, lambda: time.sleep(pause))
        for name, command in tools.items():

            def once():
                if call(command):
                    runs[name].failed += 1

            runs[name].measure(target, once)
    if target.process.poll() is not None:
        sys.exit(f"the target ended with {target.process.returncode}")

    print(f"{rounds} rounds; median and maximum of a run, times in ms; work is what the target got done, against nothing\n")
    print(f"{'':<20} {'longest stop':>17} {'all stops':>19} {'stops':>11} {'wall':>15}   work")
    for name, run in runs.items():
        stood = f"{of_both(run.longest, '8.3f')}  {of_both(run.total, '9.3f')}  {of_both(run.stops, '5.0f')}"
        work = run.rate() / runs["nothing"].rate()
        failed = f", failed {run.failed} times" if run.failed else ""
        print(f"{name:<20} {stood}  {of_both(run.walls, '7.1f')}  {work:4.0%}{failed}")
    print("\nfixtrail's share of what the others need, by the medians")
    ours = runs["fixtrail"]
    for name in [name for name in tools if name != "fixtrail"]:
        theirs = runs[name]
        shares = [
            f"{what} {statistics.median(mine) / statistics.median(other):6.3f}"
            for what, mine, other in [
                ("longest stop", ours.longest, theirs.longest),
                ("all stops", ours.total, theirs.total),
                ("wall", ours.walls, theirs.walls),
            ]
            if statistics.median(other)
        ]
        print(f"{name:<20} {', '.join(shares)}")


python = sys.argv[2] if len(sys.argv) > 2 else newest_python()
with tempfile.TemporaryDirectory() as folder:
    target = Target(python, folder)
    try:
        version = subprocess.run([python, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
        print(f"target: {version}, 9 threads, {os.cpu_count()} processors")
        bench(target)
    finally:
        target.process.kill()
        target.process.wait()
PYTHON
