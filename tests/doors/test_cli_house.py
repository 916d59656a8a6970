"""The house as config joins it: a site's own values, its ways out, what it will not start with."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from patency.config.environment import NotConfigured
from patency.config.wiring import build_house
from patency.core.document import DocumentRefused
from patency.core.protocol.rulebook import ParameterRefused
from patency.gateways.memory import MemoryMail
from patency.gateways.not_sent import NotSent
from patency.gateways.printer import IppPrinter
from patency.service.house import House, NotKnown
from tests.doors.command_line import copy_of_the_data

WEST = "demo-west"


def house_with(root: Path, before: str, after: str) -> House:
    """Return the house after one change in the site file of demo-west."""
    copy_of_the_data(root)
    site = root / "sites" / f"{WEST}.toml"
    assert before in site.read_text()
    site.write_text(site.read_text().replace(before, after, 1))
    return build_house({"PATENCY_MODE": "test"}, root)


def in_production(**env: str) -> House:
    return build_house({"PATENCY_MODE": "production", **env})


def test_a_site_decides_with_what_it_chose_in_writing() -> None:
    house = build_house({"PATENCY_MODE": "test"})

    west, leeds = house.rulebook_at(WEST), house.rulebook_at("demo-leeds")

    assert west.parameters["abstinence_days_after"] == 14
    assert leeds.parameters["abstinence_days_after"] != 14
    assert house.rulebooks("hsg/2026-1", "").local == {}
    assert house.rulebook_at(WEST) is west


def test_the_articles_are_taken_as_they_stand_whatever_a_site_chose() -> None:
    house = build_house({"PATENCY_MODE": "test"})

    assert house.rulebooks("hsg/as-published", WEST).local == {}


def test_a_value_may_not_be_chosen_twice(tmp_path: Path) -> None:
    house = house_with(tmp_path, "[parameters]", "[parameters]\nbath_days_after = 7")

    with pytest.raises(DocumentRefused, match=r"parameters\.bath_days_after: is also a contested"):
        house.rulebook_at(WEST)


def test_a_site_may_not_set_what_the_protocol_keeps(tmp_path: Path) -> None:
    house = house_with(tmp_path, "[parameters]", "[parameters]\ncycle_day_capp = 11")

    with pytest.raises(ParameterRefused, match="Did you mean 'cycle_day_cap'"):
        house.rulebook_at(WEST)


def test_a_site_names_a_protocol_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentRefused, match="there is no protocol 'hsg/2031-1'"):
        house_with(tmp_path, '"hsg/2026-1"', '"hsg/2031-1"')


def test_what_the_house_does_not_have_is_named_with_what_it_has() -> None:
    house = build_house({"PATENCY_MODE": "test"})

    with pytest.raises(NotKnown, match="demo-leeds, demo-west"):
        house.site("demo-east")


# ---- ways out


def test_nothing_leaves_a_test_or_a_demo(tmp_path: Path) -> None:
    for mode in ("test", "demo"):
        house = build_house({"PATENCY_MODE": mode, "PATENCY_HOME": str(tmp_path)})
        assert isinstance(house.gateways.mail, MemoryMail)


def test_production_without_ways_out_starts_and_says_what_is_missing_when_one_is_used() -> None:
    ways = in_production().gateways

    with pytest.raises(NotSent, match="PATENCY_MAIL_HOST"):
        ways.mail.send(to="someone", subject="", text="")
    with pytest.raises(NotSent, match="PATENCY_SMS_URL"):
        ways.sms.send(to="someone", text="")


def test_production_uses_what_the_environment_names(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("for tests only")

    ways = in_production(
        PATENCY_PRINTER_USER="patency",
        PATENCY_PRINTER_PASSWORD_FILE=str(secret),
        PATENCY_MAIL_HOST="mail.example",
        PATENCY_MAIL_SENDER="clinic@example.org",
        PATENCY_MAIL_USER="clinic",
        PATENCY_MAIL_PASSWORD_FILE=str(secret),
        PATENCY_SMS_URL="https://sms.example/send",
        PATENCY_SMS_TOKEN_FILE=str(secret),
        PATENCY_SMS_ANSWERS_SECRET_FILE=str(secret),
    ).gateways

    assert ways.printer == IppPrinter(user="patency", password="for tests only")
    assert (ways.mail.host, ways.mail.port) == ("mail.example", 587)  # type: ignore[attr-defined]
    assert ways.sms.token == "for tests only"  # type: ignore[attr-defined]
    assert ways.sms.secret == "for tests only"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"PATENCY_MAIL_HOST": "mail.example"}, "PATENCY_MAIL_SENDER"),
        (
            {"PATENCY_MAIL_HOST": "mail.example", "PATENCY_MAIL_SECURITY": "some"},
            "it may be starttls, tls, none",
        ),
        ({"PATENCY_SMS_URL": "https://sms.example"}, "PATENCY_SMS_TOKEN_FILE"),
        ({"PATENCY_PRINTER_USER": "patency"}, "PATENCY_PRINTER_PASSWORD_FILE"),
        ({"PATENCY_MODE": "prodction"}, "PATENCY_MODE is 'prodction'"),
    ],
)
def test_half_a_way_out_is_refused_at_start(env: Mapping[str, str], says: str) -> None:
    with pytest.raises(NotConfigured, match=says):
        in_production(**env)
