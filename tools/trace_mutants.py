"""Takes away each carrier of each sentence in turn and sees one of the sentence's checks fail.

    make trace-mutants                    every sentence
    make trace-mutants ARGS="S2.3 S2.9"   these sentences

A rule, parameter or question is taken out of the loaded protocol, and the sentence's own examples
and cases are decided again. What they do not miss, and everything that is code or a site's file,
is taken out of a copy of the program, and the sentence's tests are run on the copy. Leaves with 1
when a sentence's checks pass although one of its carriers is gone: such a sentence is not live.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree

from carriers import NOTHING, NotFound, take_away
from patency.config.data import load_protocol
from patency.core.protocol.model import Protocol
from patency.core.study.live import comes_out, without
from patency.core.study.trace import (
    CASE,
    EXAMPLE,
    MESSAGE,
    PARAMETER,
    QUESTION,
    ROW,
    RULE,
    TraceRow,
    trace,
)
from patency.doors.cli.trace import read_sheet, repeating

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "patency"
DEFAULT = "hsg/2026-1"
IN_THE_PROTOCOL = (RULE, PARAMETER, QUESTION, MESSAGE)
WITHOUT_DJANGO = ("tests/unit/", "tests/spec/")
AT_ONCE = 2


def main(arguments: Sequence[str]) -> int:
    """Return 0 when every carrier is missed by a check, else 1."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument(
        "rows", nargs="*", metavar="ROW", help="sentences, such as S2.9; all if none"
    )
    asked.add_argument("--protocol", default=DEFAULT)
    options = asked.parse_args(arguments)
    protocol = load_protocol(options.protocol)
    sheet = read_sheet(options.protocol.partition("/")[0])
    rows = trace(sheet, protocol)
    if unknown := set(options.rows) - {row.id for row in rows}:
        print(f"No sentence is called {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 1
    chosen = [row for row in rows if not options.rows or row.id in options.rows]
    return judge(protocol, chosen)


def judge(protocol: Protocol, rows: Sequence[TraceRow]) -> int:
    """Print each sentence with its carriers as they are judged; return 0 when all are live."""
    broken = [
        f"{row.id}: {check}"
        for row in rows
        for check in row.checked_by
        if inside(check) and not comes_out(check, protocol, protocol)
    ]
    tests = sorted({check for row in rows for check in row.checked_by if is_test(check)})
    failing = tests_missing(protocol.version, NOTHING, tests)
    broken += sorted(f"{test} does not pass as it is" for test in failing)
    if broken:
        print("Before anything is taken away:", *broken, sep="\n  ", file=sys.stderr)
        return 1
    missed = {
        (row.id, carrier): missed_inside(protocol, row, carrier)
        for row in rows
        for carrier in own_carriers(row)
    }
    waiting: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for carrier in own_carriers(row):
            if not missed[row.id, carrier]:
                waiting[carrier] |= {check for check in row.checked_by if is_test(check)}
    print(f"{len(missed)} carriers, {len(waiting)} of them to be taken out of a copy.", flush=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {
            carrier: pool.submit(tests_missing, protocol.version, carrier, sorted(tests))
            for carrier, tests in waiting.items()
        }
        dead = 0
        for row in rows:
            for carrier in own_carriers(row):
                if carrier in jobs and not missed[row.id, carrier]:
                    missed[row.id, carrier] = next(
                        (check for check in row.checked_by if check in jobs[carrier].result()), ""
                    )
            dead += not told(row, {one: missed[row.id, one] for one in own_carriers(row)})
    repeats = sum(bool(row.repeats) for row in rows)
    own = len(rows) - repeats
    print(f"\n{own - dead} of {own} sentences are live{repeating(repeats)}.")
    return 1 if dead else 0


def told(row: TraceRow, missed: dict[str, str]) -> bool:
    """Print one sentence; return whether it is live."""
    if row.repeats:
        print(f"{row.id:6} repeats {', '.join(row.repeats)}", flush=True)
        return True
    silent = [carrier for carrier, check in missed.items() if not check]
    live = bool(missed) and not silent
    state = "live" if live else "NOT LIVE"
    print(f"{row.id:6} {state}: {len(missed) - len(silent)} of {len(missed)} carriers", flush=True)
    for carrier in silent:
        print(f"         nothing misses {carrier}", flush=True)
    return live


def own_carriers(row: TraceRow) -> tuple[str, ...]:
    """Return what carries a sentence; one that repeats others is carried by theirs."""
    return tuple(one for one in row.carried_by if not one.startswith(f"{ROW}:"))


def inside(check: str) -> bool:
    """Return whether a check is decided in this process."""
    return check.startswith((f"{EXAMPLE}:", f"{CASE}:"))


def is_test(check: str) -> bool:
    """Return whether a check is the node id of a test."""
    return check.startswith("tests/")


def missed_inside(protocol: Protocol, row: TraceRow, carrier: str) -> str:
    """Return the first example or case that fails without a carrier, or nothing."""
    if carrier.partition(":")[0] not in IN_THE_PROTOCOL:
        return ""
    left, nobody_asks = without(protocol, carrier)
    return next(
        (
            check
            for check in row.checked_by
            if inside(check) and not comes_out(check, protocol, left, nobody_asks)
        ),
        "",
    )


def tests_missing(version: str, carrier: str, tests: Sequence[str]) -> frozenset[str]:
    """Return the tests that fail on a copy of the program without a carrier."""
    if not tests:
        return frozenset()
    with tempfile.TemporaryDirectory(prefix="patency-without-") as folder:
        copy = Path(folder) / "patency"
        copytree(SOURCE, copy)
        try:
            take_away(copy, version, carrier)
        except NotFound as lost:
            print(f"         {lost}", file=sys.stderr, flush=True)
            return frozenset()
        return frozenset(tests) - run_tests(copy.parent, tests)


def run_tests(source: Path, tests: Iterable[str]) -> frozenset[str]:
    """Return those tests that pass with the program under ``source``."""
    tests = list(tests)
    if not tests:
        return frozenset()
    # Without migrations: the tables come from the models, in a fifth of the time.
    plain = all(test.startswith(WITHOUT_DJANGO) for test in tests)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rA", "--no-header", "--tb=no"),
            *("-p", "no:cacheprovider", *(("-p", "no:django") if plain else ("--no-migrations",))),
            *tests,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
    )
    came: dict[str, set[str]] = defaultdict(set)
    for line in done.stdout.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("PASSED", "FAILED", "ERROR", "SKIPPED"):
            node = rest.split(" - ")[0].strip()
            came[node].add(word)
            came[node.partition("[")[0]].add(word)
    return frozenset(test for test in tests if came[test] == {"PASSED"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
