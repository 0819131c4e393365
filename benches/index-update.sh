#!/usr/bin/env bash
# Usage: benches/index-update.sh CLONE [COMMITS]
#
# Makes a repository that borrows the objects of CLONE, its branches COMMITS (50) first parents back, builds an index,
# moves the branches forward again and times `fixtrail index update`. CLONE is not written to.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cd "$(dirname "$0")" || exit
exec python3 - "$(cd "$OLDPWD" && realpath "$1")" "${2:-50}" <<'PYTHON'
import os, subprocess, sys, tempfile

sys.path.insert(0, os.getcwd())
from common import fixtrail, output, row, run

clone, back = sys.argv[1], int(sys.argv[2])


def set_refs(repository, refs):
    lines = "".join(f"update {name} {commit}\n" for name, commit in refs.items())
    subprocess.run(["git", "-C", repository, "update-ref", "--stdin"], input=lines, text=True, check=True)


def references(pattern):
    lines = output("git", "-C", clone, "for-each-ref", "--format=%(refname) %(objectname)", *pattern).splitlines()
    return dict(line.split() for line in lines)


def before(commit):
    path = output("git", "-C", clone, "rev-list", "--first-parent", f"--max-count={back + 1}", commit).split()
    return path[-1]


with tempfile.TemporaryDirectory() as folder:
    copy, index = os.path.join(folder, "copy.git"), os.path.join(folder, "index")
    output("git", "init", "--quiet", "--bare", copy)
    objects = output("git", "-C", clone, "rev-parse", "--git-path", "objects").strip()
    with open(os.path.join(copy, "objects", "info", "alternates"), "w") as file:
        file.write(os.path.join(clone, objects) + "\n")
    head = output("git", "-C", clone, "rev-parse", "HEAD").strip()
    now = references(["refs/heads", "refs/remotes"]) | {"refs/heads/bench": head}
    # Only what the oldest refs reach is new later, so tags come along where they are older.
    earlier = {name: before(commit) for name, commit in now.items()}
    output("git", "-C", copy, "symbolic-ref", "HEAD", "refs/heads/bench")
    set_refs(copy, earlier)
    program = [fixtrail(), "--quiet", "--index", index, "index"]
    build, _ = run([*program, "build", copy])
    row("build", build)
    set_refs(copy, now)
    new = output("git", "-C", copy, "rev-list", "--count", *set(now.values()), "--not", *set(earlier.values())).strip()
    update, memory = run([*program, "update"])
    row("update", update, f"{new} new commits, peak memory {memory:.0f} MiB")
    nothing, _ = run([*program, "update"])
    row("nothing", nothing, "no new commits")
PYTHON
