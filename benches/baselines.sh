#!/usr/bin/env bash
# Usage: benches/baselines.sh INDEX CLONE CASES...
#
# The figures of `fixtrail eval`, and of simpler ways on the same inputs and the clone that the index is of: `git log
# --grep` of each function whose frame the signature calls a subject, `git log -S` of the same on C files (both newest
# first, the lists fused by reciprocal rank), and BM25 of the same names over commit messages; each with all names, and
# with the innermost three alone. They search all branches and are told no version; backports count as one with what they
# are of. Git's searches are one pass each over `git log`, with the commits that git would find: a process for each name
# would take hours. The pass over the changes takes minutes.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
absolute() { (cd "$OLDPWD" && realpath "$1"); }
cd "$(dirname "$0")" || exit
paths=()
for path in "$@"; do paths+=("$(absolute "$path")"); done
exec python3 - "${paths[@]}" <<'PYTHON'
import collections, glob, json, math, os, re, subprocess, sys

sys.path.insert(0, os.getcwd())
from common import fixtrail, output

index, clone, *folders = sys.argv[1:]
LOG = ["git", "-C", clone, "log", "--all", "--no-merges"]
# The constant of Cormack, Clarke and Büttcher (2009); those of Robertson's BM25.
FUSION, K1, B = 60, 1.2, 0.75
# Outer frames rather mislead these ways: each is also tried with so many innermost names alone.
FIRST = 3
WORD = re.compile(r"\w+")


def subject_names(path):
    """Functions of the subject frames without their classes, innermost first; none if the input cannot be read."""
    command = [fixtrail(), "--quiet", "--json", "signature", path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode:
        return []
    frames = json.loads(done.stdout)["signature"]["frames"]
    names = (frame["function"].rpartition(".")[2] for frame in frames if frame["class"] == "subject")
    # `<module>` is no name, and letters stand in every word.
    return list(dict.fromkeys(name for name in names if len(name) > 2 and name.isidentifier()))


def bare(subject):
    """A subject without what differs between a change and its backports."""
    return re.sub(r"^\[\d[\w.]*\]\s*|\s*\((GH-|#)\d+\)", "", subject).strip().lower()


class History:
    """Commits newest first; `group` numbers the first commit of the same change."""

    def __init__(self):
        self.ids, self.subjects, self.messages, self.group = [], [], [], []
        first = {}
        for record in output(*LOG, "--format=%H%n%B%x00").split("\0")[:-1]:
            commit, _, message = record.lstrip("\n").partition("\n")
            subject = message.lstrip("\n").partition("\n")[0]
            self.group.append(first.setdefault(bare(subject), len(self.ids)))
            self.ids.append(commit)
            self.subjects.append(subject)
            self.messages.append(message)
        self.number = {commit: at for at, commit in enumerate(self.ids)}

    def grep(self, name):
        return [at for at, message in enumerate(self.messages) if name in message]

    def pickaxe(self, names):
        """By name the commits that change how often it stands in a C file, as `git log -S NAME -- '*.c' '*.h'`."""
        found = {name: [] for name in names}
        # A name stands in many words: `list_sort` in `list_sort_impl`. Which, is asked once a word.
        any_name = re.compile("|".join(map(re.escape, sorted(names)))) if names else re.compile("$^")
        holds = {}
        counts = collections.Counter()
        commit = None
        command = [*LOG, "-p", "-U0", "--format=commit %H", "--", "*.c", "*.h"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as log:
            header = True
            for line in log.stdout:
                if line.startswith(("commit ", "diff --git ")):
                    for name in {name for name, count in counts.items() if count}:
                        if not found[name] or found[name][-1] != commit:
                            found[name].append(commit)
                    counts.clear()
                    header = True
                    if line.startswith("commit "):
                        commit = self.number[line.split()[1]]
                elif line.startswith("@@"):
                    header = False
                elif not header and line[0] in "+-":
                    sign = 1 if line[0] == "+" else -1
                    for word in WORD.findall(line):
                        names_in = holds.get(word)
                        if names_in is None:
                            names_in = [n for n in names if n in word] if any_name.search(word) else []
                            holds[word] = names_in
                        for name in names_in:
                            counts[name] += sign
        for name in {name for name, count in counts.items() if count}:
            found[name].append(commit)
        return found


class Bm25:
    """Robertson's weights over the words of messages; a name is itself and its parts between underscores."""

    def __init__(self, messages):
        self.postings = collections.defaultdict(list)
        self.lengths = []
        for at, message in enumerate(messages):
            words = collections.Counter(self.words(message))
            self.lengths.append(sum(words.values()))
            for word, count in words.items():
                self.postings[word].append((at, count))
        self.mean = sum(self.lengths) / len(self.lengths)

    @staticmethod
    def words(text):
        for word in WORD.findall(text.lower()):
            yield word
            if "_" in word.strip("_"):
                yield from filter(None, word.split("_"))

    def search(self, names):
        scores = collections.Counter()
        for word in {word for name in names for word in self.words(name)}:
            found = self.postings.get(word, [])
            idf = math.log(1 + (len(self.lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for at, count in found:
                norm = K1 * (1 - B + B * self.lengths[at] / self.mean)
                scores[at] += idf * count * (K1 + 1) / (count + norm)
        return sorted(scores, key=lambda at: (-scores[at], at))


def fused(lists):
    scores = collections.Counter()
    for found in lists:
        for rank, at in enumerate(found, 1):
            scores[at] += 1 / (FUSION + rank)
    return sorted(scores, key=lambda at: (-scores[at], at))


def right_groups(label, history):
    """Changes that a label accepts: by commit, or by an issue that a subject names."""
    commits = tuple(name.lower() for name in label.get("fix", []) + label.get("backports", []))
    right = {history.group[at] for at, commit in enumerate(history.ids) if commits and commit.startswith(commits)}
    for issue in label.get("issue", []):
        named = re.compile(rf"\b{re.escape(issue)}\b", re.IGNORECASE)
        for at, subject in enumerate(history.subjects):
            if issue.split("-")[-1] in subject and named.search(bare(subject)):
                right.add(history.group[at])
    return right


def rank(found, right, history):
    groups = dict.fromkeys(history.group[at] for at in found)
    return next((at for at, group in enumerate(groups, 1) if group in right), None)


def labels():
    found = {}
    for folder in folders:
        here = os.path.join(folder, "case.json")
        for path in [here] if os.path.exists(here) else sorted(glob.glob(os.path.join(folder, "*", "case.json"))):
            try:
                with open(path, encoding="utf-8") as file:
                    label = json.load(file)
                found.setdefault(label["id"], (os.path.dirname(path), label))
            except (ValueError, KeyError, TypeError):
                pass  # `fixtrail eval` names what is broken.
    return found


def print_figures(inputs, ways):
    print(f"{'shape':<14}{'way':<20}{'inputs':>7}" + "".join(f"{f'R@{k}':>8}" for k in (1, 3, 5, 10)) + f"{'MRR':>8}")
    for shape in [*sorted({i["shape"] for i in inputs}), "all"]:
        chosen = [at for at, i in enumerate(inputs) if shape in (i["shape"], "all")]
        for way, ranks in ways.items():
            mine = [ranks[at] for at in chosen]
            shares = [sum(1 for r in mine if r and r <= k) / len(mine) for k in (1, 3, 5, 10)]
            shares.append(sum(1 / r for r in mine if r) / len(mine))
            print(f"{shape:<14}{way:<20}{len(mine):>7}" + "".join(f"{100 * share:>8.1f}" for share in shares))


evaluation = json.loads(output(fixtrail(), "--quiet", "--json", "--index", index, "eval", *folders))
inputs = evaluation["inputs"]
if not inputs:
    sys.exit("no case: a folder with a case.json and an input beside it")
known = labels()
names = [subject_names(os.path.join(known[i["case"]][0], i["file"])) for i in inputs]
history = History()
every = sorted({name for list_ in names for name in list_})
print(f"{len(inputs)} inputs, {len(every)} functions, {len(history.ids)} commits", file=sys.stderr, flush=True)
grep = {name: history.grep(name) for name in every}
pickaxe = history.pickaxe(every)
bm25 = Bm25(history.messages)
ways = collections.defaultdict(list)
accepted = {case: right_groups(label, history) for case, (_, label) in known.items()}
for i, own in zip(inputs, names):
    right = accepted[i["case"]]
    ways["fixtrail"].append(i["rank"])
    for which, chosen in (("", own), (f", {FIRST}", own[:FIRST])):
        ways["git log --grep" + which].append(rank(fused(grep[name] for name in chosen), right, history))
        ways["git log -S" + which].append(rank(fused(pickaxe[name] for name in chosen), right, history))
        ways["BM25" + which].append(rank(bm25.search(chosen), right, history))
print_figures(inputs, ways)
PYTHON
