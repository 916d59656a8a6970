"""The 7:00 release beside pretix and beside the limit in sight, on one PostgreSQL in one run.

    make bench-release                     the table
    make bench-release ARGS=--json         the same for a program
    make bench-release ARGS="--rounds 1 --seconds 2 --without-pretix"     quickly

It sets up everything itself: a throw-away PostgreSQL that waits for its disk (fsync on), the door
as it is served, pretix from PyPI by gunicorn with one worker, and one client program for both, in a
process of its own. Rounds of the sides take turns, so that a busy machine is busy for all. What is
counted as sold is read from the tables, not from the answers.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import claim_ours as ours  # noqa: E402  (beside this file)
from claim_pretix import THREADS, VERSION, Pretix  # noqa: E402

from postgres import free_port, server_programs, throwaway_server  # noqa: E402

PLACES, ARRIVALS, PRETIX_ARRIVALS = 60, 1000, 200
CLIENTS = (1, 8, 32)
WOMEN_A_SECOND = 9000  # more than can be answered, so that nobody runs out of women
PRETIX_WOMEN = 400
GOALS = {
    "p99_ms": 50.0,
    "times_pretix": 100.0,
    "of_pgbench": 0.8,
}
WORDS = ['"answer":"number"', '"answer":"waiting"', '"answer":"sold-out"', '"status":"p"', "quota"]


def main(arguments: Sequence[str]) -> None:
    """Measure, then print."""
    asked = argparse.ArgumentParser(description="The 7:00 release, measured.")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seconds", type=float, default=4.0, help="of each throughput round")
    asked.add_argument("--pgbench-seconds", type=int, default=30)
    asked.add_argument("--without-pretix", action="store_true")
    options = asked.parse_args(arguments)
    programs = server_programs()
    if programs is None or not (programs / "pgbench").exists():
        raise SystemExit(
            "bench-release needs PostgreSQL with pgbench on this machine; none was found. Install "
            "one (apt-get install postgresql)."
        )
    more = "-c max_connections=120 -c shared_buffers=256MB"
    with (
        tempfile.TemporaryDirectory(prefix="patency-bench-") as folder,
        throwaway_server(programs, waits_for_the_disk=True, more=more) as address,
    ):
        told = measure(Path(folder), programs, address, options)
    print(json.dumps(told, indent=2)) if options.json else show(told)


def measure(
    home: Path, programs: Path, address: str, options: argparse.Namespace
) -> dict[str, Any]:
    """Return everything that was measured, and with what."""
    ours.set_up(address, home)
    rival = None if options.without_pretix else pretix(home, programs, address, options.rounds)
    run_pgbench(programs, address, "-i", "-q", "-s", "50")
    port = free_port()
    client = Client(home)
    women = int(WOMEN_A_SECOND * options.seconds)
    crowds = [ours.make_release(n, PLACES, ARRIVALS) for n in range(options.rounds)]
    ample = ours.make_release(90, women * options.rounds, women * options.rounds)
    run_sql(address, "VACUUM ANALYZE")
    seen: dict[str, list[dict[str, Any]]] = {}
    tps: list[float] = []
    share_s = max(2, options.pgbench_seconds // options.rounds)
    with ours.door(address, home, port):
        warm = ours.make_release(91, 2000, 2000)
        client.closed(port, warm, clients=8, seconds=1.5)
        for turn in range(options.rounds):
            crowd = client.open(port, crowds[turn], seconds=1.0)
            crowd["kept"] = ours.kept(turn)
            seen.setdefault("ours crowd", []).append(crowd)
            mine = iter_parts(ample[turn * women : (turn + 1) * women], len(CLIENTS))
            for clients, requests in zip(CLIENTS, mine, strict=True):
                found = client.closed(port, requests, clients=clients, seconds=options.seconds / 2)
                seen.setdefault(f"ours {clients}", []).append(found)
            # Beside pgbench at the moment it runs: a machine is not the same from minute to minute.
            tps.append(pgbench(programs, address, share_s))
            if rival is not None:
                measure_pretix(rival, client, turn, options.seconds, seen)
    lite = sqlite(home, client, options.seconds)
    return {
        "machine": machine(programs),
        "setting": {"rounds": options.rounds, "places": PLACES, "arrivals": ARRIVALS},
        "crowd": [short(each) for each in seen["ours crowd"]],
        "pretix_crowd": [short(each) for each in seen.get("pretix crowd", [])],
        "throughput": {str(c): summed(seen[f"ours {c}"]) for c in CLIENTS},
        "pretix_throughput": {
            str(c): summed(seen[f"pretix {c}"]) for c in CLIENTS if f"pretix {c}" in seen
        },
        "pgbench_tps": tps,
        "sqlite": lite,
        "goals": goals(seen, tps),
    }


def goals(seen: dict[str, list[dict[str, Any]]], tps: list[float]) -> dict[str, Any]:
    """Return each goal with what was measured; medians over the rounds."""
    mine = [each["a_second"] for each in seen["ours 32"]]
    crowds = seen["ours crowd"]
    found: dict[str, Any] = {
        "sold_equals_capacity": all(each["kept"].get("number") == PLACES for each in crowds),
        "everyone_answered": all(each["answered"] == ARRIVALS for each in crowds),
        "p99_ms": median(each["p99_ms"] for each in crowds),
        "of_pgbench": median(m / t for m, t in zip(mine, tps, strict=True)),
    }
    if "pretix 32" in seen:
        rivals = [each["a_second"] for each in seen["pretix 32"]]
        found["times_pretix"] = median(m / r for m, r in zip(mine, rivals, strict=True))
    return {"goal": GOALS, "measured": found}


def pretix(home: Path, programs: Path, address: str, rounds: int) -> Pretix:
    """Return pretix with its tables and events made, on the same server."""
    run_sql(address, "CREATE DATABASE pretix")
    rival = Pretix(ROOT / "var" / "bench", home, programs, address)
    plan = {f"crowd{n}": PLACES for n in range(rounds)} | {"ample": 1_000_000}
    rival.set_up(plan)
    return rival


def measure_pretix(
    rival: Pretix,
    client: "Client",
    turn: int,
    seconds: float,
    seen: dict[str, list[dict[str, Any]]],
) -> None:
    """Measure the same of pretix: fewer women, because it would take minutes."""
    with rival.served():
        client.closed(rival.port, rival.requests("ample", 8), clients=2, seconds=3)
        crowd = client.open(rival.port, rival.requests(f"crowd{turn}", PRETIX_ARRIVALS), seconds=1)
        crowd["kept"] = {"number": rival.sold(f"crowd{turn}")}
        seen.setdefault("pretix crowd", []).append(crowd)
        for clients in CLIENTS:
            requests = rival.requests("ample", PRETIX_WOMEN)
            found = client.closed(rival.port, requests, clients=clients, seconds=seconds)
            seen.setdefault(f"pretix {clients}", []).append(found)


def sqlite(home: Path, client: "Client", seconds: float) -> dict[str, Any]:
    """Return the same promises on SQLite, in a process of its own, at whatever speed it has."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "claim_sqlite.py"), str(home / "lite"), str(seconds)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {"error": done.stderr[-500:]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class Client:
    """The client program, in a process of its own for each round."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def open(self, port: int, requests: list[bytes], *, seconds: float) -> dict[str, Any]:
        return self._run({"port": port, "mode": "open", "seconds": seconds}, requests)

    def closed(
        self, port: int, requests: list[bytes], *, clients: int, seconds: float
    ) -> dict[str, Any]:
        plan = {"port": port, "mode": "closed", "clients": clients, "seconds": seconds}
        return self._run(plan, requests)

    def _run(self, plan: dict[str, Any], requests: list[bytes]) -> dict[str, Any]:
        file = ours.write_requests(self.home / "requests", requests)
        plan |= {"host": "127.0.0.1", "requests": str(file), "words": WORDS}
        (self.home / "plan.json").write_text(json.dumps(plan))
        program = str(ROOT / "bench" / "claim_load.py")
        done = subprocess.run(
            [sys.executable, program, str(self.home / "plan.json")],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"The client program failed:\n{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def iter_parts(requests: list[bytes], parts: int) -> Iterator[list[bytes]]:
    """Yield shares that grow with the clients: one client needs few women."""
    few = len(requests) // 6
    yield requests[:few]
    yield requests[few : 3 * few]
    yield requests[3 * few :]
    assert parts == len(CLIENTS) == 3


def pgbench(programs: Path, address: str, seconds: int) -> float:
    """Return the transactions a second of pgbench's simple update, 32 clients, prepared."""
    said = run_pgbench(
        programs, address, "-N", "-M", "prepared", "-s", "50", "-c", "32", "-j", "2", "-T",
        str(seconds), "-n",
    )  # fmt: skip
    line = next(line for line in said.splitlines() if line.startswith("tps ="))
    return float(line.split()[2])


def run_pgbench(programs: Path, address: str, *options: str) -> str:
    done = subprocess.run(
        [str(programs / "pgbench"), *options, address],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"pgbench failed: {done.stderr[-1000:]}")
    return done.stdout


def run_sql(address: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as there:
        there.execute(statement)


def short(found: dict[str, Any]) -> dict[str, Any]:
    kept = ("answered", "p50_ms", "p99_ms", "max_ms", "said", "kept", "last_s", "seconds")
    return {name: found[name] for name in kept if name in found}


def summed(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians of some rounds, and each round's rate."""
    names = ("a_second", "p50_ms", "p99_ms", "max_ms")
    found: dict[str, Any] = {
        name: median(each[name] for each in rounds if each[name] is not None) for name in names
    }
    found["rounds"] = [round(each["a_second"], 1) for each in rounds]
    found["said"] = [each["said"] for each in rounds]
    return found


def machine(programs: Path) -> dict[str, str]:
    """Return what it ran on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    said = subprocess.run([programs / "postgres", "-V"], capture_output=True, text=True, check=True)
    return {
        "processor": f"{os.cpu_count()} × {models[0] if models else platform.machine()}",
        "load_before": " ".join(f"{each:.1f}" for each in os.getloadavg()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgresql": said.stdout.strip(),
        "uvloop": version("uvloop"),
        "httptools": version("httptools"),
        "django": version("django"),
        "psycopg": version("psycopg"),
        "pretix": f"{VERSION}, gunicorn, 1 worker of {THREADS} threads",
    }


def show(told: dict[str, Any]) -> None:
    """Print the tables."""
    for name, value in told["machine"].items():
        print(f"{name:12} {value}")
    print(f"\n{ARRIVALS} arrivals in one second for {PLACES} places (open loop)")
    print(f"{'':14}{'sold':>6}{'answered':>10}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
    for who, rounds in (("ours", told["crowd"]), ("pretix", told["pretix_crowd"])):
        for each in rounds:
            print(
                f"{who:14}{each['kept'].get('number', 0):>6}{each['answered']:>10}"
                f"{each['p50_ms']:>10.1f}{each['p99_ms']:>10.1f}{each['max_ms']:>10.1f}  "
                f"{each['said']}"
            )
    if told["pretix_crowd"]:
        print(f"pretix has {PRETIX_ARRIVALS} arrivals in that second, not {ARRIVALS}")
    print("\nplaces for all, distinct women: claims a second (closed loop)")
    print(f"{'':14}{'clients':>8}{'a second':>10}{'p50 ms':>10}{'p99 ms':>10}  rounds")
    for who, table in (("ours", told["throughput"]), ("pretix", told["pretix_throughput"])):
        for clients, each in table.items():
            print(
                f"{who:14}{clients:>8}{each['a_second']:>10.1f}{each['p50_ms']:>10.1f}"
                f"{each['p99_ms']:>10.1f}  {each['rounds']}"
            )
    tps = ", ".join(f"{each:.0f}" for each in told["pgbench_tps"])
    print(f"pgbench -N -M prepared -s 50 -c 32 -j 2: {tps} transactions a second")
    print(f"on SQLite: {json.dumps(told['sqlite'])}")
    print("\ngoal against measured (medians of the rounds)")
    for name, value in told["goals"]["measured"].items():
        print(f"  {name:22} {value!s:>24}  goal {told['goals']['goal'].get(name, True)}")


if __name__ == "__main__":
    main(sys.argv[1:])
