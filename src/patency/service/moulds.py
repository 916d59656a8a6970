"""A piece of seeding: one visit as the services wrote it, to be cast again for many other women.

A mould is the text of a visit's rows with holes: for every key, for every day (which moves by whole
weeks), for the moments of the test and of the examination (which move with the place she has), for
her name and number, and for the facts that are her own. What fills no hole is the same for all.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple, TypeGuard
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models

from patency.core.calendar.legal import LegalCalendar, YearMissing
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Stage
from patency.records.bulk import Marks, columns
from patency.records.facts_on import facts_from_json
from patency.records.models.report import Release, Report
from patency.records.models.visit import Answer, Decision
from patency.service.house import House
from patency.service.judging import as_shown

OWN_FACTS = ("bmi_kg_m2", "weight_kg", "temperature_c")
"""The facts that differ from woman to woman; another value of them is judged like the mould's."""
TAGS = {17: "clinic_visit", 31: "exam"}
"""By its seconds a moment of a mould tells which place it moves with; others keep their hour."""
NEAR = timedelta(days=120)  # a day further off, such as when a price was set, does not move
SENTINELS = {
    "Qfamilyq": "family",
    "Qgivenq": "given",
    "丂丂": "family",
    "丄丄": "given",
    "010-0999-0101": "phone",
}
"""What stands in a mould where her name and phone are filled in."""
BORN = date(1901, 2, 3)

_DAY_NAMES = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_HOLE = re.compile(
    r"(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|(?P<hex>(?<![0-9a-f-])[0-9a-f]{32}(?![0-9a-f]))"
    r"|(?P<receipt>(?<=[RA]-)(?P<compact>\d{8})-(?P<upper>[0-9A-F]{8}))"
    r"|(?P<moment>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\+00:00)?)"
    r"|(?P<day>\d{4}-\d\d-\d\d)"
    rf"|(?P<words>(?:(?:{_DAY_NAMES}) )?\d{{1,2}} (?:{'|'.join(_MONTHS)}) \d{{4}})"
    r"|(?P<chinese>\d{4}年\d{1,2}月\d{1,2}日)"
    r"|(?P<short>(?<![0-9a-f-])[0-9a-f]{8}(?![0-9a-f-]))"
    r"|(?P<number>PT-[0-9A-Z]{4}-[0-9A-Z]{4})"
    r"|(?P<token>NX-[0-9A-Z]{4}-[0-9A-Z]{4})"
    rf"|(?P<name>{'|'.join(SENTINELS)})"
    r"|(?P<clock>(?<![\d:])\d\d:\d\d(?![\d:]))"
    r"|\x02(?P<own>\w+)\x03"
)


@dataclass(frozen=True)
class AskedCalendar(LegalCalendar):
    """A legal calendar that notes which days it was asked about."""

    asked: set[date] = field(default_factory=set)

    def day(self, day: date) -> Any:
        """Return what the law makes of a day, noting that it was asked."""
        self.asked.add(day)
        return LegalCalendar.day(self, day)


class Hole(NamedTuple):
    """One thing that is not the same for all: its kind, which one, in which form it is written."""

    kind: str
    which: Any
    form: str = ""


@dataclass(frozen=True, slots=True)
class Filling:
    """What one woman's cast is filled with."""

    patient: UUID
    ids: Sequence[UUID]
    """Keys for the mould's rows, in its order, the woman's own left out."""
    late: Mapping[str, timedelta]
    """How far the moments of a place move beyond the weeks, by the kind of the place."""
    own: Mapping[str, str]
    """Her name, phone, birth date, number, token, code and facts, by the name of the hole."""


@dataclass(slots=True)
class Mould:
    """A visit's rows with holes, ready to be cast."""

    rows: Mapping[type[models.Model], Sequence[models.Model]]
    """As the services wrote them."""
    ids: Sequence[UUID]
    """The keys of those rows; the woman's own and those of places come first."""
    asked: frozenset[date]
    """The days whose calendar had a part in it."""
    zone: ZoneInfo
    texts: list[tuple[type[models.Model], str, Callable[[Sequence[str]], Any] | None]] = field(
        default_factory=list
    )
    holes: dict[str, list[Hole]] = field(default_factory=dict)
    """By kind, in the order in which a cast fills them."""
    checked: dict[object, bool] = field(default_factory=dict)
    days: dict[int, list[str]] = field(default_factory=dict)
    slot_times: dict[str, datetime] = field(default_factory=dict)
    """When the places of the mould begin, by kind."""

    def decisions(self) -> Sequence[Any]:
        """Return the decisions of the visit."""
        return self.rows.get(Decision, ())


KINDS = ("day", "id", "hex", "short", "upper", "moment", "own")


def mould_of(
    rows: Mapping[type[models.Model], Sequence[models.Model]],
    first_ids: Sequence[UUID],
    asked: Iterable[date],
    zone: ZoneInfo,
    marks: Marks,
) -> Mould:
    """Return the mould of a visit's rows; ``first_ids`` are her own key and those of places."""
    keys = [row.pk for of_table in rows.values() for row in of_table if isinstance(row.pk, UUID)]
    ids = [*first_ids, *(key for key in keys if key not in first_ids)]
    mould = Mould(rows, ids, frozenset(asked), zone)
    cut = _Cutter(mould)
    pieces = {
        model: cut.pieces("".join(_row_text(row, marks) for row in of_table), model)
        for model, of_table in rows.items()
    }
    mould.holes = {kind: [hole for hole in cut.found if hole.kind == kind] for kind in KINDS}
    in_order = [hole for kind in KINDS for hole in mould.holes[kind]]
    place = {hole: index for index, hole in enumerate(in_order)}
    for model, parts in pieces.items():
        text = "".join("%s" if isinstance(p, Hole) else p.replace("%", "%%") for p in parts)
        wanted = [place[part] for part in parts if isinstance(part, Hole)]
        if len(wanted) == 1:
            wanted *= 2  # an itemgetter of one gives no tuple
            text += "%.0s"
        mould.texts.append((model, text, itemgetter(*wanted) if wanted else None))
    return mould


def cast(mould: Mould, weeks: int, filling: Filling) -> list[tuple[type[models.Model], str]]:
    """Return the texts of her rows, table by table."""
    shift, holes = timedelta(weeks=weeks), mould.holes
    if weeks not in mould.days:
        mould.days[weeks] = [_written_day(hole.which + shift, hole.form) for hole in holes["day"]]
    ids = dict(zip(mould.ids, (filling.patient, *filling.ids), strict=True))
    values = [
        *mould.days[weeks],
        *[str(ids[hole.which]) for hole in holes["id"]],
        *[ids[hole.which].hex for hole in holes["hex"]],
        *[ids[hole.which].hex[:8] for hole in holes["short"]],
        *[ids[hole.which].hex[:8].upper() for hole in holes["upper"]],
        *[_moment(mould, hole, shift, filling) for hole in holes["moment"]],
        *[filling.own[hole.which] for hole in holes["own"]],
    ]
    return [
        (model, text % wanted(values) if wanted else text % ())
        for model, text, wanted in mould.texts
    ]


def _moment(mould: Mould, hole: Hole, shift: timedelta, filling: Filling) -> str:
    tag, moment = hole.which
    moved: datetime = moment + shift + filling.late[tag]
    if hole.form == "clock":
        return f"{moved.astimezone(mould.zone):%H:%M}"
    text = moved.isoformat(hole.form[0])
    return text[:19] if hole.form.endswith("naive") else text


def _written_day(day: date, form: str) -> str:
    match form:
        case "compact":
            return f"{day:%Y%m%d}"
        case "weekday":
            return f"{day:%A} {day.day} {_MONTHS[day.month - 1]} {day.year}"
        case "words":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        case "chinese":
            return f"{day.year}年{day.month}月{day.day}日"
    return day.isoformat()


class _Cutter:
    """Cuts texts at their holes, counting each hole once."""

    def __init__(self, mould: Mould) -> None:
        self.found: dict[Hole, None] = {}
        self._zone = mould.zone
        self._ids = {str(key): key for key in mould.ids}
        self._hexes = {key.hex: key for key in mould.ids}
        self._shorts = {key.hex[:8]: key for key in mould.ids}
        self._middle = min(
            (row.made_at.date() for row in mould.decisions()), default=None
        ) or _first_moment(mould)
        self._clocks: dict[str, tuple[str, datetime]] = {}

    def pieces(self, text: str, model: type[models.Model]) -> list[str | Hole]:
        """Return a text as what stays and what differs, in turn."""
        parts: list[str | Hole] = []
        end = 0
        for match in _HOLE.finditer(text):
            holes = self._holes(match, model)
            if holes is None:
                continue
            parts += [text[end : match.start()], *holes]
            end = match.end()
        for part in (parts := [*parts, text[end:]]):
            if isinstance(part, Hole):
                self.found[part] = None
        return parts

    def _holes(self, match: re.Match[str], model: type[models.Model]) -> list[str | Hole] | None:
        kind, text = match.lastgroup, match[0]
        if match["receipt"]:
            key = self._shorts.get(match["upper"].lower())
            day = date(*(int(match["compact"][a:b]) for a, b in ((0, 4), (4, 6), (6, 8))))
            return key and [Hole("day", day, "compact"), "-", Hole("upper", key)]  # type: ignore[return-value]
        match kind:
            case "id" if text in self._ids:
                return [Hole("id", self._ids[text])]
            case "hex" if text in self._hexes:
                return [Hole("hex", self._hexes[text])]
            case "short" if text in self._shorts:
                return [Hole("short", self._shorts[text])]
            case "moment":
                return self._hole_of_moment(text)
            case "day" if text == BORN.isoformat():
                return [Hole("own", "born")]
            case "day" | "words" | "chinese":
                return self._day(text, kind)
            case "number" | "token":
                return [Hole("own", kind)]
            case "name":
                return [Hole("own", SENTINELS[text])]
            case "clock" if model is Report and text in self._clocks:
                return [Hole("moment", self._clocks[text], "clock")]
            case "own":
                return [Hole("own", match["own"])]
        return None

    def _hole_of_moment(self, text: str) -> list[str | Hole] | None:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        tag = TAGS.get(moment.second)
        if tag is None:
            found = self._day(text[:10], "day")
            return found and [*found, text[10:]]
        self._clocks[f"{moment.astimezone(self._zone):%H:%M}"] = (tag, moment)
        form = text[10] + ("" if text.endswith("+00:00") else "naive")
        return [Hole("moment", (tag, moment), form)]

    def _day(self, text: str, kind: str) -> list[str | Hole] | None:
        day, form = _read_day(text, kind)
        return [Hole("day", day, form)] if abs(day - self._middle) < NEAR else None


def _first_moment(mould: Mould) -> date:
    moments = [
        value
        for of_table in mould.rows.values()
        for row in of_table
        for value in vars(row).values()
        if isinstance(value, datetime)
    ]
    return min(moments).date()


def _read_day(text: str, kind: str) -> tuple[date, str]:
    match kind:
        case "words":
            *weekday, day, month, year = text.split()
            form = "weekday" if weekday else "words"
            return date(int(year), _MONTHS.index(month) + 1, int(day)), form
        case "chinese":
            return date(*(int(each) for each in re.findall(r"\d+", text))), "chinese"
    return date.fromisoformat(text), ""


def _row_text(row: models.Model, marks: Marks) -> str:
    """Return a row as text, with marks where her own facts and codes stand."""
    cells = []
    for column in columns(type(row)):
        value = getattr(row, column.attname)
        if value is not None and isinstance(column, models.JSONField):
            value = _json_text(row, column, value)
        elif isinstance(row, Release) and column.name == "code_hash" and value:
            value = "\x02code_hash\x03"
        cells.append(marks.text(value))
    return marks.cell.join(cells) + marks.row


def _json_text(row: models.Model, column: Any, value: Any) -> str:
    if isinstance(row, Answer) and row.fact in OWN_FACTS:
        return f"\x02{row.fact}\x03"
    if isinstance(row, Decision) and column.name == "facts":
        own = [name for name in OWN_FACTS if name in value]
        text = json.dumps({**value, **{name: f"<{name}>" for name in own}}, ensure_ascii=False)
        for name in own:
            text = text.replace(f'"<{name}>"', f"\x02{name}\x03")
        return text
    return json.dumps(value, cls=column.encoder, ensure_ascii=False)


# ---------------------------------------------------------------- where a mould may be cast


def fits(mould: Mould, calendar: LegalCalendar, weeks: int) -> bool:
    """Return whether the calendar of the days so many weeks away is like that of the mould."""
    shift = timedelta(weeks=weeks)
    try:
        return all(calendar.day(d).kind == calendar.day(d + shift).kind for d in mould.asked)
    except YearMissing:
        return False


def still_says(
    mould: Mould, house: House, site: str, *, weeks: int = 0, own: Mapping[str, Any] | None = None
) -> bool:
    """Return whether each decision of the mould comes out as it was on other days, for another
    woman: the same verdict, the same rules, the same words with their days moved."""
    key = (weeks, tuple(sorted((own or {}).items())))
    if key not in mould.checked:
        mould.checked[key] = all(
            _same(mould, row, house, site, weeks, own or {}) for row in mould.decisions()
        )
    return mould.checked[key]


def _same(
    mould: Mould, row: Any, house: House, site: str, weeks: int, own: Mapping[str, Any]
) -> bool:
    day, shift = row.made_at.date(), timedelta(weeks=weeks)
    facts = {
        name: value + shift if _moves(value, day) else own.get(name, value)
        for name, value in facts_from_json(row.facts).items()
    }
    code = row.shown["language"]
    decision = decide(house.rulebook_at(site), Stage(row.stage), facts, code)
    shown = {"language": code, "reasons": [as_shown(each) for each in decision.reasons]}
    return bool(
        decision.verdict == row.outcome
        and decision.may_proceed == row.may_proceed
        and (decision.urgency.value if decision.urgency else "") == row.urgency
        and [reason.rule.id for reason in decision.reasons] == row.rule_ids
        and [each.rule.id for each in decision.unsettled] == row.unsettled
        and list(decision.questions) == row.questions
        and shown == json.loads(_moved(json.dumps(row.shown, ensure_ascii=False), weeks, day))
    )


def _moves(value: Any, middle: date) -> TypeGuard[date]:
    """Return whether a fact is a day that moves with the weeks."""
    if isinstance(value, datetime):
        return abs(value.date() - middle) < NEAR
    return isinstance(value, date) and abs(value - middle) < NEAR


def _moved(text: str, weeks: int, middle: date) -> str:
    """Return a text with its days moved."""
    shift = timedelta(weeks=weeks)

    def moved(match: re.Match[str]) -> str:
        kind, found = str(match.lastgroup), match[0]
        if kind == "moment":
            return moved_day(found[:10], "day") + found[10:]
        return moved_day(found, kind) if kind in ("day", "words", "chinese") else found

    def moved_day(found: str, kind: str) -> str:
        day, form = _read_day(found, kind)
        return _written_day(day + shift, form) if abs(day - middle) < NEAR else found

    return _HOLE.sub(moved, text)
