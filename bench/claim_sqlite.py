"""The same door on SQLite, in a process of its own: python bench/claim_sqlite.py FOLDER SECONDS."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))


def main(folder: str, seconds: str) -> None:
    """Measure a crowd and 32 clients, and print JSON."""
    import claim_ours as ours
    from release import ARRIVALS, PLACES, Client

    from postgres import free_port

    home = Path(folder)
    home.mkdir(parents=True)
    address, port, client = f"sqlite:///{home / 'clinic.sqlite3'}", free_port(), Client(home)
    ours.set_up(address, home)
    crowd = ours.make_release(1, PLACES, ARRIVALS)
    women = int(3000 * float(seconds))
    ample = ours.make_release(2, women, women)
    with ours.door(address, home, port):
        client.closed(port, ours.make_release(3, 500, 500), clients=8, seconds=1)
        seen = client.open(port, crowd, seconds=1.0)
        many = client.closed(port, ample, clients=32, seconds=float(seconds) / 2)
    print(
        json.dumps(
            {
                "sold": ours.kept(1).get("number"),
                "answered": seen["answered"],
                "crowd_p99_ms": seen["p99_ms"],
                "a_second_at_32": many["a_second"],
                "p99_ms_at_32": many["p99_ms"],
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
