"""A PostgreSQL server for the length of a `with`: in a temporary folder, on a free loopback port.

    with throwaway_server(server_programs()) as address:
        ...  # address is a DATABASE_URL

Nothing of it is left afterwards, and a server that runs on this machine already is not touched.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

UNPRIVILEGED = ("postgres", "nobody")


class NoServer(Exception):
    """The server did not start; the text says why."""


def server_programs() -> Path | None:
    """Return the folder with initdb and pg_ctl, the newest one there is, or None."""
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(packaged, key=lambda folder: float(folder.parent.name), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


@contextlib.contextmanager
def throwaway_server(
    programs: Path, *, waits_for_the_disk: bool = False, more: str = ""
) -> Iterator[str]:
    """Start a server, give its DATABASE_URL, stop it and remove its folder.

    It does not wait for the disk unless asked to, as a measurement must; ``more`` are further
    settings such as ``-c max_connections=100``.
    """
    user = unprivileged_user()
    with tempfile.TemporaryDirectory(prefix="patency-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        word = secrets.token_urlsafe(24)
        (folder / "password").write_text(word)
        if user:
            for path in (folder, folder / "password"):
                os.chown(path, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        data, log, port = folder / "data", folder / "log", free_port()
        run(user, folder, programs / "initdb", "-D", data, "-U", "patency", "-E", "UTF8",
            "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}",
            "--no-sync")  # fmt: skip
        # losing data in a power cut does not matter here; speed does
        hasty = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        settings = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
            f"{'' if waits_for_the_disk else hasty} -c max_connections=40 {more}"
        )
        run(user, folder, programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", settings, "start")
        try:
            yield f"postgresql://patency:{word}@127.0.0.1:{port}/postgres"
        finally:
            run(user, folder, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def unprivileged_user() -> str | None:
    """Return whom to be, because PostgreSQL refuses to run as root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return name
    raise NoServer(f"root may not run PostgreSQL and none of {', '.join(UNPRIVILEGED)} exists.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(user: str | None, folder: Path, *command: object) -> None:
    # output goes to a file: pg_ctl's child would keep a pipe open for as long as the server lives
    said = folder / "said"
    with said.open("w") as out:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise NoServer(f"{command[0]} ended with {done.returncode}: {said.read_text()[-2000:]}")
