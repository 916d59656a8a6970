"""How fast every page is with many women, on SQLite and PostgreSQL, and how much her pages weigh.

    make bench-pages                                 5,000 women on each database
    make bench-pages ARGS="--patients 100000"        as many as the goals are written for
    make bench-pages ARGS="--only sqlite --page today --page journey"        a look at two pages
    make bench-pages ARGS="--home /tmp/crowd --only sqlite"                  a crowd that is kept

Pages are taken from the addresses themselves, so a new page is measured without a word here: every
address that answers a GET, for each role that may see it, with ids picked from the data. Time is
the server's, from the request to the whole answer, in one process without a network. Statements are
counted with few women and with many: no page may need more of them because there are more rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from postgres import server_programs, throwaway_server  # noqa: E402

FEW, MANY = 300, 5_000
GOAL_MS, GOAL_KB = 100.0, 150.0
SERVER = "-c shared_buffers=1GB -c max_wal_size=4GB -c maintenance_work_mem=256MB"


def main(arguments: Sequence[str]) -> int:
    """Measure, then print; 1 when a goal is missed."""
    asked = argparse.ArgumentParser(description="Every page, measured with many women.")
    asked.add_argument("--patients", type=int, default=MANY)
    asked.add_argument("--only", choices=("sqlite", "postgresql"))
    asked.add_argument("--page", action="append", default=[], help="by its name; else all")
    asked.add_argument("--asked", type=int, default=40, help="requests of each page")
    asked.add_argument("--home", type=Path, help="where the SQLite crowds are kept")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args(arguments)
    programs = server_programs()
    if options.only == "postgresql" and programs is None:
        raise SystemExit("No PostgreSQL was found on this machine; apt-get install postgresql.")
    found: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        home = options.home or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for vendor in ("sqlite", "postgresql"):
            if options.only not in (None, vendor) or (vendor == "postgresql" and not programs):
                continue
            for size in (FEW, options.patients):
                database = ""
                if vendor == "postgresql":
                    assert programs is not None
                    database = stack.enter_context(
                        throwaway_server(programs, waits_for_the_disk=True, more=SERVER)
                    )
                where = home / f"{vendor}-{size}"
                build(where, size, database)
                say(f"{vendor}: asking for every page with {size:,} women")
                found.setdefault(vendor, {})[str(size)] = measured(where, database, options)
    if options.json:
        print(json.dumps(found, indent=1))
        return 0
    missed = [show(vendor, by_size) for vendor, by_size in found.items()]
    return int(any(missed))


def build(where: Path, patients: int, database: str) -> None:
    """Let a demo make its women, unless they are there from an earlier time."""
    made = where / "made"
    if made.exists() and not database:
        return
    say(f"making {patients:,} women in {where}")
    where.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", "from patency.config.entry import main; main()", "demo"]
    command += ["--no-serve", "--patients", str(patients), "--out", str(where / "out")]
    command += ["--database", database] if database else []
    done = subprocess.run(
        command,
        env={**os.environ, "PATENCY_HOME": str(where)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"The women were not made:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    say(f"   {' '.join(done.stdout.split('women with')[-1].split())}")
    made.touch()


def measured(where: Path, database: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return what a process of its own measured, page by page."""
    command = [sys.executable, str(ROOT / "bench" / "pages_asked.py"), str(options.asked)]
    env = {**os.environ, "PATENCY_MODE": "demo", "PATENCY_HOME": str(where)}
    env |= {"DATABASE_URL": database} if database else {}
    done = subprocess.run(
        [*command, *options.page], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def show(vendor: str, by_size: Mapping[str, Any]) -> bool:
    """Print the table of one database; return whether a goal was missed."""
    few, many = (by_size[size] for size in sorted(by_size, key=int))
    head = f"{'page':30} {'role':14} {'p50 ms':>7} {'p95 ms':>7} {'SQL few':>8} {'SQL many':>8}"
    print(f"\n{vendor}, {max(by_size, key=int)} women\n\n{head} {'kB':>6}  remarks")
    missed = False
    for name, page in sorted(many["pages"].items(), key=lambda each: -each[1]["p95"]):
        remarks = list(remarks_of(page, few["pages"].get(name)))
        missed = missed or bool(remarks)
        before = few["pages"].get(name, {}).get("statements", "-")
        print(
            f"{name:30} {page['role']:14} {page['p50']:7.1f} {page['p95']:7.1f} {before:>8} "
            f"{page['statements']:>8} {page['kb']:6.1f}  {'; '.join(remarks)}"
        )
    for title, names in (
        ("only posted to", many["posted"]),
        ("not reached with this data", many["unreached"]),
    ):
        print(f"\n{title}: {', '.join(names) or 'none'}")
    print(
        f"\nHer pages after the first visit: at most {many['her_kb']:.0f} kB, files that a browser "
        f"keeps not counted; with them {many['her_first_kb']:.0f} kB at the first visit."
    )
    return missed


def remarks_of(page: Mapping[str, Any], few: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield what is not as it should be."""
    if page["p95"] > GOAL_MS:
        yield "slow"
    if few is not None and page["statements"] > few["statements"]:
        yield "more statements with more rows"
    if page["hers"] and page["kb"] > GOAL_KB:
        yield "heavy"


def say(text: str) -> None:
    """Tell what is being done, beside the figures."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
