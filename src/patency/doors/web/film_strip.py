"""The film strip: one examination as time from left to right, drawn as SVG, with a text that says
the same.

A page gives a ``Film``: its runs, and where they are known how far contrast has come and what was
seen when. ``film_strip`` turns it into the numbers that ``pieces/film_strip.html`` draws.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

WIDTH, EDGE = 720, 10
LONG_GAP, GAP_WIDTH, LEAST_FOR_RUNS = 12.0, 46, 300
MARKS_AT, FILM_AT, FILM_HEIGHT, CURVES_AT, CURVES_HEIGHT = 4, 30, 40, 92, 84
FRAME_APART = 5
SIDES = ("right", "left")
TUBES: Mapping[str, Promise] = {
    "right": gettext_lazy("Right tube"),
    "left": gettext_lazy("Left tube"),
}
# Each kind of mark: its words, the letter that is drawn, and whether it asks for attention.
MARKS: Mapping[str, tuple[Promise, str, bool]] = {
    "cavity-full": (gettext_lazy("Cavity full"), "C", False),
    "spill-right": (gettext_lazy("Spill on the right"), "R", False),
    "spill-left": (gettext_lazy("Spill on the left"), "L", False),
    "leak": (gettext_lazy("Leak beside the device"), "↓", True),
    "intravasation": (gettext_lazy("Contrast in vessels (intravasation)"), "V", True),
    "pain": (gettext_lazy("Pain"), "P", True),
    "faint": (gettext_lazy("Faint"), "F", True),
    "reaction": (gettext_lazy("Allergic reaction"), "!", True),
    "injection": (gettext_lazy("Contrast given"), "+", False),
    "stopped": (gettext_lazy("Stopped"), "×", True),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the X-ray, in seconds from the beginning; ``frames`` where they are counted."""

    begins: float
    ends: float
    frames: int | None = None
    href: str = ""
    """Where a touch leads, such as the first frame of the run in the viewer."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How far contrast has come in one tube: (seconds, reach); 0 is the horn, 1 its open end."""

    side: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that was seen, or happened, at a moment; ``kind`` is one of ``MARKS``."""

    kind: str
    at: float
    href: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """One examination as it is known: every part may still be empty."""

    runs: tuple[Run, ...] = ()
    curves: tuple[Curve, ...] = ()
    marks: tuple[Mark, ...] = ()
    is_suggested: bool = False
    """Whether curves and marks are a computer's suggestion that nobody has accepted."""


@dataclass(frozen=True, slots=True)
class Block:
    """One run as it is drawn."""

    number: int
    x: float
    width: float
    lines: tuple[float, ...]
    """Where frames meet; thinned out where they would touch."""
    seconds: float
    href: str
    text: str

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two runs; a long one is cut short and says how long it is."""

    x: float
    width: float
    is_cut: bool
    says: str

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def end(self) -> float:
        return round(self.x + self.width, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One curve as it is drawn; the left is dashed and ends in a square."""

    side: str
    name: str
    points: str
    end_x: float
    end_y: float


@dataclass(frozen=True, slots=True)
class Sign:
    """One mark as it is drawn."""

    x: float
    row: int
    letter: str
    name: str
    says: str
    asks: bool
    seconds: float
    href: str


@dataclass(frozen=True, slots=True)
class FilmStrip:
    """The drawing, and the sentences for those who do not see it."""

    blocks: tuple[Block, ...] = ()
    gaps: tuple[Gap, ...] = ()
    lines: tuple[Line, ...] = ()
    signs: tuple[Sign, ...] = ()
    sentences: tuple[str, ...] = ()
    is_suggested: bool = False
    width: int = WIDTH
    top: int = 0
    """How far everything is moved down to make room for several rows of marks."""
    key: tuple[tuple[str, str], ...] = field(default=())
    """Every letter that is drawn, with its words."""

    def __bool__(self) -> bool:
        return bool(self.blocks or self.signs or self.lines)

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    @property
    def film_at(self) -> int:
        return FILM_AT + self.top

    @property
    def film_end(self) -> int:
        return self.film_at + FILM_HEIGHT

    @property
    def curves_at(self) -> int:
        return CURVES_AT + self.top

    @property
    def curves_end(self) -> int:
        return self.curves_at + CURVES_HEIGHT

    @property
    def height(self) -> int:
        return (self.curves_end + 8) if self.lines else (self.film_end + 20)


def film_strip(film: Film) -> FilmStrip:
    """Return the strip of one examination; an empty film gives an empty strip."""
    runs = sorted(film.runs, key=lambda run: run.begins)
    moments = [moment for run in runs for moment in (run.begins, run.ends)]
    moments += [at for curve in film.curves for at, _reach in curve.points]
    moments += [mark.at for mark in film.marks]
    if not moments:
        return FilmStrip()
    stretches = list(_stretches(runs, min(moments), max(moments)))
    width = _width(stretches)
    place = _placed(stretches, width)
    marks = sorted(film.marks, key=lambda mark: mark.at)
    rows = _rows([place(mark.at) for mark in marks])
    top = 22 * max(rows, default=0)
    return FilmStrip(
        blocks=tuple(_block(number, run, place) for number, run in enumerate(runs, start=1)),
        gaps=tuple(_gap(one, place) for one in stretches if not one.is_run),
        lines=tuple(_line(curve, place, CURVES_AT + top) for curve in film.curves if curve.points),
        signs=tuple(
            _sign(mark, min(max(place(mark.at), 10.0), width - 10.0), max(rows) - row)
            for mark, row in zip(marks, rows, strict=True)
        ),
        sentences=tuple(_sentences(film, runs, marks)),
        is_suggested=film.is_suggested,
        width=width,
        top=top,
        key=tuple(dict.fromkeys((MARKS[mark.kind][1], str(MARKS[mark.kind][0])) for mark in marks)),
    )


@dataclass(frozen=True, slots=True)
class _Stretch:
    begins: float
    ends: float
    is_run: bool

    @property
    def length(self) -> float:
        return self.ends - self.begins

    @property
    def is_cut(self) -> bool:
        return not self.is_run and self.length > LONG_GAP


def _stretches(runs: Sequence[Run], first: float, last: float) -> Iterator[_Stretch]:
    """Yield the whole time as runs and what lies between them."""
    at = first
    for run in runs:
        if run.begins > at:
            yield _Stretch(at, run.begins, False)
        if run.ends > at:
            yield _Stretch(max(at, run.begins), run.ends, True)
        at = max(at, run.ends)
    if last > at:
        yield _Stretch(at, last, False)


def _width(stretches: Sequence[_Stretch]) -> int:
    """Return how wide the drawing is: wider only where many pauses would leave runs no room."""
    cut = sum(one.is_cut for one in stretches)
    return max(WIDTH, 2 * EDGE + cut * GAP_WIDTH + LEAST_FOR_RUNS)


def _placed(stretches: Sequence[_Stretch], width: int) -> Callable[[float], float]:
    """Return where a moment stands from left to right; long gaps are cut to one width."""
    cut = sum(one.is_cut for one in stretches)
    drawn = sum(one.length for one in stretches if not one.is_cut)
    scale = (width - 2 * EDGE - cut * GAP_WIDTH) / drawn if drawn else 0.0

    def place(at: float) -> float:
        x = float(EDGE)
        for one in stretches:
            wide = GAP_WIDTH if one.is_cut else one.length * scale
            if at <= one.ends:
                part = (at - one.begins) / one.length if one.length else 0.0
                return round(x + wide * min(max(part, 0.0), 1.0), 1)
            x += wide
        return round(x, 1)

    return place


def _block(number: int, run: Run, place: Callable[[float], float]) -> Block:
    x, end = place(run.begins), place(run.ends)
    width = round(max(end - x, 3.0), 1)
    most = int(width // FRAME_APART)
    shown = min(run.frames or 0, most)
    lines = tuple(round(x + width * each / shown, 1) for each in range(1, shown))
    return Block(number, x, width, lines, run.begins, run.href, _of_run(number, run))


def _gap(one: _Stretch, place: Callable[[float], float]) -> Gap:
    x = place(one.begins)
    return Gap(x, round(place(one.ends) - x, 1), one.is_cut, short(one.length))


def _line(curve: Curve, place: Callable[[float], float], top: int) -> Line:
    drawn = [
        (place(at), round(top + CURVES_HEIGHT * (1 - min(max(reach, 0.0), 1.0)), 1))
        for at, reach in sorted(curve.points)
    ]
    points = " ".join(f"{x:g},{y:g}" for x, y in drawn)
    return Line(curve.side, str(TUBES[curve.side]), points, *drawn[-1])


def _sign(mark: Mark, x: float, row: int) -> Sign:
    name, letter, asks = MARKS[mark.kind]
    says = _("%(what)s at %(time)s") % {"what": name, "time": clock(mark.at)}
    return Sign(x, MARKS_AT + 22 * row, letter, str(name), says, asks, mark.at, mark.href)


def _rows(places: Sequence[float]) -> list[int]:
    """Return for each mark how many rows it stands above the lowest, so that none cover others."""
    rows: list[int] = []
    ends: list[float] = []
    for x in places:
        row = next((each for each, end in enumerate(ends) if x - end >= 22), len(ends))
        ends[row : row + 1] = [x]
        rows.append(row)
    return rows


# ---------------------------------------------------------------- the same in words


def _sentences(film: Film, runs: Sequence[Run], marks: Sequence[Mark]) -> Iterator[str]:
    if film.is_suggested:
        yield _("Suggested by the computer; nobody has accepted it yet.")
    if runs:
        yield ngettext("%(count)s run in %(time)s.", "%(count)s runs in %(time)s.", len(runs)) % {
            "count": len(runs),
            "time": short(runs[-1].ends - runs[0].begins),
        }
    before = None
    for number, run in enumerate(runs, start=1):
        if before is not None and run.begins > before:
            yield _("Pause of %(time)s.") % {"time": short(run.begins - before)}
        yield _of_run(number, run)
        before = max(before or run.ends, run.ends)
    for curve in film.curves:
        if curve.points:
            yield _of_curve(curve)
    for mark in marks:
        what = {"what": MARKS[mark.kind][0], "time": clock(mark.at)}
        yield _("%(what)s at %(time)s.") % what


def _of_run(number: int, run: Run) -> str:
    said = {"number": number, "from": clock(run.begins), "to": clock(run.ends)}
    if run.frames is None:
        return _("Run %(number)s from %(from)s to %(to)s.") % said
    return ngettext(
        "Run %(number)s from %(from)s to %(to)s, %(frames)s frame.",
        "Run %(number)s from %(from)s to %(to)s, %(frames)s frames.",
        run.frames,
    ) % {**said, "frames": run.frames}


def _of_curve(curve: Curve) -> str:
    far, at = max((min(reach, 1.0), -at) for at, reach in curve.points)
    said = {"tube": TUBES[curve.side], "time": clock(-at), "part": round(100 * max(far, 0.0))}
    if far <= 0:
        return _("%(tube)s: contrast is not seen in it.") % said
    if far >= 1:
        return _("%(tube)s: contrast reaches its open end at %(time)s.") % said
    return _("%(tube)s: contrast reaches %(part)s %% of its length at %(time)s.") % said


def clock(seconds: float) -> str:
    """Return a moment of the film as a counter shows it: 0:08, 12:40."""
    whole = round(seconds)
    sign, whole = ("-" if whole < 0 else ""), abs(whole)
    return f"{sign}{whole // 60}:{whole % 60:02}"


def short(seconds: float) -> str:
    """Return how long something lasted: "12 s", "4 min"."""
    if seconds < 100:
        return _("%(count)s s") % {"count": round(seconds)}
    return _("%(count)s min") % {"count": round(seconds / 60)}
