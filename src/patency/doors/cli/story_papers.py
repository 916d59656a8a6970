"""The files the story leaves: her report, her dates, her receipt, and her whole record."""

import json
from pathlib import Path

from patency.doors.cli.program import Refused
from patency.doors.cli.story import Tale, Woman
from patency.gateways.ics import calendar_of
from patency.service import erasure, papers, payment


def leave(tale: Tale, she: Woman, folder: Path) -> list[tuple[str, Path]]:
    """Return what each file is and where it lies, all written into ``folder``."""
    now, house = tale.house.now(), tale.house
    desk, office = tale.by("registration"), tale.by("administrator")
    report = papers.report_values(house, she.ids["report"], by=desk, now=now)
    receipt = payment.receipt_values(house, she.ids["payment"], by=desk, now=now)
    dates = papers.calendar_entries(house, she.visit, by=desk, now=now)
    record = erasure.export(house, she.patient, by=office, now=now)
    made = {
        "report.pdf": ("her report", house.gateways.pdf("report", report)),
        "plan.ics": ("her dates, saying when and never what for", calendar_of(dates)),
        "receipt.pdf": ("her receipt", house.gateways.pdf("receipt", receipt)),
        "record.json": ("her whole record", as_json(record)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (_, content) in made.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise Refused(
            f"The files of the story could not be written to {folder} ({error.strerror}). Name a "
            "folder that can be written to: patency demo --out /tmp/demo-out"
        ) from error
    return [(what, (folder / name).resolve()) for name, (what, _) in made.items()]


def as_json(record: object) -> bytes:
    """Return a record as a file that a person can open."""
    return json.dumps(record, indent=1, ensure_ascii=False).encode("utf-8") + b"\n"
