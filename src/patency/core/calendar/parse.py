"""An official holiday notice, as written in a calendar file, to a ``HolidayYear``."""

from collections.abc import Mapping
from datetime import date

from patency.core.calendar.legal import SATURDAY, HolidayYear, Notice
from patency.core.document import Table

HOW_TO = "docs/how-to/add-a-holiday-year.md"


def parse_calendar(document: Mapping[str, object], file_name: str) -> HolidayYear:
    """Return one country's official year. Raises ``DocumentRefused`` naming all that is wrong.

    ``file_name`` is the bare name, such as ``cn-2025.toml``; it must fit country and year.
    """
    top = Table(document, file_name)
    country = top.text("country", what='a country code such as "CN" or "GB-ENG"')
    year = top.count("year", low=2000, high=2100, unit="years")
    top.text("name")
    expected = f"{country.lower()}-{year}.toml"
    if country and top.has("year") and file_name != expected:
        top.refuse(
            "", f"a file for {country} {year} is called {expected}; rename it or correct it."
        )
    if top.wrong:
        top.finish(see=HOW_TO)  # without its country and year no date can be judged

    source = top.table("source")
    notice = Notice(
        issued_by=source.text("issued_by"),
        title=source.text("notice"),
        issued_on=source.day("issued_on"),
        url=source.text("url", default=""),
    )
    source.close()

    closed, translations, over_new_year = _read_holidays(top, year)
    make_up = _read_workdays(top, year, closed, over_new_year)
    top.close()
    top.finish(see=HOW_TO)
    return HolidayYear(country, year, closed, make_up, notice, translations)


def _read_holidays(
    top: Table, year: int
) -> tuple[dict[date, str], dict[str, dict[str, str]], set[str]]:
    """Return closed days with their names, translated names, and the blocks over New Year."""
    closed: dict[date, str] = {}
    zh: dict[str, str] = {}
    over_new_year: set[str] = set()
    for block in top.tables("holiday"):
        name = block.text("name")
        in_chinese = block.text("name_zh", default="")
        if in_chinese:
            zh[name] = in_chinese
        days = block.span()
        inside = [day.year == year for day in days]
        if days and not any(inside):
            block.refuse(
                "on" if len(days) == 1 else "from",
                f"{days[0]} is not in {year}. Only a block that runs over New Year may begin or "
                "end outside its year; move it to the file of its own year.",
            )
        elif not all(inside):
            over_new_year.add(name)
        for day in days:
            if day in closed:
                block.refuse(
                    "on", f"{day} is already in {closed[day]!r}. Write each day once, in one block."
                )
            closed[day] = name
        block.close()
    return closed, {"zh": zh} if zh else {}, over_new_year


def _read_workdays(
    top: Table, year: int, closed: Mapping[date, str], over_new_year: set[str]
) -> dict[date, str]:
    """Return the weekend days that are worked, each with the holiday it makes up for."""
    make_up: dict[date, str] = {}
    names = tuple(dict.fromkeys(closed.values()))
    for workday in top.tables("workday", may_be_empty=True):
        instead_of = workday.choice("instead_of", names)
        day = workday.day("on")
        workday.close()
        if day == date.min:
            continue
        if day in closed or day in make_up:
            workday.refuse(
                "on", f"{day} stands here twice. A day is worked or closed; write it once."
            )
        if day.weekday() < SATURDAY:
            workday.refuse(
                "on", f"{day} is a weekday. A make-up workday is a Saturday or a Sunday."
            )
        if day.year != year and instead_of not in over_new_year:
            workday.refuse(
                "on",
                f"{day} is not in {year}. Only the make-up day of a block that runs over New Year "
                "may be; move it to the file of its own year.",
            )
        make_up[day] = instead_of
    return make_up
