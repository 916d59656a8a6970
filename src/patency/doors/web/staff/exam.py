"""The examination at the C-arm: large buttons, each step kept at once, the last taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action
from patency.core.exam import REACTIONS, SoFar, Step, what_was_done
from patency.core.exam import STEPS as LIMITS
from patency.core.facts import FactValue
from patency.core.protocol.conditions import facts_used
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.decision import arrival_to_correct
from patency.doors.web.exam_film import film_of
from patency.doors.web.film_strip import film_strip
from patency.doors.web.languages import spoken
from patency.doors.web.reasons import TONES, value_in_words
from patency.doors.web.refusals import kindly
from patency.doors.web.staff.findings_words import IMAGES
from patency.doors.web.templatetags.plain import clock
from patency.doors.web.words import capital, in_words
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import table
from patency.service.judging import facts_now

# How each step is called, and the unit of its value.
STEPS: Mapping[str, tuple[Promise, str]] = {
    "started": (gettext_lazy("Examination begun"), ""),
    "run-began": (gettext_lazy("Run begun"), ""),
    "run-ended": (gettext_lazy("Run ended"), ""),
    "contrast": (gettext_lazy("Contrast given"), "mL"),
    "pressure": (gettext_lazy("Pressure"), "mmHg"),
    "balloon": (gettext_lazy("Balloon filled"), "mL"),
    "image": (gettext_lazy("Key image"), ""),
    "pain": (gettext_lazy("Pain she tells, of 10"), ""),
    "relief": (gettext_lazy("Relief offered"), ""),
    "cavity-full": (gettext_lazy("Cavity full"), ""),
    "spill-right": (gettext_lazy("Spill on the right"), ""),
    "spill-left": (gettext_lazy("Spill on the left"), ""),
    "leak": (gettext_lazy("Leak beside the device"), ""),
    "intravasation": (gettext_lazy("Contrast in vessels, grade"), ""),
    "severe": (gettext_lazy("Severe reaction"), ""),
    "faint": (gettext_lazy("Faint (vasovagal)"), ""),
    "skin": (gettext_lazy("Reaction of the skin"), ""),
    "warm-feeling": (gettext_lazy("Feels warm"), ""),
    "bleeding": (gettext_lazy("Bleeding in the room"), ""),
    "second-attempt": (gettext_lazy("Second attempt at the cervix"), ""),
    "failed-cannulation": (gettext_lazy("Cervix not entered"), ""),
    "stopped-by-her": (gettext_lazy("Stopped: she wished it"), ""),
    "stopped": (gettext_lazy("Stopped by us"), ""),
    "ended": (gettext_lazy("Examination ended"), ""),
}
# What is asked of her before contrast goes in; the radiographer looks once more.
LOOKED_AT: Mapping[str, Promise] = {
    "contrast_reaction": gettext_lazy("Reaction to contrast"),
    "asthma_or_treated_allergy": gettext_lazy("Asthma, or an allergy that is treated"),
    "shellfish_or_iodine_allergy": gettext_lazy("Allergy to shellfish or iodine"),
    "kidney_disease_or_metformin": gettext_lazy("Kidney disease, or metformin"),
    "blood_thinners_or_bleeding_disorder": gettext_lazy("Blood thinners, or a bleeding disorder"),
    "antibiotic_allergy": gettext_lazy("Allergy to an antibiotic"),
}
CALM = frozenset({False, "none", "no"})


@dataclass(frozen=True, slots=True)
class Button:
    """One large button: what it sends, what it says, and how it looks."""

    sends: str
    says: str | Promise
    tone: str = ""
    pressed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Buttons that belong together, under their heading."""

    heading: str | Promise
    buttons: tuple[Button, ...]
    columns: str = ""


@require_safe
@staff_may(Action.RECORD_EXAM)
def exam(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Return the page beside the machine, or the record where there is one already."""
    seen = seen_by(request.actor, "the examination", now=request.now)
    visit = visit_to_examine(seen, visit_id)
    if visit.state != VisitState.ARRIVED.value:
        if hasattr(visit, "exam_record"):
            return redirect("exam-after", visit.pk)
        return TemplateResponse(
            request, "staff/exam_not_yet.html", {"patient": visit.patient, "visit": visit}
        )
    steps = steps_seen(seen, visit)
    so_far = what_was_done(steps)
    context = {
        "visit": visit,
        "patient": visit.patient,
        "back": reverse("today"),
        "correct_url": "" if steps else arrival_to_correct(request, seen, visit),
        "so_far": so_far,
        "groups": groups_of(so_far),
        "steps": [(step, step_words(step)) for step in reversed(steps)],
        "strip": film_strip(film_of(steps, request.now)),
        "lasts": _lasts(so_far, request),
        "reasons": reasons_now(request, visit, so_far),
        **beside_her(request, seen, visit),
    }
    return TemplateResponse(request, "staff/exam.html", context)


@require_POST
@staff_may(Action.RECORD_EXAM)
def exam_step(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Write one step down; ``step`` is its kind, with its value after a colon where it has one."""
    kind, _colon, raw = request.POST.get("step", "").partition(":")
    raw = raw or request.POST.get(f"{kind}-value", "").strip().replace(",", ".")
    try:
        value = float(raw) if raw else None
        limits = LIMITS.get(kind)
        if limits and (value is None or not limits[0] <= value <= limits[1]):
            messages.error(request, _out_of_range(kind, raw, limits))
            return redirect("exam", visit_id)
        step = table.write_step(visit_id, kind, value, by=request.actor, now=request.now)
    except ValueError:
        messages.error(
            request, _("“{typed}” is no number. Type digits, such as 2.5.").format(typed=raw[:20])
        )
    except table.StepRefused as refusal:
        messages.error(request, kindly(refusal))
    else:
        kept = step_words(Step(step.kind, step.at, step.value))
        messages.success(
            request, _("%(what)s, %(time)s") % {"what": kept, "time": clock(request.now)}
        )
    return redirect("exam", visit_id)


def _out_of_range(kind: str, typed: str, limits: tuple[float, float]) -> str:
    what, unit = (str(each) for each in STEPS[kind])
    low, high = (f"{each:g}" for each in limits)
    must = _("{what} must be from {low} to {high} {unit}; type it again.").format(
        what=what, low=low, high=high, unit=unit
    )
    said = _("{typed} was not written down.").format(typed=typed[:20]) if typed else ""
    return spoken().joined([said, must.replace(" ;", ";")] if said else [must.replace(" ;", ";")])


@require_POST
@staff_may(Action.RECORD_EXAM)
def exam_undo(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Take the newest step back."""
    try:
        step = table.take_back(visit_id, by=request.actor, now=request.now)
    except table.StepRefused as refusal:
        messages.error(request, kindly(refusal))
    else:
        what = step_words(Step(step.kind, step.at, step.value))
        messages.info(request, _("Taken back: %(what)s") % {"what": what})
    return redirect("exam", visit_id)


def visit_to_examine(seen: Seen, visit_id: UUID) -> Visit:
    """Return a visit of the actor's site, or the page that says there is none."""
    rows = seen.visits.filter(pk=visit_id).select_related("patient", "exam_record")
    visit: Visit | None = rows.first()
    if visit is None:
        raise Http404("This visit was not found at your site.")
    return visit


def steps_seen(seen: Seen, visit: Visit) -> list[Step]:
    """Return the steps that count, in the order they were written."""
    rows = seen.exam_steps.filter(visit=visit, undone_at__isnull=True).order_by("pk")
    return [Step(row.kind, row.at, row.value) for row in rows]


def step_words(step: Step) -> str:
    """Return a step as a person reads it: "Contrast given: 2 mL"."""
    name, unit = STEPS[step.kind]
    if step.value is None:
        return str(name)
    value = " ".join(filter(None, (f"{step.value:g}", unit)))
    return _("%(what)s: %(value)s") % {"what": name, "value": value}


def groups_of(so_far: SoFar) -> list[Group]:
    """Return the buttons that make sense now."""
    if so_far.started_at is None:
        return [
            Group(
                _("When the speculum is in and she is ready"),
                (Button("started", _("Begin the examination"), "first"),),
            )
        ]
    if so_far.ended_at is not None:
        return []
    events = set(so_far.events)
    run = (
        Button("run-ended", _("Run ends"), "running")
        if so_far.is_running
        else Button("run-began", _("Run begins"), "first")
    )
    return [
        Group(pgettext_lazy("of the X-ray", "Run"), (run,)),
        Group(
            _("Contrast given, mL"),
            tuple(Button(f"contrast:{ml:g}", f"+ {ml:g}") for ml in (0.5, 1, 2, 3, 5)),
            "five",
        ),
        Group(
            _("Key images taken"),
            tuple(
                Button(f"image:{number}", words, pressed=number in so_far.key_images)
                for number, words in ((int(each), words) for each, words in IMAGES)
            ),
        ),
        Group(
            _("Seen"),
            (
                Button("cavity-full", STEPS["cavity-full"][0]),
                Button("spill-right", STEPS["spill-right"][0]),
                Button("spill-left", STEPS["spill-left"][0]),
                Button("leak", STEPS["leak"][0], "look", so_far.leak),
                *(
                    Button(
                        f"intravasation:{grade}",
                        _("In vessels, grade %(grade)s") % {"grade": grade},
                        "look",
                        so_far.intravasation_grade == grade,
                    )
                    for grade in (1, 2, 3)
                ),
            ),
        ),
        Group(
            _("Pain she tells, 0 to 10"),
            tuple(
                Button(f"pain:{points}", str(points), pressed=so_far.pain_score == points)
                for points in range(11)
            ),
            "eleven",
        ),
        Group(
            _("What happens in the room"),
            (
                Button("relief", STEPS["relief"][0], pressed=so_far.relief_offered),
                Button("faint", STEPS["faint"][0], "look", "faint" in events),
                Button("skin", STEPS["skin"][0], "look", "skin" in events),
                Button("severe", STEPS["severe"][0], "danger", "severe" in events),
                *(
                    Button(kind, STEPS[kind][0], pressed=kind in events)
                    for kind in ("warm-feeling", "bleeding", "second-attempt", "failed-cannulation")
                ),
            ),
        ),
        Group(
            _("The end"),
            (
                Button("ended", _("End the examination"), "first"),
                Button("stopped-by-her", _("She wants to stop"), "danger", so_far.stopped_by_her),
                Button("stopped", _("We stop"), "danger", so_far.stopped_early),
            ),
        ),
    ]


def facts_so_far(so_far: SoFar) -> dict[str, FactValue]:
    """Return what the steps say as the protocol's facts."""
    facts: dict[str, FactValue] = {
        "contrast_ml": so_far.total_ml,
        "contrast_leak": so_far.leak,
        "intravasation_grade": so_far.intravasation_grade,
        "exam_reaction": next((each for each in REACTIONS if each in so_far.events), "none"),
        "relief_offered": so_far.relief_offered,
        "wants_to_stop": so_far.stopped_by_her,
    }
    if so_far.pain_score is not None:
        facts["exam_pain_score"] = so_far.pain_score
    return facts


@dataclass(frozen=True, slots=True)
class Now:
    """What the protocol says at this moment: the sentence, and what to do."""

    staff: str
    do: str
    tone: str


def reasons_now(request: ActorRequest, visit: Visit, so_far: SoFar) -> list[Now]:
    """Return what the protocol says of the steps so far; nothing of it is kept."""
    if so_far.started_at is None:
        return []
    extra = {**facts_so_far(so_far), "exam_date": request.around.today}
    facts = facts_now(request.house, visit, Stage.EXAM, extra=extra, now=request.now)
    book = request.house.rulebook_at(visit.site)
    said = decide(book, Stage.EXAM, facts, spoken().code)
    of_the_steps = facts_so_far(so_far).keys()
    return [
        Now(reason.staff, reason.do, TONES.get(reason.rule.outcome.value, "plain"))
        for reason in said.reasons
        if of_the_steps & facts_used(reason.rule.when)
    ]


def beside_her(request: ActorRequest, seen: Seen, visit: Visit) -> dict[str, object]:
    """Return what the worklist tells the machine, and what is looked at before contrast."""
    facts = facts_now(request.house, visit, Stage.EXAM, now=request.now)
    site = request.around.site
    booked = (
        seen.bookings.filter(visit=visit, kind="exam", state="attended")
        .select_related("slot")
        .order_by("-made_at")
        .first()
    )
    room = booked.slot.room if booked is not None else ""
    machine = next((one for one in site.devices.values() if one.room == room), None)
    today = seen.test_results.filter(
        visit=visit, kind__in=("pregnancy_urine", "hcg_serum"), day=request.around.today
    ).order_by("-taken_at")
    application = seen.application_forms.filter(visit=visit).first()
    return {
        "room": room,
        "machine": machine,
        "application": application,
        "period_start": facts.get("period_start"),
        "medium": capital(in_words(str(facts.get("medium_wanted", visit.medium_wanted)))),
        "looked_at": [
            (
                words,
                value_in_words(facts[name]) if name in facts else _("not asked"),
                name not in facts or facts[name] not in CALM,
            )
            for name, words in LOOKED_AT.items()
        ],
        "pregnancy_test": today.first(),
    }


def _lasts(so_far: SoFar, request: ActorRequest) -> timedelta | None:
    if so_far.started_at is None:
        return None
    return (so_far.ended_at or request.now) - so_far.started_at
