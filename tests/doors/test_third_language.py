"""A third language is one folder: put beside the others, its pages and decisions come out in it."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tools import words

CODE = "eo"
LANGUAGE = """
name = "Esperanto"
django = "eo"
weekdays = ["lundo", "mardo", "merkredo", "ĵaŭdo", "vendredo", "sabato", "dimanĉo"]
weekdays_short = ["lu", "ma", "me", "ĵa", "ve", "sa", "di"]
months = ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aŭg", "sep", "okt", "nov", "dec"]
months_short = ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aŭg", "sep", "okt", "nov", "dec"]
day = "{weekday}, la {day}-a de {month} {year}"
day_of_year = "{weekday}, la {day}-a de {month}"
short_day = "{day} {month_short}"
date = "{day} {month} {year}"
month_of_year = "{month} {year}"
moment = "{day} je {time}"
moment_in_text = "{day} je {time}"
list_joint = ", "
list_last = " kaj "
sentence_joint = " "
yes = "jes"
no = "ne"
unknown = "nekonata"
"""
ASK = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "patency.config.settings"
import django
django.setup()
from datetime import date
from django.test import Client
from django.utils import translation
import patency.config.urls
from patency.config.wiring import house
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Stage
from patency.doors.web.templatetags.plain import day, listed
here = house()
answer = Client().get("/sign-in/", headers={"accept-language": "eo, en;q=0.5", "host": "localhost"})
made = decide(
    here.rulebook_at("demo-west"), Stage.VISIT, {"active_pelvic_infection": True}, "eo"
)
with translation.override("eo"):
    written = [day(date(2025, 10, 2)), listed(["a", "b", "c"])]
print(json.dumps({
    "page": answer.content.decode(),
    "language": answer["Content-Language"],
    "asked": here.rulebook_at("demo-west").protocol.words["eo"].questions,
    "reasons": [each.say for each in made.reasons],
    "written": written,
}))
"""


def pseudo(text: str) -> str:
    """Return a text that is plainly not English, its places kept."""
    return f"¤{text}¤"


def pseudo_toml(text: str) -> str:
    return re.sub(r'= "(?!"|")((?:[^"\\]|\\.)+)"', lambda m: f'= "{pseudo(m[1])}"', text)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory):
    copy = tmp_path_factory.mktemp("installed") / "patency"
    shutil.copytree(words.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    folder = copy / "locale" / CODE
    for file in (words.LOCALE / "en").rglob("*.toml"):
        here = folder / file.relative_to(words.LOCALE / "en")
        here.parent.mkdir(parents=True, exist_ok=True)
        here.write_text(pseudo_toml(file.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "language.toml").write_text(LANGUAGE, encoding="utf-8")
    (folder / "pages").mkdir()
    entries = []
    for said in words.said_in(words.SOURCES)[0].values():
        entry = words.as_po(said).replace(
            'msgstr ""', f"msgstr {words.quoted(pseudo(said.key.msgid))}"
        )
        entries.append(
            entry.replace('msgstr[0] ""', f"msgstr[0] {words.quoted(pseudo(said.plural or ''))}")
        )
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    (folder / "pages" / "all.po").write_text("\n\n".join([head, *entries]), encoding="utf-8")
    (copy.parent / "home").mkdir()
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(copy.parent),
        "PATENCY_MODE": "test",
        "PATENCY_HOME": str(copy.parent / "home"),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=env, capture_output=True, text=True, cwd=copy.parent
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_page_comes_out_in_it(told):
    assert told["language"] == CODE
    assert '<html lang="eo"' in told["page"]
    assert "¤Skip to the page¤" in told["page"]
    assert 'value="zh-hans" lang="zh-hans">简体中文<' in told["page"]


def test_a_decision_comes_out_in_it(told):
    assert told["reasons"]
    assert all(each.startswith("¤") for each in told["reasons"])
    assert all(each.startswith("¤") for each in told["asked"].values())


def test_days_and_lists_are_written_as_it_does(told):
    assert told["written"] == ["ĵaŭdo, la 2-a de okt", "a, b kaj c"]
