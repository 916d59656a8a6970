"""The weeks at home: the diary, an alarm, a silent day, and when to try."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from patency.core.protocol.model import Stage
from patency.doors.cli.story import Tale, Woman, in_full, short
from patency.doors.cli.story_exam import EXAM_DAY
from patency.doors.cli.story_first_cycle import herself, local
from patency.records.models.followup import Task
from patency.records.seen_by import seen_by
from patency.service import aftercare, examination, tasks
from patency.service.silence import check_silence

# What she writes when all is well; each day changes what differs.
WELL: Mapping[str, object] = MappingProxyType(
    {
        "bleeding_amount": "light",
        "pads_soaked": 1,
        "pads_over_hours": 12,
        "bleeding_less_than_yesterday": True,
        "bleeding_returned_after_dry_day": False,
        "large_clots": False,
        "dizzy": False,
        "fainted": False,
        "temperature_today_c": 36.6,
        "chills_or_vomiting": False,
        "pain_score": 0,
        "unable_to_stand": False,
        "pain_worse_after_24h": False,
        "foul_discharge": False,
        "breathing_difficulty": False,
        "chest_pain": False,
        "vision_or_nerve_symptoms": False,
        "rash": "none",
        "thyroid_symptoms": False,
        "pregnancy_test_positive": False,
        "shoulder_tip_pain": False,
    }
)
DRY: Mapping[str, object] = MappingProxyType(
    {"bleeding_amount": "none", "pads_soaked": 0, "pads_over_hours": 24}
)


def day(number: int) -> date:
    """Return a day of the diary; day 0 is the day of the examination."""
    return EXAM_DAY + timedelta(days=number)


def write(tale: Tale, she: Woman, number: int, now: datetime, **differs: object) -> aftercare.Told:
    """Let her write about a day of the diary."""
    return aftercare.record_diary(
        tale.house,
        she.ids["follow_up"],
        day(number),
        {**WELL, **differs},
        by=herself(tale, she, now),
        now=now,
    )


def first_day(tale: Tale, she: Woman) -> None:
    now = tale.step(
        day(1), "20:10", she.name, "writes: light bleeding, one pad in 12 hours, no pain."
    )
    write(tale, she, 1, now)
    tale.decision(she, Stage.AFTERCARE)
    tale.next("Nothing to do. The diary goes on.")


def alarm(tale: Tale, she: Woman) -> None:
    now = tale.step(day(2), "21:40", she.name, "writes: two pads soaked in one hour.")
    told = write(
        tale,
        she,
        2,
        now,
        bleeding_amount="more_than_period",
        pads_soaked=2,
        pads_over_hours=1,
        bleeding_less_than_yesterday=False,
        pain_score=3,
    )
    tale.decision(she, Stage.AFTERCARE)
    assert told.task is not None
    task = told.task.pk
    for at, whom in (("21:40", "the nurses"), ("21:45", "the duty contact"), ("21:50", "again")):
        now = tale.then(day(2), at, "The alarm", f"rings {whom}: nobody has taken it on yet.")
        rung = tasks.climb(tale.house, tale.site, by=tale.by("alarm"), now=now)
        assert [each.pk for each in rung] == [task]
        tale.messages()
    now = tale.then(
        day(2), "21:53", "Dr Lin Mei, on duty", "takes it on. Only a person stops the alarm."
    )
    tasks.acknowledge(task, by=tale.by("gynaecologist"), now=now)
    tale.say(
        "13 minutes after the entry",
        f"{she.name} is called back. An ambulance brings her to the emergency department by 22:20.",
    )
    now = tale.then(
        day(2), "23:50", "Dr Lin Mei", "the bleeding has slowed; blood count and pressure are good."
    )
    note = "Seen in the emergency department: bleeding slowed, stable, hCG negative. Home."
    tasks.close(task, note, by=tale.by("gynaecologist"), now=now)
    tale.next("Home in the night. She is to write again tomorrow.")


def silence(tale: Tale, she: Woman) -> None:
    now = tale.step(
        day(3), "18:05", "The clock", "it is past 18:00 on day 3, and there is no word from her."
    )
    opened = check_silence(tale.house, tale.site, by=tale.by("alarm"), now=now)
    task = opened[0]
    tale.say("a task", f"call her: {task.why}. Due by {moment(tale, task.due_at)}.")
    tale.messages()
    now = tale.then(
        day(3),
        "18:25",
        "Zhao Lan, nurse",
        "calls, and knows of last night. She came home from the emergency department in the "
        "night, slept most of the day and is well; one pad since the morning.",
    )
    tasks.acknowledge(task.pk, by=tale.by("nurse"), now=now)
    tasks.close(
        task.pk,
        "Called after last night's emergency visit: slept, light bleeding, no pain.",
        by=tale.by("nurse"),
        now=now,
    )
    tale.next("Silence is never taken for a good sign.")


def dry(tale: Tale, she: Woman) -> None:
    now = tale.step(day(4), "19:30", she.name, "writes: spotting only.")
    write(tale, she, 4, now, bleeding_amount="spotting")
    tale.decision(she, Stage.AFTERCARE)
    now = tale.then(day(5), "19:40", f"{she.name}, {short(day(5))}", "no bleeding any more.")
    write(tale, she, 5, now, **DRY)
    rows = seen_by(tale.by("nurse"), "tell the demo", now=now).dose_follow_ups
    doses = rows.filter(choice__exam__visit_id=she.visit).order_by("due_on")
    for dose in doses:
        examination.record_dose(dose.pk, taken=True, by=herself(tale, she, now), now=now)
    tale.say("antibiotic", f"every dose of {len(doses)} days taken, the last on {short(day(4))}.")
    for number in (7, 14):
        now = tale.then(day(number), "20:00", f"{she.name}, {short(day(number))}", "all is well.")
        write(tale, she, number, now, **DRY)
    tale.next("The two weeks are over. When may they try?")


def advice(tale: Tale, she: Woman) -> None:
    now = tale.step(day(15), "10:00", "Dr Lin Mei, gynaecologist", "answers: when may we try?")
    given = aftercare.conception_advice(
        tale.house, she.ids["follow_up"], by=tale.by("gynaecologist"), now=now
    )
    tale.decision(she, Stage.CONCEPTION)
    tale.say("the open question", "is for later: nobody has tried yet, so it stops nothing today.")
    when = given.when
    tale.list("waited for", [f"{what}: until {in_full(last)}" for what, last in when.waits_for])
    if when.from_day is not None:
        tale.say("from", in_full(when.from_day), "bold")
    if when.fertile_from is not None and when.fertile_to is not None:
        tale.say(
            "most likely days",
            f"{in_full(when.fertile_from)} to {in_full(when.fertile_to)}, in "
            f"{'this cycle' if when.cycles_ahead == 0 else 'the cycle after this one'}. An "
            "estimate from her own cycles, no more.",
        )
    tale.list(
        "contested, and what this clinic chose",
        [
            f"{name.replace('_', ' ')}: {choice.value} ({choice.provenance})"
            for name, choice in given.choices.items()
        ],
    )
    tale.say(
        "two ways, one advice",
        f"a repeat is advised from {in_full(day(28))}, and her right tube is open, so they may try "
        "as well. Dr Lin Mei advises to decide for one: they choose to try first, and a repeat "
        "stays open to them in a later cycle.",
    )
    tale.next("They try in the next cycle.")


def moment(tale: Tale, at: datetime) -> str:
    """Return a moment at the clinic with its weekday."""
    return f"{in_full(at.astimezone(tale.zone).date())}, {local(tale, at)}"


def tasks_of(tale: Tale, she: Woman, now: datetime) -> list[Task]:
    """Return the tasks about her that nobody has done."""
    rows = seen_by(tale.by("nurse"), "tell the demo", now=now).tasks
    return list(rows.filter(visit_id=she.visit, done_at__isnull=True).order_by("opened_at", "pk"))


STEPS = (first_day, alarm, silence, dry, advice)
