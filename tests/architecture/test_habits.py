"""What imports cannot say: habits of the rooms, read from the code, each shown to be caught."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.source import (
    PACKAGE,
    imported_names,
    modules,
    place,
    public_functions,
    tree_of,
)

LONGEST_FILE = 400

# what services are made of, no acts of the clinic; the import contract "services" names them too
PIECES = {
    "crowding.py",
    "dates.py",
    "details.py",
    "examined.py",
    "prescribing.py",
    "expected.py",
    "expecting.py",
    "following.py",
    "house.py",
    "journey.py",
    "judging.py",
    "laboratory.py",
    "chosen.py",
    "dosed.py",
    "matched.py",
    "suggested.py",
    "measures.py",
    "moulds.py",
    "outgoing.py",
    "places.py",
    "seats.py",
    "waits.py",
    "wished.py",
}
# public functions in service/ that are no act of somebody at some time, and why
WITHOUT_BY_AND_NOW: dict[str, str] = {}

VAGUE_NAMES = {"utils", "util", "helper", "helpers", "manager", "managers", "common", "misc"}


def long_files(below: Path) -> Iterator[str]:
    for path in modules(below=below):
        if path.parent.name == "migrations":
            continue  # written by Django, read by nobody
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            yield f"{path.relative_to(below)}: {lines} lines; what is its second subject?"


def vague_names(below: Path) -> Iterator[str]:
    for path in modules(below=below):
        if path.stem in VAGUE_NAMES or path.parent.name in VAGUE_NAMES:
            yield f"{path.relative_to(below)}: a name that says nothing"


def full_inits(below: Path) -> Iterator[str]:
    for path in modules(below=below):
        # Django finds tables through records/models, so that one lists them
        if path.name == "__init__.py" and path.parent.name != "models" and tree_of(path).body:
            yield f"{path.relative_to(below)}: an __init__.py stays empty"


def hidden_times(below: Path) -> Iterator[str]:
    for path in modules("records", below=below):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
                yield f"{place(path, node, below=below)}: {node.arg}; the moment is passed in"


def web_words_inside(below: Path) -> Iterator[str]:
    for path in modules(below=below):
        if path.relative_to(below).parts[0] in {"doors", "config"}:
            continue
        for node, name in imported_names(tree_of(path)):
            if name.startswith(("django.http", "django.shortcuts", "django.template")):
                yield f"{place(path, node, below=below)}: {name} belongs to a door"


def doors_that_reach_for_rows(below: Path) -> Iterator[str]:
    for path in modules("doors", below=below):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}:
                yield f"{place(path, node, below=below)}: .{node.attr}; read through records"


def acts_without_actor_or_time(below: Path) -> Iterator[str]:
    for path in modules("service", below=below):
        if path.name in PIECES:
            continue
        for function in public_functions(tree_of(path)):
            key = f"{path.stem}.{function.name}"
            keyword_only = {argument.arg for argument in function.args.kwonlyargs}
            missing = {"by", "now"} - keyword_only
            if missing and key not in WITHOUT_BY_AND_NOW:
                yield (
                    f"{place(path, function, below=below)}: {key} does not take "
                    f"{' and '.join(sorted(missing))} keyword-only"
                )


ACTING = {
    "django.db.transaction",
    "patency.records.ledger.remember",
    "patency.records.ledger.remember_change",
}


def pieces_that_act(below: Path) -> Iterator[str]:
    for path in modules("service", below=below):
        if path.name not in PIECES:
            continue
        for node, name in imported_names(tree_of(path)):
            if name in ACTING:
                yield f"{place(path, node, below=below)}: {name} belongs to the service that acts"


Habit = Callable[[Path], Iterator[str]]

BREAKS: list[tuple[Habit, str, str]] = [
    (long_files, "core/broken.py", "x = 1\n" * (LONGEST_FILE + 1)),
    (vague_names, "service/utils.py", "x = 1\n"),
    (full_inits, "service/__init__.py", "from patency.service.booking import accept\n"),
    (hidden_times, "records/models/broken.py", "at = DateTimeField(auto_now_add=True)\n"),
    (web_words_inside, "service/broken.py", "from django.http import HttpResponse\n"),
    (web_words_inside, "core/broken.py", "import django.shortcuts\n"),
    (doors_that_reach_for_rows, "doors/web/broken.py", "rows = Visit.objects.all()\n"),
    (acts_without_actor_or_time, "service/broken.py", "def accept(offer, by, now): ...\n"),
    (acts_without_actor_or_time, "service/broken.py", "def accept(offer, *, by): ...\n"),
    (pieces_that_act, "service/judging.py", "from django.db import transaction\n"),
    (
        pieces_that_act,
        "service/judging.py",
        "from patency.records.ledger import remember_change\n",
    ),
]
HABITS = sorted({habit for habit, _, _ in BREAKS}, key=lambda habit: habit.__name__)


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_the_house_has_no(habit: Habit) -> None:
    assert list(habit(PACKAGE)) == []


@pytest.mark.parametrize(("habit", "file", "says"), BREAKS)
def test_a_broken_habit_is_caught(habit: Habit, file: str, says: str, tmp_path: Path) -> None:
    broken = tmp_path / file
    broken.parent.mkdir(parents=True)
    broken.write_text(says)
    assert len(list(habit(tmp_path))) == 1


def test_an_act_with_actor_and_time_passes(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    text = "def accept(house, offer, *, by, now): ...\n\n\ndef _inside(offer): ...\n"
    (tmp_path / "service" / "sound.py").write_text(text)
    assert list(acts_without_actor_or_time(tmp_path)) == []


def test_the_exceptions_still_exist() -> None:
    there = {
        f"{path.stem}.{function.name}"
        for path in modules("service")
        for function in public_functions(tree_of(path))
    }
    assert set(WITHOUT_BY_AND_NOW) <= there
