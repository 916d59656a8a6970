"""A real printer for tests: ``ippeveprinter`` of Debian's cups-ipp-utils, on this machine.

It asks the system's message bus whether anyone announces printers in the network, so it gets a bus
of its own, on which nobody does.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Debian keeps it where only root's path leads.
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
PROGRAMS = {each: shutil.which(each, path=PATH) for each in ("ippeveprinter", "dbus-daemon")}
MISSING = [name for name, found in PROGRAMS.items() if found is None]
WHY_SKIPPED = (
    f"no {' and no '.join(MISSING)} here; on Debian: apt-get install cups-ipp-utils dbus-daemon"
)
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
"""
# What stands in for paper: the document is kept; "say" speaks as the printer's engine does, "hold"
# keeps the page in the machine, "fail" gives it up.
ENGINE = """#!/bin/sh
cat "$1" > "{folder}/paper-$IPP_JOB_ID.pdf"
if [ -e "{folder}/say" ]; then cat "{folder}/say" >&2; fi
while [ -e "{folder}/hold" ]; do sleep 0.05; done
if [ -e "{folder}/fail" ]; then exit 1; fi
exit 0
"""
TRAYS = (
    "size1=iso_a4_210x297mm&type1=stationery&level1={main}"
    "&size3=na_number-10_4.125x9.5in&type3=envelope&level3=25"
)
PATIENCE_S = 20.0


@dataclass
class RealPrinter:
    """One printer: its address, the pages that came, and what a test does to it."""

    port: int
    folder: Path
    formats: str = "application/pdf"
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"ipp://localhost:{self.port}/ipp/print"

    def pages(self) -> list[bytes]:
        """Return the documents that lie in the tray, the first one first."""
        found = sorted(self.folder.glob("paper-*.pdf"), key=lambda each: int(each.stem[6:]))
        return [each.read_bytes() for each in found]

    def take_the_paper_out(self) -> None:
        self._load(0)

    def fill(self) -> None:
        self._load(250)

    def _load(self, sheets: int) -> None:
        # A page of the printer's own; the machine's network goes through no proxy to itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(f"http://localhost:{self.port}/media?{TRAYS.format(main=sheets)}", timeout=5)

    def engine(self, **orders: str | bool) -> None:
        """Let the engine ``say`` something, ``hold`` the page or ``fail``; False takes it back."""
        for name, order in orders.items():
            file = self.folder / name
            if order is False:
                file.unlink(missing_ok=True)
            else:
                file.write_text(order if isinstance(order, str) else "")

    def switch_on(self, environment: dict[str, str]) -> None:
        command = self.folder / "engine"
        command.write_text(ENGINE.format(folder=self.folder))
        command.chmod(0o700)
        order = [
            str(PROGRAMS["ippeveprinter"]),
            "-p",
            str(self.port),
            "-d",
            str(self.folder / "spool"),
        ]
        order += ["-f", self.formats, "-r", "off", "-n", "localhost", "-c", str(command)]
        (self.folder / "spool").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [*order, "Patency tests"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("wb"),
        )
        _wait_for(self.port, self.process)

    def switch_off(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def a_real_printer(folder: Path, *, formats: str = "application/pdf") -> Iterator[RealPrinter]:
    """Switch a printer on while the block runs."""
    bus = folder / "bus.conf"
    # The path of a socket is short: 107 letters on Linux.
    at = Path("/tmp") / f"patency-bus-{os.getpid()}-{_free_port()}"
    bus.write_text(BUS.format(socket=at))
    daemon = subprocess.Popen(
        [
            str(PROGRAMS["dbus-daemon"]),
            f"--config-file={bus}",
            "--nofork",
            "--nopidfile",
            "--nosyslog",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    printer = RealPrinter(_free_port(), folder, formats)
    try:
        _until(at.exists)
        printer.switch_on({**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={at}"})
        printer.fill()
        yield printer
    finally:
        printer.engine(hold=False)
        printer.switch_off()
        daemon.terminate()
        daemon.wait()
        at.unlink(missing_ok=True)


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    def is_up() -> bool:
        assert process.poll() is None, "ippeveprinter ended at once"
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", port)) == 0

    _until(is_up)


def _until(is_so: "object") -> None:
    ends = time.monotonic() + PATIENCE_S
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < ends, f"waited {PATIENCE_S:g} s in vain"
        time.sleep(0.05)
