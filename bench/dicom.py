"""The DICOM door beside Orthanc and dcmtk: worklist queries and C-STORE, one client for all.

    make bench-dicom                                the tables
    make bench-dicom ARGS=--json                    the same for a program
    make bench-dicom ARGS="--items 30,1000 --rounds 1 --seconds 2 --big 2 --small 20"     quickly

The client is dcmtk's findscu and storescu. TCP_NODELAY is on at both ends: dcmtk's and Orthanc's by
the environment, ours always. Without it every server answers 11 queries a second. Rounds of the
servers take turns. Not comparable, and said beside the tables: what each has on the disk when it
answers, and that wlmscpfs and Orthanc read a folder of files for each query while ours asks its
database whether anything changed and writes an audit row. On one association each woman is written
to the audit when she is first shown, and after that one row for each query.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from dicom_clinic import FIRST, STATION  # noqa: E402  (beside this file)

from postgres import free_port  # noqa: E402

DCMTK, ORTHANC = Path("/usr/bin"), Path("/usr/sbin/Orthanc")
WORKLISTS = Path("/usr/share/orthanc/plugins/libModalityWorklists.so")
FAST = {**os.environ, "TCP_NODELAY": "1"}
DAY = f"{FIRST:%Y%m%d}"
STEP = "ScheduledProcedureStepSequence[0]."
KEYS = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber",
    "StudyInstanceUID", "RequestedProcedureID", "RequestedProcedureDescription",
    f"{STEP}ScheduledStationAETitle={STATION}", f"{STEP}ScheduledProcedureStepStartDate={DAY}",
    f"{STEP}ScheduledProcedureStepStartTime", f"{STEP}Modality=RF",
    f"{STEP}ScheduledProcedureStepID",
)  # fmt: skip
EXPECTED = 15
GOALS = {30: 0.6, 1000: 5.0, 5000: 30.0}
GUARANTEES = {
    "patency": "bytes fsynced under a name that was fsynced before, hashed, judged, row and audit "
    "committed and fsynced, before success is answered",
    "orthanc": "the file forced to the disk (SyncStorageArea, its default), neither its folder nor "
    "the index",
    "storescp": "written, nothing forced to the disk, no index",
}


def main() -> None:
    asked = arguments()
    found: dict[str, Any] = {"with": versions(), "load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(prefix="bench-dicom-", dir=asked.on) as folder:
        found["worklist"] = {
            count: worklists(Path(folder) / f"list-{count}", count, asked) for count in asked.items
        }
        found["store"] = storing(Path(folder) / "store", asked) if asked.big else {}
    found["load_after"] = os.getloadavg()[0]
    print(json.dumps(found, indent=2)) if asked.json else tell(found)


def arguments() -> argparse.Namespace:
    reads = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reads.add_argument("--json", action="store_true")
    reads.add_argument("--rounds", type=int, default=3)
    reads.add_argument("--seconds", type=float, default=4.0, help="of one round of a server")
    reads.add_argument("--items", type=lambda raw: [int(each) for each in raw.split(",")],
                       default=list(GOALS))  # fmt: skip
    reads.add_argument("--big", type=int, default=4, help="objects of 126 MB; 0 leaves C-STORE out")
    reads.add_argument("--small", type=int, default=100, help="objects of 2.1 MB")
    reads.add_argument("--half", type=int, default=200, help="objects of half a megabyte")
    reads.add_argument("--on", default=None, help="a folder on the disk that is meant")
    return reads.parse_args()


def versions() -> dict[str, str]:
    def first_line(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip().splitlines()[0]

    return {
        "python": platform.python_version(),
        "dcmtk": first_line(str(DCMTK / "findscu"), "--version"),
        "orthanc": first_line(str(ORTHANC), "--version"),
        "cores": str(os.cpu_count()),
    }


# ---------------------------------------------------------------- worklist


def worklists(folder: Path, count: int, asked: argparse.Namespace) -> dict[str, list[float]]:
    """Return the queries a second of each server, round by round."""
    folder.mkdir()
    env = ours(folder)
    files = folder / "wl" / "PATENCY"
    files.mkdir(parents=True)
    (files / "lockfile").touch()
    of_ours("bench/dicom_clinic.py", str(count), str(files), env=env)
    rates: dict[str, list[float]] = {"patency": [], "orthanc": [], "wlmscpfs": []}
    with door(env) as a, orthanc(folder, lists=files) as b, wlmscpfs(folder / "wl") as c:
        ports = {"patency": a, "orthanc": b, "wlmscpfs": c}
        for name, port in ports.items():
            check_matches(name, port)
        for _ in range(asked.rounds):
            for name, port in ports.items():
                rates[name].append(rate(port, asked.seconds))
    return rates


def query(port: int, *more: str) -> list[str]:
    flags = [part for key in KEYS for part in ("-k", key)]
    known = ["-aet", STATION, "-aec", "PATENCY"]
    return [str(DCMTK / "findscu"), "-W", *known, "127.0.0.1", str(port), *flags, *more]


def check_matches(name: str, port: int) -> None:
    said = subprocess.run(
        query(port, "-v"), env=FAST, capture_output=True, text=True, check=True, timeout=300
    )
    found = (said.stdout + said.stderr).count("Pending")
    assert found == EXPECTED, f"{name} answered {found} matches, not {EXPECTED}"


def rate(port: int, seconds: float) -> float:
    """Return queries a second on one association; as many as fill the time, tried out first."""
    repeat = 20
    while True:
        began = time.perf_counter()
        subprocess.run(
            query(port, "--repeat", str(repeat)), env=FAST, capture_output=True, check=True
        )
        took = time.perf_counter() - began
        if took >= seconds * 0.7:
            return repeat / took
        repeat = max(repeat + 1, int(repeat * min(20.0, seconds / max(took, 1e-3))))


# ---------------------------------------------------------------- C-STORE


def storing(folder: Path, asked: argparse.Namespace) -> dict[str, dict[str, list[float]]]:
    """Return megabytes a second of each server, for large and for small objects."""
    folder.mkdir()
    env = ours(folder)
    of_ours("bench/dicom_clinic.py", "1", env=env)
    found: dict[str, dict[str, list[float]]] = {}
    for size, count, frames in (("big", asked.big, (60, 1024)), ("small", asked.small, (1, 1024)),
                                ("half", asked.half, (1, 512))):  # fmt: skip
        found[size] = {"patency": [], "orthanc": [], "storescp": []}
        for turn in range(asked.rounds):
            sent = objects(folder / f"{size}-{turn}", count, *frames)
            megabytes = sum(path.stat().st_size for path in sent) / 1e6
            for name, serve in (("patency", lambda: door(env)),
                                ("orthanc", lambda: orthanc(folder)),
                                ("storescp", lambda: storescp(folder))):  # fmt: skip
                with serve() as port:
                    os.sync()
                    began = time.perf_counter()
                    subprocess.run(
                        [str(DCMTK / "storescu"), "-aet", STATION, "-aec", "PATENCY",
                         "--max-pdu", "131072", "-R", "127.0.0.1", str(port), *map(str, sent)],
                        env=FAST, check=True, capture_output=True,
                    )  # fmt: skip
                    found[size][name].append(megabytes / (time.perf_counter() - began))
                for kept in ("images", "orthanc", "storescp"):
                    shutil.rmtree(folder / kept, ignore_errors=True)
            shutil.rmtree(sent[0].parent)
    return found


def objects(folder: Path, count: int, frames: int, side: int) -> list[Path]:
    """Write images of noise, which nothing can make smaller, each with its own UID."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    folder.mkdir()
    points = os.urandom(frames * side * side * 2)
    made, paths = Dataset(), []
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.12.1"
    made.StudyInstanceUID, made.SeriesInstanceUID = generate_uid(), generate_uid()
    made.PatientID, made.PatientBirthDate, made.Modality = "NOBODY", "19930517", "XA"
    made.NumberOfFrames, made.Rows, made.Columns = frames, side, side
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.SamplesPerPixel, made.PixelRepresentation = 1, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = points
    for place in range(count):
        made.SOPInstanceUID = generate_uid()
        made.file_meta = FileMetaDataset()
        made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
        made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        paths.append(folder / f"{place}.dcm")
        made.save_as(paths[-1], enforce_file_format=True)
    return paths


# ---------------------------------------------------------------- servers


def ours(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PATENCY_")}
    return {**kept, "PATENCY_MODE": "demo", "PATENCY_HOME": str(folder),
            "PYTHONPATH": str(ROOT / "src")}  # fmt: skip


def of_ours(script: str, *more: str, env: dict[str, str]) -> None:
    subprocess.run([sys.executable, str(ROOT / script), *more], env=env, check=True)


def answers(port: int) -> bool:
    known = ["-aet", STATION, "-aec", "PATENCY", "127.0.0.1", str(port)]
    done = subprocess.run([str(DCMTK / "echoscu"), *known], capture_output=True, check=False)
    return done.returncode == 0


@contextmanager
def serving(command: list[str], port: int, log: Path, **more: Any) -> Iterator[int]:
    with log.open("w") as says:
        process = subprocess.Popen(command, stdout=says, stderr=says, **more)
    try:
        ends = time.monotonic() + 120
        while not answers(port):
            assert process.poll() is None and time.monotonic() < ends, log.read_text()
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def door(env: dict[str, str]) -> Iterator[int]:
    port = free_port()
    command = [str(Path(sys.executable).with_name("patency")), "dicom", "--port", str(port)]
    with serving(command, port, Path(env["PATENCY_HOME"]) / "door.log", env=env) as found:
        yield found


@contextmanager
def orthanc(folder: Path, lists: Path | None = None) -> Iterator[int]:
    port, http = free_port(), free_port()
    settings: dict[str, Any] = {
        "StorageDirectory": str(folder / "orthanc"), "IndexDirectory": str(folder / "orthanc"),
        "HttpPort": http, "DicomPort": port, "DicomAet": "PATENCY", "DicomCheckCalledAet": False,
        "DicomModalities": {"machine": [STATION, "127.0.0.1", 1]},
        "Plugins": [str(WORKLISTS)] if lists else [],
        "Worklists": {"Enable": bool(lists), "Database": str(lists)},
        "TcpNoDelay": True, "LimitFindResults": 0, "SyncStorageArea": True,
    }  # fmt: skip
    file = folder / f"orthanc-{port}.json"
    file.write_text(json.dumps(settings))
    log = folder / f"orthanc-{port}.log"
    with serving([str(ORTHANC), str(file)], port, log, env=FAST) as found:
        urllib.request.urlopen(f"http://127.0.0.1:{http}/system", timeout=10).read()
        yield found


@contextmanager
def wlmscpfs(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [str(DCMTK / "wlmscpfs"), "-dfp", str(folder), "--single-process", str(port)]
    with serving(command, port, folder / "wlmscpfs.log", env=FAST) as found:
        yield found


@contextmanager
def storescp(folder: Path) -> Iterator[int]:
    port = free_port()
    (folder / "storescp").mkdir()
    command = [str(DCMTK / "storescp"), "--fork", "+B", "--max-pdu", "131072",
               "-od", str(folder / "storescp"), str(port)]  # fmt: skip
    with serving(command, port, folder / "storescp.log", env=FAST) as found:
        yield found


# ---------------------------------------------------------------- telling


def tell(found: dict[str, Any]) -> None:
    print(", ".join(f"{name}: {value}" for name, value in found["with"].items()))
    print(f"load before {found['load']:.1f}, after {found['load_after']:.1f}; "
          "TCP_NODELAY at both ends; median of rounds (lowest to highest)\n")  # fmt: skip
    print("Worklist queries a second, 15 matches each, one association, one client")
    for count, rates in found["worklist"].items():
        best = max(median(rates["orthanc"]), median(rates["wlmscpfs"]))
        times = median(rates["patency"]) / best
        goal = GOALS.get(count)
        print(f"{count:6} items  {spread(rates)}  ours / faster of both {times:.2f}"
              + (f" (goal {goal:g})" if goal else ""))  # fmt: skip
    for size, rates in found["store"].items():
        print(f"\nC-STORE, {size} objects, MB/s: {spread(rates)}")
    if found["store"]:
        for name, what in GUARANTEES.items():
            print(f"  {name}: {what}")


def spread(rates: dict[str, list[float]]) -> str:
    return "  ".join(
        f"{name} {median(each):.1f} ({min(each):.1f} to {max(each):.1f})"
        for name, each in rates.items()
    )


if __name__ == "__main__":
    main()
