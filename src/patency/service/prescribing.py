"""Pieces about antibiotics: the task to decide on them, and the reasons that are known.

No acts of their own: they open no transaction and write no event; the service that uses them does.
"""

from datetime import datetime

from patency.core.exam import indications
from patency.core.protocol.model import Stage, Urgency
from patency.records.models.exam import ExamRecord
from patency.records.models.followup import Task
from patency.records.models.visit import Visit
from patency.service.examined import WIDE, facts_of_the_exam
from patency.service.following import open_task, open_tasks, rung_for
from patency.service.house import House
from patency.service.judging import facts_now

DECIDE_ANTIBIOTICS = "decide-antibiotics"
REFER_SPECIALIST = "refer-specialist"


def task_to_decide_on_antibiotics(
    house: House, visit: Visit, *, is_wide: bool, due: datetime | None = None, now: datetime
) -> Task:
    """Return the open task of a prescriber, urgent where a tube is seen to be wide.

    Every examination opens one, due when she may leave, so that nobody goes home undecided about.
    """
    urgency, why = (
        (Urgency.URGENT, WIDE) if is_wide else (Urgency.CALL, "decided-before-she-leaves")
    )
    for task in open_tasks(visit, DECIDE_ANTIBIOTICS):
        if is_wide and WIDE not in task.why:
            # A new reason: who took the task on knew nothing of it, so it is rung for again.
            rung_for(house, task, urgency, why=WIDE, now=now)
        return task
    return open_task(house, visit, DECIDE_ANTIBIOTICS, urgency, why=[why], due=due, now=now)


def tasks_for_a_wide_tube(
    house: House, visit: Visit, exam: ExamRecord, *, now: datetime
) -> list[Task]:
    """Return the tasks a wide tube opens: antibiotics at this visit, and a referral."""
    tasks: list[Task] = []
    if not hasattr(exam, "antibiotic_choice"):
        tasks.append(task_to_decide_on_antibiotics(house, visit, is_wide=True, now=now))
    if not Task.objects.filter(visit=visit, kind=REFER_SPECIALIST).exists():
        why = ["dilated-tube-needs-specialist"]
        tasks.append(open_task(house, visit, REFER_SPECIALIST, Urgency.CALL, why=why, now=now))
    return tasks


def indications_now(house: House, visit: Visit, *, now: datetime) -> tuple[str, ...]:
    """Return the reasons for antibiotics that are known of her, as codes."""
    known = facts_now(house, visit, Stage.EXAM, extra=facts_of_the_exam(house, visit), now=now)
    if any(WIDE in task.why for task in open_tasks(visit, DECIDE_ANTIBIOTICS)):
        known["dilated_tube"] = True
    return indications(known, policy=house.site(visit.site).choices["antibiotic_policy"])
