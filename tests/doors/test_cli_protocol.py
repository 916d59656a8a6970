"""``patency protocol``: listed, shown, checked, frozen, compared; broken data is a sentence."""

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from patency.config.data import load_protocol
from tests.doors.command_line import Patency, copy_of_the_data, live_in, write_facts

OURS, PUBLISHED = "hsg/2026-1", "hsg/as-published"


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data that the command works with."""
    copied = copy_of_the_data(tmp_path / "data")
    live_in(copied, monkeypatch)
    return copied


def rule_file(root: Path) -> Path:
    return root / "protocols" / OURS / "rules" / "temperature-too-high.toml"


def test_both_versions_are_listed_with_what_they_are_for(patency: Patency) -> None:
    listed = {each["version"]: each for each in patency("protocol", "list", "--json").data}

    assert {name: each["use"] for name, each in listed.items()} == {
        OURS: "clinical",
        PUBLISHED: "study",
    }
    assert listed[OURS]["rules"] >= 30
    assert listed[OURS]["signed_off"] == 0
    assert patency("protocol", "list").code == 0


def test_every_rule_can_be_shown_in_full(patency: Patency) -> None:
    shown = patency("protocol", "show", OURS, "--json").data["rules"]
    assert len(shown) == len(load_protocol(OURS).rules)

    said = patency("protocol", "show", OURS, "--rule", "temperature-too-high")

    assert "temperature_c is at least 37.5 °C" in said.words
    assert "not yet signed off" in said.words
    assert "cannot tell" in said.words


def test_a_check_says_that_all_examples_come_out(patency: Patency) -> None:
    said = patency("protocol", "check", OURS)

    assert said.code == 0
    assert "all come out as they say" in said.words
    assert "not yet signed off" in said.words


def test_an_unknown_rule_or_version_is_refused_with_the_nearest(patency: Patency) -> None:
    said = patency.is_refused("protocol", "show", OURS, "--rule", "temprature-too-high")
    assert "Did you mean 'temperature-too-high'?" in said
    assert "Did you mean" in patency.is_refused("protocol", "check", "hsg/2026-2")


# ---- broken data


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("outcome ", "outcmoe ", "Did you mean 'outcome'?"),
        ('fact     = "temperature_c"', 'fact = "temprature_c"', "Did you mean 'temperature_c'?"),
        ('"HOLD"', '"BLOCK"', "says 'HOLD', but the rule says 'BLOCK'"),
        ("[when]", "[when", "must be TOML"),
    ],
)
def test_a_broken_rule_file_is_refused_with_file_field_and_what_is_allowed(
    patency: Patency, root: Path, wrong: str, right: str, says: str
) -> None:
    text = rule_file(root).read_text()
    if 'fact     = "temperature_c"' not in text:
        text = text.replace('fact = "temperature_c"', 'fact     = "temperature_c"')
    assert wrong in text
    rule_file(root).write_text(text.replace(wrong, right, 1))

    said = patency.is_refused("protocol", "check", OURS)

    assert "temperature-too-high.toml" in said
    assert says in said


def test_a_site_that_names_a_study_protocol_is_refused_at_start(
    patency: Patency, root: Path
) -> None:
    site = root / "sites" / "demo-west.toml"
    site.write_text(site.read_text().replace(OURS, PUBLISHED))

    said = patency.is_refused("decide", "--example", "booking")

    assert "demo-west.toml" in said
    assert "study only" in said


def test_a_site_with_a_value_outside_its_range_is_refused(patency: Patency, root: Path) -> None:
    local = next(
        each
        for each in load_protocol(OURS).parameters.values()
        if each.local and not each.choices and each.high is not None
    )
    site = root / "sites" / "demo-west.toml"
    text = site.read_text().replace("[parameters]", f"[parameters]\n{local.name} = 9999", 1)
    assert "9999" in text
    site.write_text(text.replace(f"[choices.{local.name}]", "[choices.elsewhere]"))

    said = patency("check", "site", "demo-west")

    assert said.code != 0
    assert local.name in said.words + said.err


# ---- released versions are frozen


def test_a_release_freezes_the_folder(patency: Patency, root: Path) -> None:
    said = patency("protocol", "release", OURS)
    assert said.code == 0
    assert (root / "protocols" / OURS / "RELEASE").read_text().strip() in said.words
    assert "is already released" in patency.is_refused("protocol", "release", OURS)

    rule_file(root).write_text(rule_file(root).read_text() + "\n# a small change\n")
    load_protocol.cache_clear()

    assert "its folder has changed since" in patency.is_refused("protocol", "check", OURS)


def test_what_does_not_come_out_is_not_released(patency: Patency, root: Path) -> None:
    text = rule_file(root).read_text()
    rule_file(root).write_text(text.replace("37.4", "37.6"))

    assert "temperature-too-high" in patency.is_refused("protocol", "release", OURS)
    assert not (root / "protocols" / OURS / "RELEASE").exists()


# ---- comparing


def test_a_version_says_the_same_as_itself(patency: Patency, tmp_path: Path) -> None:
    facts = write_facts(tmp_path, patency("decide", "--example", "booking").data)

    found = patency("protocol", "compare", OURS, OURS, "--facts", facts, "--json").data

    assert not any(found[key] for key in found if key not in ("old", "new", "decisions"))
    assert all(each["same"] for each in found["decisions"])
    assert "Both say the same" in patency("protocol", "compare", OURS, OURS).words


def test_a_version_without_a_rule_shows_whom_it_would_have_let_through(
    patency: Patency, root: Path, tmp_path: Path
) -> None:
    copied, new = root / "protocols" / OURS, root / "protocols" / "hsg" / "2026-2"
    copytree(copied, new, ignore=ignore_patterns("cases", "temperature-too-high.toml"))
    head = new / "protocol.toml"
    head.write_text(head.read_text().replace(OURS, "hsg/2026-2"))
    for words in root.glob(f"locale/*/protocols/{OURS}.toml"):
        before, after = words.read_text().split("[rules.temperature-too-high]")
        words.with_name("2026-2.toml").write_text(before + after[after.index("\n[") :])
    hot = patency("decide", "--example", "booking").data | {"temperature_c": 37.6}
    file = write_facts(tmp_path, hot)

    found = patency(
        "protocol", "compare", OURS, "hsg/2026-2", "--facts", file, "--stage", "booking", "--json"
    ).data

    assert found["rules_removed"] == ["temperature-too-high"]
    [decision] = found["decisions"]
    assert decision["verdict"] == ["HOLD", "CLEAR"]
    assert decision["fires_no_more"] == ["temperature-too-high"]


def test_the_articles_and_our_protocol_can_be_compared(patency: Patency, tmp_path: Path) -> None:
    write_facts(tmp_path, {"temperature_c": 38.0})

    said = patency("protocol", "compare", PUBLISHED, OURS, "--facts", tmp_path)

    assert said.code == 0
    assert "Rules added" in said.words
    assert "decisions come out differently" in said.words
