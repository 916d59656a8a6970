"""WADO-RS beside Orthanc: frames a second, one at a time and sixty in one request; one client.

    make bench-dicom                                with the worklist and C-STORE
    .venv/bin/python bench/wado.py --rounds 1 --seconds 2        quickly

Frames are 1024 x 1024 in 16 bits, plain, of one object of 60 frames on one disk; each answer is
checked to hold the very bytes. The client keeps one connection, with TCP_NODELAY at both ends.
Ours signs in by its session, asks whether she is of the site, and writes an audit row for every
request, committed before it answers; how many is counted. Orthanc asks nobody and writes nothing.
It is given a cache of 1 GB, more than the object needs, which changed nothing for the version of
Debian 12 (1.10.1, of 2022); newer ones are not measured here.
"""

import argparse
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from dicom import FAST, ORTHANC, ours  # noqa: E402  (beside this file)

from postgres import free_port  # noqa: E402

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
FRAMES, FRAME_BYTES = 60, 1024 * 1024 * 2
ACCEPT = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1'
GOALS = {"one": 15.0, "sixty": 1.0}
SAYS = {"one": "single frames a second", "sixty": "frames a second, 60 in one request"}


def main() -> None:
    asked = arguments()
    if not (ORTHANC.exists() and PLUGIN.exists()):
        sys.exit("Orthanc and its DICOMweb plugin are needed: apt-get install orthanc-dicomweb")
    with tempfile.TemporaryDirectory(prefix="bench-wado-", dir=asked.on) as folder:
        found = measured(Path(folder), asked)
    print(json.dumps(found, indent=2)) if asked.json else tell(found)


def arguments() -> argparse.Namespace:
    reads = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reads.add_argument("--json", action="store_true")
    reads.add_argument("--rounds", type=int, default=3)
    reads.add_argument("--seconds", type=float, default=4.0, help="of one round of a server")
    reads.add_argument("--on", default=None, help="a folder on the disk to measure on")
    return reads.parse_args()


def measured(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    env = ours(folder)
    file = folder / "object.dcm"
    made = subprocess.run(
        [sys.executable, str(ROOT / "bench/wado_clinic.py"), str(FRAMES), str(file)],
        env=env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    where = json.loads(made.stdout.splitlines()[-1])
    pixels = file.read_bytes()[-FRAMES * FRAME_BYTES :]
    found: dict[str, Any] = {"load": os.getloadavg()[0]}
    with pages(env) as port, orthanc(folder, file) as other:
        asks = {
            "patency": asking(port, where["ours"], {"Cookie": where["cookie"]}),
            "orthanc": asking(other, where["theirs"], {}),
        }
        for kind in GOALS:
            found[kind] = {name: [] for name in asks}
            for name, ask in asks.items():
                check(name, ask, kind, pixels)
            for _turn in range(asked.rounds):
                for name, ask in asks.items():
                    found[kind][name].append(rate(ask, kind, asked.seconds))
    found["audit_rows"] = audit_rows(folder)
    found["load_after"] = os.getloadavg()[0]
    return found


def audit_rows(folder: Path) -> int:
    """Return how many audit rows of reading images ours wrote."""
    with closing(sqlite3.connect(next(folder.glob("*.sqlite3")))) as database:
        asked = "SELECT count(*) FROM records_audit WHERE why LIKE '%images over DICOMweb%'"
        return int(database.execute(asked).fetchone()[0])


def numbers(kind: str, turn: int) -> str:
    if kind == "one":
        return str(turn % FRAMES + 1)
    return ",".join(str(each) for each in range(1, FRAMES + 1))


def asking(port: int, path: str, heads: dict[str, str]) -> Callable[[str], bytes]:
    """Return how frames are asked for, over one connection that is kept while the server does."""
    kept = http.client.HTTPConnection("127.0.0.1", port, timeout=60)  # it sets TCP_NODELAY itself

    def ask(frames: str, *, again: bool = True) -> bytes:
        try:
            kept.request("GET", f"{path}/frames/{frames}", headers={"Accept": ACCEPT, **heads})
            answer = kept.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            kept.close()  # it was idle too long while the other was asked
            if not again:
                raise
            return ask(frames, again=False)
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:500])
        return body

    return ask


def check(name: str, ask: Callable[[str], bytes], kind: str, pixels: bytes) -> None:
    body = ask(numbers(kind, 0))
    for frame in range(1 if kind == "one" else FRAMES):
        wanted = pixels[frame * FRAME_BYTES : (frame + 1) * FRAME_BYTES]
        assert wanted in body, f"{name}: frame {frame + 1} is not the one that was stored"


def rate(ask: Callable[[str], bytes], kind: str, seconds: float) -> float:
    """Return frames a second."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        ask(numbers(kind, count))
        count += 1
    return count * (1 if kind == "one" else FRAMES) / (time.perf_counter() - began)


# ---------------------------------------------------------------- servers


@contextmanager
def pages(env: dict[str, str]) -> Iterator[int]:
    port = free_port()
    command = [str(Path(sys.executable).with_name("patency")), "serve", "--port", str(port)]
    with running(command, Path(env["PATENCY_HOME"]) / "pages.log", port, "/", env=env):
        yield port


@contextmanager
def orthanc(folder: Path, file: Path) -> Iterator[int]:
    port = free_port()
    settings = {
        "StorageDirectory": str(folder / "orthanc"), "IndexDirectory": str(folder / "orthanc"),
        "HttpPort": port, "DicomPort": free_port(), "RemoteAccessAllowed": True,
        "AuthenticationEnabled": False, "Plugins": [str(PLUGIN)], "TcpNoDelay": True,
        "KeepAlive": True, "MaximumStorageCacheSize": 1024, "DicomWeb": {"Enable": True},
    }  # fmt: skip
    said = folder / "orthanc.json"
    said.write_text(json.dumps(settings))
    with running([str(ORTHANC), str(said)], folder / "orthanc.log", port, "/system", env=FAST):
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/instances", file.read_bytes())
        urllib.request.urlopen(asked, timeout=60).read()
        yield port


@contextmanager
def running(
    command: list[str], log: Path, port: int, path: str, *, env: dict[str, str]
) -> Iterator[None]:
    with log.open("w") as says:
        process = subprocess.Popen(command, stdout=says, stderr=says, env=env)
    try:
        ends = time.monotonic() + 120
        while not answers(port, path):
            assert process.poll() is None and time.monotonic() < ends, log.read_text()
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int, path: str) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).read()
    except OSError:
        return False
    return True


def tell(found: dict[str, Any]) -> None:
    print(f"load before {found['load']:.1f}, after {found['load_after']:.1f}; WADO-RS, frames of "
          f"1024 x 1024 x 16 bit; {found['audit_rows']} audit rows written by ours; median of "
          "rounds (lowest to highest)")  # fmt: skip
    for kind, goal in GOALS.items():
        rates = found[kind]
        told = "  ".join(
            f"{name} {median(each):.1f} ({min(each):.1f} to {max(each):.1f})"
            for name, each in rates.items()
        )
        times = median(rates["patency"]) / median(rates["orthanc"])
        print(f"{SAYS[kind]}: {told}  ours / Orthanc {times:.1f} (goal {goal:g})")


if __name__ == "__main__":
    main()
