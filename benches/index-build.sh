#!/usr/bin/env bash
# Usage: benches/index-build.sh CLONE [ROUNDS]
#
# Times `fixtrail index build CLONE` against git printing the same diffs, in turns (3 rounds unless said otherwise),
# and prints both, the median of their ratios, the peak memory of the build and the size of the index. A short
# warm-up of git first, so that neither side pays for a cold cache.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cd "$(dirname "$0")" || exit
exec python3 - "$(cd "$OLDPWD" && realpath "$1")" "${2:-3}" <<'PYTHON'
import os, statistics, sys, tempfile

sys.path.insert(0, os.getcwd())
from common import fixtrail, row, run

clone, rounds = sys.argv[1], int(sys.argv[2])
log = f"git -C '{clone}' log --all --no-merges -p -U0 -- '*.c' '*.h' '*.py'"
ratios = []
run(log.replace(" log ", " log -n 2000 "), shell=True)
with tempfile.TemporaryDirectory() as folder:
    for number in range(1, rounds + 1):
        print(f"round {number}")
        git, _ = run(log, shell=True)
        row("git log", git)
        build, memory = run([fixtrail(), "--quiet", "--index", folder, "index", "build", clone])
        files = (os.path.join(path, name) for path, _, names in os.walk(folder) for name in names)
        size = sum(os.path.getsize(file) for file in files) / (1 << 20)
        ratios.append(build / git)
        row("build", build, f"ratio {build / git:.2f}, peak memory {memory:.0f} MiB, index {size:.0f} MiB")
print(f"median ratio {statistics.median(ratios):.2f} of {rounds}")
PYTHON
