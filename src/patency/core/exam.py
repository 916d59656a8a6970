"""One examination as it was done: what cannot be right in its record, the facts it gives, and
whether there is a reason for antibiotics."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from patency.core.facts import Facts, FactValue
from patency.core.findings.model import KEY_IMAGES
from patency.core.site.contested import Choice
from patency.core.site.model import Drug, Site
from patency.core.visit import VisitState

S = VisitState
STATE_AFTER = {
    "completed": S.EXAMINED,
    "abandoned": S.ABANDONED,
    "non_diagnostic": S.NON_DIAGNOSTIC,
}
REACTIONS = ("severe", "faint", "skin")
EVENTS = frozenset({*REACTIONS, "warm-feeling", "bleeding", "second-attempt", "failed-cannulation"})
# What the tables hold; more of a liquid, a dose or a time than this is a slip of the finger.
LONGEST = {"device": 120, "seal": 120, "operator": 150, "lot": 64, "anaesthesia": 64}
MOST_ML, MOST_GY_CM2, MOST_SECONDS = 200, 1000, 4 * 60 * 60


@dataclass(frozen=True, slots=True)
class Exam:
    """Everything that is written down about one examination."""

    device: str
    seal: str
    operator: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    agent: str = ""
    lot: str = ""
    increments: tuple[float, ...] = ()
    key_images: tuple[int, ...] = ()
    station: str = ""
    leak: bool = False
    intravasation_grade: int = 0
    events: tuple[str, ...] = ()
    pain_score: int | None = None
    relief_offered: bool = False
    anaesthesia: str = "none"
    stopped_early: bool = False
    stopped_by_her: bool = False
    stop_reason: str = ""
    dap_gy_cm2: float | None = None
    dose_reason: str = ""
    fluoro_seconds: int | None = None
    live_imaging: bool = True
    dilated_tube: bool | None = None

    @property
    def total_ml(self) -> Decimal:
        """Millilitres of contrast in all."""
        return sum((Decimal(str(each)) for each in self.increments), Decimal(0))


def problems(exam: Exam, site: Site, now: datetime) -> Iterator[str]:
    """Yield a sentence for each field that cannot be right at this site."""
    if exam.outcome not in STATE_AFTER:
        yield f"outcome: must be one of {', '.join(STATE_AFTER)}"
    for name in ("device", "seal", "operator"):
        if not str(getattr(exam, name)).strip():
            yield f"{name}: is missing"
    for name, most in LONGEST.items():
        if len(getattr(exam, name)) > most:
            yield f"{name}: has at most {most} characters"
    if exam.ended_at < exam.started_at:
        yield "ended_at: lies before started_at"
    if exam.ended_at > now:
        yield "ended_at: lies in the future"
    if exam.station and exam.station not in site.devices:
        yield f"station: must be one of {', '.join(sorted(site.devices))}"
    if not all(0 < each <= MOST_ML for each in exam.increments) or exam.total_ml > MOST_ML:
        yield f"increments: each must be more than 0 mL, and all together at most {MOST_ML} mL"
    if exam.increments and exam.agent not in site.contrast_agents:
        yield f"agent: must be one of {', '.join(sorted(site.contrast_agents))}"
    if exam.increments and not exam.lot.strip():
        yield "lot: is missing; it stands on the vial"
    if not exam.increments and exam.outcome == "completed":
        yield "increments: an examination without contrast is not completed"
    if not set(exam.key_images) <= KEY_IMAGES or len(set(exam.key_images)) < len(exam.key_images):
        yield "key_images: must be different numbers, 1 to 4"
    if not 0 <= exam.intravasation_grade <= 3:
        yield "intravasation_grade: must be 0 to 3"
    if not set(exam.events) <= EVENTS:
        yield f"events: must be among {', '.join(sorted(EVENTS))}"
    if exam.pain_score is not None and exam.pain_score not in range(11):
        yield "pain_score: must be a whole number, 0 to 10"
    if exam.fluoro_seconds is not None and not 0 <= exam.fluoro_seconds <= MOST_SECONDS:
        yield f"fluoro_seconds: must be 0 to {MOST_SECONDS}"
    if exam.outcome == "abandoned" and not exam.stopped_early:
        yield "stopped_early: an examination that was abandoned was stopped early"
    if (exam.stopped_early or exam.outcome != "completed") and not exam.stop_reason.strip():
        yield "stop_reason: is missing; why was it stopped, or why does it answer nothing"
    dose, reference = exam.dap_gy_cm2, site.dose_reference.dap_gy_cm2
    if dose is not None and not 0 <= dose <= MOST_GY_CM2:
        yield f"dap_gy_cm2: must be 0 to {MOST_GY_CM2} Gy·cm²"
    if dose is not None and dose > reference and not exam.dose_reason.strip():
        yield (
            f"dose_reason: the dose is above the reference of {reference:g} Gy·cm²; "
            "say why, so that the review can learn from it"
        )


def facts_of(exam: Exam, *, medium: str, exam_day: date) -> dict[str, FactValue]:
    """Return what the record says as the protocol's facts; what was not recorded is absent."""
    facts: dict[str, FactValue] = {
        "exam_date": exam_day,
        "contrast_ml": float(exam.total_ml),
        "live_imaging": exam.live_imaging,
        "wants_to_stop": exam.stopped_by_her,
        "relief_offered": exam.relief_offered,
        "anaesthesia_given": exam.anaesthesia != "none",
        "exam_reaction": next((each for each in REACTIONS if each in exam.events), "none"),
        "key_images_taken": len(exam.key_images),
        "contrast_leak": exam.leak,
        "intravasation_grade": exam.intravasation_grade,
        "dose_reason_given": bool(exam.dose_reason.strip()),
    }
    if medium:
        facts["contrast_used"] = medium
    if exam.pain_score is not None:
        facts["exam_pain_score"] = exam.pain_score
    if exam.dap_gy_cm2 is not None:
        facts["dap_gy_cm2"] = float(exam.dap_gy_cm2)
    if exam.fluoro_seconds is not None:
        facts["fluoroscopy_minutes"] = exam.fluoro_seconds / 60
    if exam.dilated_tube is not None:
        facts["dilated_tube"] = exam.dilated_tube
    return facts


# Facts that are a reason under the targeted policy: doi:10.1155/2016/4698314.
RISKS = ("dilated_tube", "past_pelvic_infection", "immunosuppressed")


def policy_of(choice: Choice) -> str:
    """Return whether a site gives antibiotics by risk (targeted) or to everyone (universal)."""
    return "targeted" if choice.value == "targeted" else "universal"


def indications(facts: Facts, *, policy: Choice) -> tuple[str, ...]:
    """Return the known reasons for antibiotics, as codes.

    A wide tube, her history, no Chlamydia result; where the site gives them to everyone, that too.
    """
    found = [name.replace("_", "-") for name in RISKS if facts.get(name) is True]
    if facts.get("chlamydia_result") == "not_done":
        found.append("not-screened")
    if policy_of(policy) == "universal":
        found.append("site-policy")
    return tuple(found)


def wrong_choice(
    known: tuple[str, ...],
    *,
    give: bool,
    drug: str,
    formulary: Mapping[str, Drug],
    reason: str,
    both_checked: bool,
    has_allergy: bool = False,
) -> Iterator[str]:
    """Yield a sentence for each thing a choice about antibiotics leaves out.

    ``known`` are the indications; ``reason`` is the prescriber's own, as a code.
    """
    if give:
        if drug not in formulary:
            yield f"drug: must be one of {', '.join(sorted(formulary))}"
        if not both_checked:
            yield "allergy_checked, pregnancy_checked: both are asked before any dose"
        if not known and not reason:
            yield "reason: no indication is known here; give the prescriber's, as a code"
        if has_allergy and not reason:
            yield "reason: she has told of an allergy to an antibiotic; why may she have this one"
    elif known and not reason:
        yield f"reason: {', '.join(known)} speaks for antibiotics; why are none given"


# ---------------------------------------------------------------- step by step, in the room

# What is written down while it is done: each step with the values it may have (None: none).
STEPS: Mapping[str, tuple[float, float] | None] = {
    "started": None,
    "run-began": None,
    "run-ended": None,
    "contrast": (0.5, 20),
    "pressure": (10, 400),
    "balloon": (0.1, 10),
    "image": (1, 4),
    "pain": (0, 10),
    "relief": None,
    "cavity-full": None,
    "spill-right": None,
    "spill-left": None,
    "leak": None,
    "intravasation": (0, 3),
    **dict.fromkeys(sorted(EVENTS)),
    "stopped-by-her": None,
    "stopped": None,
    "ended": None,
}
ONCE = frozenset({"started", "ended", "stopped", "stopped-by-her"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, seen or said in the examination room, and when."""

    kind: str
    at: datetime
    value: float | None = None


@dataclass(frozen=True, slots=True)
class SoFar:
    """What the steps come to so far; the record begins with it."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    increments: tuple[float, ...] = ()
    key_images: tuple[int, ...] = ()
    leak: bool = False
    intravasation_grade: int = 0
    events: tuple[str, ...] = ()
    pain_score: int | None = None
    """The worst she told."""
    relief_offered: bool = False
    stopped_early: bool = False
    stopped_by_her: bool = False
    is_running: bool = False
    """Whether a run has begun and not ended."""

    @property
    def total_ml(self) -> float:
        """Millilitres of contrast so far."""
        return float(sum((Decimal(str(each)) for each in self.increments), Decimal(0)))


def wrong_step(kind: str, value: float | None, before: Iterable[Step]) -> str:
    """Return why a step cannot come after those before it, or an empty text."""
    steps = tuple(before)
    so_far = what_was_done(steps)
    if kind not in STEPS:
        return f"kind: must be one of {', '.join(STEPS)}"
    limits = STEPS[kind]
    if limits is None and value is not None:
        return f"value: {kind} has none"
    if limits is not None and (value is None or not limits[0] <= value <= limits[1]):
        return f"value: {kind} must be {limits[0]:g} to {limits[1]:g}"
    if kind != "started" and so_far.started_at is None:
        return "kind: the examination has not begun; begin it first"
    if so_far.ended_at is not None:
        return "kind: the examination has ended; take its end back to add to it"
    if kind in ONCE and any(step.kind == kind for step in steps):
        return f"kind: {kind} is written down already"
    if (kind == "run-began") == so_far.is_running and kind in ("run-began", "run-ended"):
        return "kind: a run ends before the next begins" if so_far.is_running else "kind: no run"
    return ""


def what_was_done(steps: Iterable[Step]) -> SoFar:
    """Return what the steps come to, in the order of their time."""
    told = sorted(steps, key=lambda step: step.at)

    def values(kind: str) -> tuple[float, ...]:
        return tuple(step.value for step in told if step.kind == kind and step.value is not None)

    def moment(kind: str) -> datetime | None:
        return next((step.at for step in told if step.kind == kind), None)

    kinds = {step.kind for step in told}
    runs = [step.kind for step in told if step.kind in ("run-began", "run-ended")]
    pains = values("pain")
    return SoFar(
        started_at=moment("started"),
        ended_at=moment("ended"),
        increments=values("contrast"),
        key_images=tuple(sorted({int(each) for each in values("image")})),
        leak="leak" in kinds,
        intravasation_grade=int(max(values("intravasation"), default=0)),
        events=tuple(sorted(EVENTS & kinds)),
        pain_score=int(max(pains)) if pains else None,
        relief_offered="relief" in kinds,
        stopped_early=bool(kinds & {"stopped", "stopped-by-her"}),
        stopped_by_her="stopped-by-her" in kinds,
        # The end of the examination ends a run that nobody ended.
        is_running=bool(runs) and runs[-1] == "run-began" and "ended" not in kinds,
    )
