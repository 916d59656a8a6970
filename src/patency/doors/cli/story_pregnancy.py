"""A positive test, and where the pregnancy is."""

from datetime import date

from patency.core.pregnancy import PregnancyState
from patency.core.protocol.model import Stage
from patency.doors.cli.story import Tale, Woman, in_full
from patency.doors.cli.story_after import moment, tasks_of
from patency.doors.cli.story_first_cycle import herself
from patency.service import aftercare, cycles, pregnancy, tasks

PERIOD = date(2025, 11, 19)
POSITIVE = date(2025, 12, 20)
SECOND = date(2025, 12, 22)
SCAN = date(2026, 1, 5)
NO_SYMPTOMS = {
    "pain_score": 0,
    "unable_to_stand": False,
    "bleeding_amount": "none",
    "dizzy": False,
    "fainted": False,
    "shoulder_tip_pain": False,
    "symptoms_changed": False,
}


def positive(tale: Tale, she: Woman) -> None:
    now = tale.step(PERIOD, "07:30", she.name, "tells us: my period began today.")
    cycles.report_period(tale.house, she.patient, PERIOD, by=herself(tale, she, now), now=now)
    now = tale.then(
        POSITIVE,
        "08:10",
        f"{she.name}, {in_full(POSITIVE)}",
        "the test is positive! No pain, no bleeding.",
    )
    done = pregnancy.report_positive(
        tale.house,
        she.ids["follow_up"],
        test_on=POSITIVE,
        answers=NO_SYMPTOMS,
        by=herself(tale, she, now),
        now=now,
    )
    she.ids["episode"] = done.episode.pk
    tale.decision(she, Stage.PREGNANCY)
    tale.say(
        "why the same day",
        "she has no pain and does not bleed, but her left tube did not fill, so a positive test "
        "is looked at the same day.",
    )
    assert done.task is not None
    tale.say("somebody acts by", moment(tale, done.task.due_at), "bold")
    now = tale.then(POSITIVE, "08:40", "Zhao Lan, nurse", "calls her and asks her in today.")
    tasks.acknowledge(done.task.pk, by=tale.by("nurse"), now=now)
    tale.next("One test says pregnant. It does not say where.")


def first_sample(tale: Tale, she: Woman) -> None:
    now = tale.step(
        POSITIVE, "14:20", "Dr Lin Mei, gynaecologist", "sees her. First blood: 800 IU/L."
    )
    done = pregnancy.record_hcg(
        tale.house,
        she.ids["episode"],
        taken_at=tale.moment(POSITIVE, "14:00"),
        iu_per_l=800,
        answers=NO_SYMPTOMS,
        by=tale.by("gynaecologist"),
        now=now,
    )
    finish(tale, she, "positive-test", "Seen the same day, first hCG taken.")
    tale.decision(she, Stage.PREGNANCY)
    assert done.next_sample_at is not None
    tale.next(f"The second sample, not earlier than {moment(tale, done.next_sample_at)}.")


def second_sample(tale: Tale, she: Woman) -> None:
    now = tale.step(SECOND, "15:00", "Dr Lin Mei, gynaecologist", "second blood: 1,350 IU/L.")
    done = pregnancy.record_hcg(
        tale.house,
        she.ids["episode"],
        taken_at=tale.moment(SECOND, "14:00"),
        iu_per_l=1350,
        answers=NO_SYMPTOMS,
        by=tale.by("gynaecologist"),
        now=now,
    )
    finish(tale, she, "take-second-hcg", "Taken after 48 hours.")
    tale.decision(she, Stage.PREGNANCY)
    assert done.pair is not None and done.pair.change_percent is not None
    tale.say(
        "the pair",
        f"a rise of {done.pair.change_percent:g} % in 48 hours: {done.pair.reading}. About one in "
        "five pregnancies outside the womb rises like this, so it is not proof.",
    )
    tale.next(
        f"A scan between {moment(tale, done.pair.due_from)} and {moment(tale, done.pair.due_by)}. "
        "This clock does not stop for New Year."
    )


def scan(tale: Tale, she: Woman) -> None:
    now = tale.step(SCAN, "09:30", "Dr Lin Mei, gynaecologist", "scans: a heartbeat, in the womb.")
    place = PregnancyState.INTRAUTERINE
    episode = she.ids["episode"]
    pregnancy.record_scan(tale.house, episode, place, by=tale.by("gynaecologist"), now=now)
    tale.decision(she, Stage.PREGNANCY)
    finish(tale, she, "scan", "Scanned: in the womb, heartbeat seen.")
    pregnancy.close(tale.house, episode, place, by=tale.by("gynaecologist"), now=now)
    now = tale.then(SCAN, "09:45", "Zhao Lan, nurse", "no task is left, no answer is awaited.")
    closed = aftercare.close_follow_up(she.ids["follow_up"], by=tale.by("nurse"), now=now)
    tale.say("outcome", f"pregnant, in the womb. The follow-up is {closed.state}.", "bold green")
    tale.next("Antenatal care. A referral was not needed.")


def finish(tale: Tale, she: Woman, kind: str, note: str) -> None:
    """Close the tasks of one kind about her."""
    at = tale.house.now()
    for task in tasks_of(tale, she, at):
        if task.kind == kind:
            tasks.close(task.pk, note, by=tale.by("gynaecologist"), now=at)


STEPS = (positive, first_sample, second_sample, scan)
