"""A piece of the quality service: which cases of a month count for which indicator.

Each function yields the cases of one indicator, from the rows of the month and no others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from patency.core.findings.model import KEY_IMAGES
from patency.core.pregnancy import PregnancyState
from patency.core.protocol.model import Protocol, Stage
from patency.core.quality import Case, Indicator
from patency.core.site.model import Site
from patency.records.seen_by import Seen

ONE_DAY = timedelta(days=1)
PREGNANCY_TESTS = ("pregnancy_urine", "hcg_serum")
EXAM_COLUMNS = (
    "visit_id", "visit__patient_id", "visit__opened_at", "started_at", "dap_gy_cm2",
    "fluoro_seconds", "events", "key_images", "outcome", "pain_score",
)  # fmt: skip


@dataclass
class Month:
    """The rows of one month of one site, each kind read once."""

    site: Site
    protocol: Protocol
    seen: Seen
    now: datetime
    first: datetime
    """Midnight of its first day on the site's clock."""
    after: datetime
    """Midnight of the first day after it."""
    indicators: Mapping[str, Indicator]
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.time_zone)

    def day(self, moment: datetime) -> date:
        """Return the site's calendar day of a moment."""
        return moment.astimezone(self.zone).date()

    def within(self, name: str) -> timedelta:
        """Return how long something counts for an indicator."""
        days = self.indicators[name].within_days
        assert days is not None, f"{name} counts within some days; its file says how many."
        return days * ONE_DAY

    def is_looked_at(self, name: str, value: float) -> bool:
        """Return whether a single case of this figure is looked at."""
        limit = self.indicators[name].look_at
        return limit is not None and value >= limit

    @cached_property
    def exams(self) -> list[dict[str, Any]]:
        """The examinations of the month."""
        rows = self.seen.exam_records.filter(started_at__gte=self.first, started_at__lt=self.after)
        return list(rows.values(*EXAM_COLUMNS))

    @cached_property
    def of_visits(self) -> Mapping[str, Any]:
        """A filter for rows that hang on the month's examinations."""
        return {
            "visit__exam_record__started_at__gte": self.first,
            "visit__exam_record__started_at__lt": self.after,
        }


def _dose(month: Month) -> Iterator[Case]:
    reference = month.site.dose_reference.dap_gy_cm2
    for exam in month.exams:
        if (dose := exam["dap_gy_cm2"]) is not None:
            # 1 Gy·cm² is 100 cGy·cm²; an outlier is above the site's own reference level.
            yield Case(str(exam["visit_id"]), float(dose) * 100, float(dose) > reference)


def _screening_time(month: Month) -> Iterator[Case]:
    for exam in month.exams:
        if (seconds := exam["fluoro_seconds"]) is not None:
            minutes = seconds / 60
            looked_at = month.is_looked_at("screening-time", minutes)
            yield Case(str(exam["visit_id"]), minutes, looked_at)


def _exams_that(good: Callable[[Mapping[str, Any]], bool]) -> Callable[[Month], Iterator[Case]]:
    def count(month: Month) -> Iterator[Case]:
        for exam in month.exams:
            yield _share(exam["visit_id"], good(exam))

    return count


def _share(visit: UUID, good: bool) -> Case:
    return Case(str(visit), float(good), not good)


def _report_in_time(month: Month) -> Iterator[Case]:
    rows = month.seen.releases.filter(**month.of_visits)
    for visit, due, released in rows.values_list("visit_id", "due_at", "released_at"):
        if released is None and due > month.now:
            continue  # the promise still runs
        # The worker releases within minutes of the hour, so the day counts.
        in_time = released is not None and month.day(released) <= month.day(due)
        yield _share(visit, in_time)


def _wait(month: Month) -> Iterator[Case]:
    for exam in month.exams:
        waited = exam["started_at"] - exam["visit__opened_at"]
        yield _share(exam["visit_id"], waited <= month.within("wait"))


def _turned_down_next_cycle(month: Month) -> Iterator[Case]:
    rows = month.seen.turned_down.filter(
        at__gte=month.first, at__lt=month.after, priority_for_next=True
    )
    columns = ("visit_id", "at", "next_to", "visit__exam_record__started_at")
    for visit, at, next_to, examined in rows.values_list(*columns):
        # From the last day on which her next period was expected, or from the day of the refusal.
        by = (next_to or month.day(at)) + month.within("turned-down-next-cycle")
        if examined is None and by >= month.day(month.now):
            continue
        yield _share(visit, examined is not None and month.day(examined) <= by)


def _pregnancy_test(month: Month) -> Iterator[Case]:
    rows = month.seen.test_results.filter(kind__in=PREGNANCY_TESTS, **month.of_visits)
    tested = {(visit, day) for visit, day in rows.values_list("visit_id", "day")}
    for exam in month.exams:
        yield _share(exam["visit_id"], (exam["visit_id"], month.day(exam["started_at"])) in tested)


def _arrivals(month: Month) -> Mapping[UUID, Mapping[str, Any]]:
    """Return the decision at her arrival that each examination of the month rests on."""
    if "arrivals" not in month.memory:
        rows = month.seen.decisions.filter(stage=Stage.ARRIVAL.value, **month.of_visits)
        found: dict[UUID, Mapping[str, Any]] = {}
        for row in rows.order_by("made_at").values("pk", "visit_id", "rule_ids"):
            found[row["visit_id"]] = row
        month.memory["arrivals"] = found
    kept: Mapping[UUID, Mapping[str, Any]] = month.memory["arrivals"]
    return kept


def _outside(month: Month) -> Iterator[tuple[UUID, frozenset[str]]]:
    """Yield every examination with the timing rules that stood against its day."""
    timing = {rule.id for rule in month.protocol.rules if rule.timing and rule.outcome.stops}
    for visit, row in _arrivals(month).items():
        yield visit, frozenset(row["rule_ids"]) & timing


def _inside_window(month: Month) -> Iterator[Case]:
    for visit, against in _outside(month):
        yield _share(visit, not against)


def _outside_approved(month: Month) -> Iterator[Case]:
    rows = month.seen.overrides.filter(
        decision__visit__exam_record__started_at__gte=month.first,
        decision__visit__exam_record__started_at__lt=month.after,
    )
    approved: dict[UUID, set[str]] = {}
    for visit, rule in rows.values_list("decision__visit_id", "rule_id"):
        approved.setdefault(visit, set()).add(rule)
    for visit, against in _outside(month):
        if against:
            yield _share(visit, against <= approved.get(visit, set()))


def _dates(month: Month) -> list[dict[str, Any]]:
    if "dates" not in month.memory:
        days = {"slot__day__gte": month.first.date(), "slot__day__lt": month.after.date()}
        rows = month.seen.bookings.filter(kind="exam", slot__day__lte=month.day(month.now), **days)
        month.memory["dates"] = list(rows.values("visit_id", "state", "slot__day", "ended_at"))
    kept: list[dict[str, Any]] = month.memory["dates"]
    return kept


def _given_up_on_the_day(month: Month) -> Iterator[Case]:
    for row in _dates(month):
        ended = row["ended_at"]
        on_the_day = ended is not None and month.day(ended) == row["slot__day"]
        if row["state"] == "attended" or (on_the_day and row["state"] in ("cancelled", "bumped")):
            gone = row["state"] != "attended"
            yield Case(str(row["visit_id"]), float(gone), gone)


def _no_show(month: Month) -> Iterator[Case]:
    for row in _dates(month):
        if row["state"] in ("attended", "missed"):
            missed = row["state"] == "missed"
            yield Case(str(row["visit_id"]), float(missed), missed)


def _infection(month: Month) -> Iterator[Case]:
    rows = month.seen.treatments.filter(**month.of_visits)
    treated: dict[UUID, list[date]] = {}
    for visit, began in rows.values_list("visit_id", "started_on"):
        treated.setdefault(visit, []).append(began)
    for exam in month.exams:
        day = month.day(exam["started_at"])
        last = day + month.within("infection")
        infected = any(day < began <= last for began in treated.get(exam["visit_id"], ()))
        if infected or last <= month.day(month.now):
            yield Case(str(exam["visit_id"]), float(infected), infected)


def _dilated_antibiotics(month: Month) -> Iterator[Case]:
    newest: dict[UUID, Any] = {}
    rows = month.seen.findings.filter(**month.of_visits).order_by("made_at")
    for visit, tubes in rows.values_list("visit_id", "tubes"):
        newest[visit] = tubes
    given = set(
        month.seen.antibiotic_choices.filter(
            give=True,
            exam__started_at__gte=month.first,
            exam__started_at__lt=month.after,
        ).values_list("exam__visit_id", flat=True)
    )
    for visit, tubes in newest.items():
        sides: Iterable[Any] = (tubes or {}).values() if isinstance(tubes, dict) else tubes or ()
        if any(isinstance(side, dict) and side.get("calibre") == "dilated" for side in sides):
            yield _share(visit, visit in given)


def _repeated(month: Month) -> Iterator[Case]:
    women = [exam["visit__patient_id"] for exam in month.exams]
    rows = month.seen.exam_records.filter(
        visit__patient_id__in=women,
        started_at__lt=month.after,
        started_at__gte=month.first - month.within("repeated"),
    ).exclude(outcome="completed")
    earlier: dict[UUID, list[datetime]] = {}
    for woman, started in rows.values_list("visit__patient_id", "started_at"):
        earlier.setdefault(woman, []).append(started)
    for exam in month.exams:
        again = any(
            exam["started_at"] - month.within("repeated") <= before < exam["started_at"]
            for before in earlier.get(exam["visit__patient_id"], ())
        )
        yield Case(str(exam["visit_id"]), float(again), again)


def _critical_told(month: Month) -> Iterator[Case]:
    rows = month.seen.critical_findings.filter(due_at__gte=month.first, due_at__lt=month.after)
    for visit, due, told in rows.values_list("report__visit_id", "due_at", "told_at"):
        if told is not None or due <= month.now:
            yield _share(visit, told is not None and told <= due)


def _outcome_known(month: Month) -> Iterator[Case]:
    rows = month.seen.follow_ups.filter(**month.of_visits)
    columns = ("visit_id", "exam_day", "state", "pregnancies__closed_at")
    known: dict[UUID, bool] = {}
    for visit, day, state, ended in rows.values_list(*columns):
        if day + month.within("outcome-known") <= month.day(month.now):
            known[visit] = known.get(visit, False) or state == "closed" or ended is not None
    for visit, is_known in known.items():
        yield _share(visit, is_known)


def _ectopic(month: Month) -> Iterator[Case]:
    rows = month.seen.pregnancies.filter(closed_at__gte=month.first, closed_at__lt=month.after)
    for visit, outcome in rows.values_list("follow_up__visit_id", "outcome"):
        ectopic = outcome == PregnancyState.ECTOPIC.value
        yield Case(str(visit), float(ectopic), ectopic)


def _pain(month: Month) -> Iterator[Case]:
    for exam in month.exams:
        if (pain := exam["pain_score"]) is not None:
            yield Case(str(exam["visit_id"]), float(pain), month.is_looked_at("pain", pain))


MEASURES: Mapping[str, Callable[[Month], Iterator[Case]]] = {
    "dose": _dose,
    "screening-time": _screening_time,
    "cannulation": _exams_that(lambda exam: "failed-cannulation" not in (exam["events"] or ())),
    "key-images": _exams_that(lambda exam: set(exam["key_images"] or ()) >= KEY_IMAGES),
    "diagnostic": _exams_that(lambda exam: exam["outcome"] == "completed"),
    "report-in-time": _report_in_time,
    "wait": _wait,
    "turned-down-next-cycle": _turned_down_next_cycle,
    "pregnancy-test": _pregnancy_test,
    "inside-window": _inside_window,
    "outside-approved": _outside_approved,
    "given-up-on-the-day": _given_up_on_the_day,
    "no-show": _no_show,
    "infection": _infection,
    "dilated-antibiotics": _dilated_antibiotics,
    "repeated": _repeated,
    "critical-told": _critical_told,
    "outcome-known": _outcome_known,
    "ectopic": _ectopic,
    "pain": _pain,
}
"""By the id of the indicator; one that waits for something to be recorded has none."""
