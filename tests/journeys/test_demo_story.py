"""`patency demo` as a newcomer runs it: told to its end, it leaves what it promises."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from patency.doors.cli import demo
from patency.doors.cli.program import Refused
from patency.doors.cli.story_others import LI, LIU, ZHENG
from patency.doors.cli.story_people import WANG
from patency.gateways.ics import REVEALING

# Two demos are told for all of these.
pytestmark = [pytest.mark.xdist_group("story"), pytest.mark.long]

COMMAND = "import sys; from patency.config.entry import run; sys.exit(run(sys.argv[1:]))"
README = Path(__file__).resolve().parents[2] / "README.md"
OUTCOMES = ("BLOCK", "HOLD", "FLAG", "INFO")
LONGEST_S = 240  # a busy machine is slow, not wrong
# Only a woman who goes another way, is refunded, or is referred has rows of these; who asks for a
# number at 7:00, or for whom a clinician says how urgent her date is.
MAY_BE_EMPTY = {
    "calendarfeed",  # she asks for one on her pages
    "claim",
    "erasurewish",
    "fertiledayswish",
    "findingsdraft",  # gone with the signature
    "imagefile",
    "keyimage",  # chosen from a film, and the story files none
    "performedstep",  # told by an X-ray machine, and the story has none
    "dosereport",
    "draftreading",  # of images, and the story has none
    "judgement",
    "dataconsent",  # of who registers herself
    "override",
    "refund",
    "criticalfinding",
    "referral",
    "retention",
    "urgency",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What one demo printed, and the folder it left its files in."""

    lines: list[str]
    out: Path

    @property
    def words(self) -> str:
        """The whole story without its line breaks."""
        return " ".join(" ".join(self.lines).split())

    def text_of(self, name: str) -> str:
        """Return the text of one of the PDFs."""
        return "\n".join(page.extract_text() for page in PdfReader(self.out / name).pages)


def start(home: Path) -> subprocess.Popen[str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PATENCY_", "PYTEST_", "DATABASE_", "DJANGO_"))
    }
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "demo", "--no-serve", "--out", str(home / "out")],
        env=env | {"PATENCY_HOME": str(home), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Told, Told]]:
    """Two demos, begun at the same time in folders of their own."""
    homes = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    running = [start(home) for home in homes]
    found = []
    for home, process in zip(homes, running, strict=True):
        out, err = process.communicate(timeout=LONGEST_S)
        assert process.returncode == 0, err
        assert err == ""
        found.append(Told(out.splitlines(), home / "out"))
    yield found[0], found[1]


@pytest.fixture(scope="module")
def told(both: tuple[Told, Told]) -> Told:
    return both[0]


def test_every_step_says_which_of_how_many_it_is(told):
    steps = re.findall(
        r"^ ?(\d+) of (\d+)  \w+day \d+ \w+ 20\d\d, \d\d:\d\d$", told_text(told), re.M
    )
    totals = {int(total) for _, total in steps}
    assert len(totals) == 1
    assert [int(number) for number, _ in steps] == list(range(1, totals.pop() + 1))


def test_it_takes_place_twice_with_the_same_words(both):
    one, two = (
        [line.replace(str(each.out), "OUT") for line in each.lines if line.strip()] for each in both
    )
    assert one == two


@pytest.mark.parametrize(
    "sentence",
    [
        "still to be asked (1): · Have you ever reacted to a contrast agent",
        "a plan, not a booking: test Monday 29 September 2025",
        "HOLD Your test shows trichomonas",
        "National Day and Mid-Autumn Festival",
        "when it opens again, her days are over",
        "Then she comes first",
        "the hold: of Mon 29 Sep is released 28 days later, by Zhao Lan, nurse.",
        "quote: 1,000.00 CNY",
        "is paid: receipt R-20251027-",
        "a place is kept for her: Tuesday 28 October 2025, 08:30, until 11:10 today",
        "the next place is kept for her: Tuesday 28 October 2025, 08:50",
        "booked, and firm: Tuesday 28 October 2025",
        "she is watched for 30 minutes after the examination and may go at 09:28",
        "a spasm cannot be excluded",
        "The report was not released",
        "E at aftercare: ambulance",
        "The alarm: rings the duty contact",
        "Only a person stops the alarm",
        "it is past 18:00 on day 3, and there is no word from her",
        "was signed by Dr Sun Yue, radiologist at 2025-10-28 11:30.",
        "a repeat stays open to them",
        "her left tube did not fill, so a positive test is looked at the same day",
        "L clinic leaflet, W weak web page",
        "E ambulance or emergency department, now.",
        "contested, and what this clinic chose",
        "The second sample, not earlier than Monday 22 December 2025, 14:00.",
        "a rise of 68.75 % in 48 hours",
        "outcome: pregnant, in the womb. The follow-up is closed.",
    ],
)
def test_it_tells_of(told, sentence):
    assert sentence in told.words


def test_the_story_in_the_readme_is_the_one_that_is_told(told):
    excerpt = README.read_text(encoding="utf-8").split("## What you will see")[1].split("```")[1]
    printed = {line.rstrip() for line in told.lines}
    assert [line for line in excerpt.splitlines() if line.rstrip() not in printed] == []


def test_every_reason_has_its_source(told):
    reasons = list(reasons_of(told.lines))
    assert len(reasons) > 15
    without = [reason for reason in reasons if "source: " not in reason]
    assert without == []


def test_the_report_holds_her_name_and_what_was_seen(told):
    text = told.text_of("report.pdf")
    assert "王秀英" in text
    assert "A spasm cannot be excluded" in text
    assert re.search(r"\(HSG\), number [0-9a-f]{8}, on", text)
    assert "Dr Sun Yue, radiologist" in text
    assert "HSG is a screening test" in text


def test_the_receipt_holds_the_amount_with_its_currency(told):
    text = told.text_of("receipt.pdf")
    assert "王秀英" in text
    assert "CNY 1,000.00" in text
    assert "Ma Li, cashier" in text


def test_the_plan_reveals_nothing(told):
    raw = (told.out / "plan.ics").read_text(encoding="utf-8")
    assert "20251028T085000" in raw
    assert not REVEALING.search(raw)
    assert "王" not in raw
    assert "PT-" not in raw


def test_the_record_is_whole(told):
    record: dict[str, Any] = json.loads((told.out / "record.json").read_text(encoding="utf-8"))
    empty = {name for name, rows in record.items() if rows == []}
    assert empty <= MAY_BE_EMPTY
    assert record["patient"]["family_name"] == "王"
    assert record["hold"][0]["released_at"] is not None
    assert record["followup"][0]["state"] == "closed"
    assert {row["urgency"] for row in record["task"]} >= {"E", "U", "C"}
    assert all(row["done_at"] for row in record["task"])
    assert all(row["rule_ids"] is not None and row["facts"] for row in record["decision"])


def test_the_sign_ins_are_printed_and_hers_is_among_them(told):
    names = ("registration", "nurse", "radiographer", "radiologist", "gynaecologist", "consultant")
    for name in (*names, "cashier", "manager", "administrator"):
        assert re.search(rf"^ +{name} ", told_text(told), re.M)
    for she in (WANG, ZHENG, LIU, LI):  # by their number, without a password
        assert re.search(rf"^ +{she.phone} +{she.spelled}", told_text(told), re.M)
    assert "/demo/outbox/" in told_text(told)


def test_each_of_the_other_women_is_found_by_the_number_the_story_gives(told):
    last = told.words.split("30 of 30")[1]
    named = dict(re.findall(r"\((\w+)\), (PT-\w{4}-\w{4}):", last))
    with closing(sqlite3.connect(told.out.parent / demo.DATABASE)) as connection:
        rows = connection.execute("SELECT family_name || given_name, number FROM records_patient")
        known = dict(rows.fetchall())
    assert len(named) == 8
    assert named.items() <= known.items()


def test_the_story_tells_times_of_the_clinic_and_joins_its_sentences_cleanly(told):
    assert " UTC" not in told.words
    assert ".;" not in told.words


def test_a_database_that_is_no_demos_is_not_touched(tmp_path):
    file = tmp_path / demo.DATABASE
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE women (name TEXT)")
        connection.commit()
    before = file.read_bytes()
    with pytest.raises(Refused, match="not a demo's database"):
        demo.begin_anew(tmp_path, tmp_path / "out", fresh=True)
    assert file.read_bytes() == before


def test_a_demos_database_is_begun_anew(tmp_path):
    file = tmp_path / demo.DATABASE
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA application_id = {demo.DEMO_MARK}")
        connection.execute("CREATE TABLE women (name TEXT)")
        connection.commit()
    demo.begin_anew(tmp_path, tmp_path / "out", fresh=False)
    assert not file.exists()


def test_one_demo_at_a_time_runs_in_a_folder(tmp_path):
    with (
        demo.only_one(tmp_path),
        pytest.raises(Refused, match="One demo runs in a folder"),
        demo.only_one(tmp_path),
    ):
        raise AssertionError("two demos ran in one folder")


def test_a_demo_never_touches_a_clinics_database(tmp_path):
    env = {
        "PATENCY_MODE": "production",
        "PATENCY_HOME": str(tmp_path),
        "DATABASE_URL": "postgresql://clinic@db/patency",
        "PATENCY_SITES": "/etc/patency/sites",
    }
    demo.prepare(env)
    assert env == {"PATENCY_MODE": "demo", "PATENCY_HOME": str(tmp_path)}


def test_the_next_free_port_is_taken():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        assert demo.free_port(port) > port


def test_the_pages_and_the_release_door_of_a_demo_know_each_other():
    env: dict[str, str] = {}

    ports = demo.choose_ports(env, 8000)
    other = demo.choose_ports({}, 8000)  # begun while the story of the first is told
    for one in (*ports.held, *other.held):
        one.close()

    assert ports.pages < ports.door < other.pages < other.door
    assert ports.dicom < other.dicom
    assert env["PATENCY_RELEASE_DOOR"].endswith(f":{ports.door}")
    assert env["PATENCY_ORIGINS"].split(",")[0].endswith(f":{ports.pages}")


def told_text(told: Told) -> str:
    return "\n".join(line.rstrip() for line in told.lines)


def reasons_of(lines: list[str]) -> Iterator[str]:
    """Yield each reason of each decision with everything below it, as one line."""
    reason: list[str] = []
    for line in [*lines, ""]:
        depth = len(line) - len(line.lstrip())
        begins = depth == 6 and line.split()[:1] and line.split()[0] in OUTCOMES
        if reason and (begins or depth < 6):
            yield " ".join(" ".join(reason).split())
            reason = []
        if begins or reason:
            reason.append(line)
