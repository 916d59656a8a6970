"""Open tasks as pages show them: how urgent, how late now, and why, in words."""

from dataclasses import dataclass
from datetime import datetime

from patency.doors.web.words import URGENCIES, capital, due_words, in_words
from patency.records.models.followup import URGENCIES as ORDER
from patency.records.models.followup import Task
from patency.records.seen_by import Seen

UNANSWERED = "unanswered:"


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


def open_tasks(seen: Seen, now: datetime) -> list[TaskLine]:
    """Return what someone must still do, most urgent first and of these the soonest due."""
    rows = seen.tasks.filter(done_at__isnull=True).select_related("patient")
    return [
        task_line(row, now)
        for row in sorted(rows, key=lambda row: (ORDER.index(row.urgency), row.due_at))
    ]


def task_line(task: Task, now: datetime) -> TaskLine:
    """Return one task as it stands now."""
    short, sentence = URGENCIES[task.urgency]
    return TaskLine(
        task=task,
        what=capital(in_words(task.kind)),
        why=_why(task.why),
        urgency=short,
        urgency_sentence=sentence,
        due=due_words(task.due_at, now),
        is_late=now > task.due_at,
        tone={"E": "danger", "U": "danger", "C": "look"}.get(task.urgency, "plain"),
    )


def _why(codes: str) -> str:
    """Return the codes of a task in words; what she left open is counted, the diary names it."""
    parts = [part.strip() for part in codes.split(",") if part.strip()]
    said = [in_words(part) for part in parts if not part.startswith(UNANSWERED)]
    left = len(parts) - len(said)
    sentences = [capital(", ".join(said)) + "."] if said else []
    if left:
        sentences.append(f"{left} question{'' if left == 1 else 's'} left open.")
    return " ".join(sentences)
