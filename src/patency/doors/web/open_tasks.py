"""Open tasks as pages show them: how urgent, how late now, and why, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from patency.doors.web.house import the_house
from patency.doors.web.languages import spoken
from patency.doors.web.reaching.words import MESSAGES
from patency.doors.web.words import URGENCIES, capital, due_words, in_words
from patency.records.models.followup import URGENCIES as ORDER
from patency.records.models.followup import Task
from patency.records.seen_by import Seen
from patency.service.judging import language_of
from patency.service.messages import ABOUT
from patency.service.prescribing import DECIDE_ANTIBIOTICS

UNANSWERED = "unanswered:"
STAFF_LINE = 4  # of the five texts of a rule, as core.protocol.words.Spoken keeps them


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One open task; late is worked out from the row, so a job that stopped hides nothing."""

    task: Task
    what: str
    why: str
    urgency: str
    urgency_sentence: str
    due: str
    is_late: bool
    tone: str
    decided_at: str = ""
    """The page on which it is decided, where a note does not close it."""
    read_at: str = ""
    """The page on which stands what she told, where a task is about that."""


def by_urgency(rows: "QuerySet[Task]") -> "QuerySet[Task]":
    """Return tasks, the most urgent first and of these the soonest due."""
    rank = Case(
        *(When(urgency=code, then=place) for place, code in enumerate(ORDER)),
        default=len(ORDER),
        output_field=IntegerField(),
    )
    return rows.select_related("patient").order_by(rank, "due_at", "pk")


def still_open(seen: Seen) -> "QuerySet[Task]":
    """Return what someone must still do."""
    return seen.tasks.filter(done_at__isnull=True)


def first_tasks(seen: Seen, now: datetime, count: int) -> list[TaskLine]:
    """Return the most urgent things someone must still do."""
    return [task_line(row, now) for row in by_urgency(still_open(seen))[:count]]


def open_count(seen: Seen) -> int:
    """Return how many tasks are open."""
    return still_open(seen).count()


def alarm_count(seen: Seen, now: datetime) -> int:
    """Return how many open tasks are urgent or late."""
    return still_open(seen).filter(Q(urgency__in=("E", "U")) | Q(due_at__lt=now)).count()


def task_line(task: Task, now: datetime) -> TaskLine:
    """Return one task as it stands now."""
    short, sentence = URGENCIES[task.urgency]
    is_decision = task.kind == DECIDE_ANTIBIOTICS
    is_called = not is_decision or task.urgency != "C"  # nobody calls her: she is here
    return TaskLine(
        task=task,
        what=capital(in_words(task.kind)),
        why=_why(task.why, task.site),
        urgency=str(short),
        urgency_sentence=str(sentence) if is_called else "",
        due=due_words(task.due_at, now),
        is_late=now > task.due_at,
        tone={"E": "danger", "U": "danger", "C": "look"}.get(task.urgency, "plain"),
        decided_at=reverse("exam-after", args=[task.visit_id]) if is_decision else "",
        read_at=reverse("follow-up", args=[task.follow_up_id]) if task.follow_up_id else "",
    )


def _why(codes: str, site: str) -> str:
    """Return the codes of a task in words; what she left open is counted, the diary names it."""
    parts = [part.strip() for part in codes.split(",") if part.strip()]
    about = [part.removeprefix(ABOUT) for part in parts if part.startswith(ABOUT)]
    rest = [part for part in parts if not part.startswith(ABOUT)]
    said = [_in_words(part, site) for part in rest if not part.startswith(UNANSWERED)]
    left = len(rest) - len(said)
    sentences = [
        gettext("{reasons}.").format(reasons=MESSAGES[name]) for name in about if name in MESSAGES
    ]
    sentences += (
        [
            gettext("{reasons}.").format(
                reasons=capital(spoken().patterns["list_joint"].join(said)).rstrip(".")
            )
        ]
        if said
        else []
    )
    if left:
        sentences.append(
            ngettext("{count} question left open.", "{count} questions left open.", left).format(
                count=left
            )
        )
    return spoken().joined(sentences)


def _in_words(code: str, site: str) -> str:
    """Return a code as a person reads it; a rule is named in the first language alone, so that in
    others its line for staff stands, where that speaks of no fact of hers."""
    if spoken().code == next(iter(settings.SPEAKS)):
        return in_words(code)
    book = the_house().rulebook_at(site)
    language = language_of(book.protocol, spoken().code)
    found = (
        bound.words[language].texts[STAFF_LINE]
        for plan in book.plans.values()
        for bound in plan.rules
        if bound.rule.id == code
    )
    return next(found, "").rstrip(".。") or in_words(code)
