#!/usr/bin/env bash
# Usage: benches/triage.sh INDEX REPORT [CLONE]
#
# Times `fixtrail triage REPORT` as whole processes, warm, the median of 20. With a CLONE, also the way without an
# index: `git log --all --grep` for each of the signature's first functions, a process each, once.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
absolute() { (cd "$OLDPWD" && realpath "$1"); }
cd "$(dirname "$0")" || exit
exec python3 - "$(absolute "$1")" "$(absolute "$2")" ${3:+"$(absolute "$3")"} <<'PYTHON'
import json, os, statistics, sys

sys.path.insert(0, os.getcwd())
from common import fixtrail, output, row, run

index, report, *clone = sys.argv[1:]
triage = [fixtrail(), "--quiet", "--index", index, "triage", report]
# Exit status 1 says that nothing convincing was found.
walls = [run(triage, allowed=(0, 1)) for _ in range(22)][2:]
median = statistics.median(wall for wall, _ in walls)
memory = max(memory for _, memory in walls)
row("triage", median, f"median of {len(walls)}, peak memory {memory:.0f} MiB")
if clone:
    signature = json.loads(output(fixtrail(), "--json", "signature", report))["signature"]
    names = list(dict.fromkeys(signature["text"].split(" < ")))[:4]
    total = 0
    for name in names:
        grep = ["git", "-C", clone[0], "log", "--all", "--oneline", "--fixed-strings", f"--grep={name}"]
        total += run(grep)[0]
    row("git log", total, f"--grep of {', '.join(names)}; {total / median:.0f} times triage")
PYTHON
