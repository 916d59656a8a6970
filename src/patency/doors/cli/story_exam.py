"""The day of the examination, the report, and how she gets it."""

from datetime import date, timedelta

from patency.core.exam import Exam
from patency.core.findings.model import (
    Calibre,
    Cavity,
    Findings,
    Quality,
    Segment,
    Shape,
    Spill,
    Tube,
)
from patency.core.protocol.model import Stage
from patency.doors.cli.story import Tale, Woman, in_full, short
from patency.doors.cli.story_first_cycle import herself, local
from patency.doors.cli.story_table import write_down
from patency.service import aftercare, arrival, examination, pickup, reporting
from patency.service.laboratory import TestTaken

EXAM_DAY = date(2025, 10, 28)
NEXT_DAY = date(2025, 10, 29)
ON_ARRIVAL = {
    "temperature_c": 36.7,
    "bleeding_today": False,
    "unprotected_intercourse_since_period": False,
    "protected_intercourse_since_period": False,
    "last_bleed_normal": True,
    "active_pelvic_infection": False,
    "discharge_symptoms": False,
    "lower_abdominal_pain": False,
    "respiratory_illness": "none",
    "possible_pregnancy": False,
}
# Free spill on the right; on the left nothing past the horn, which a spasm looks like too.
SEEN = Findings(
    cavity=Cavity(Shape.NORMAL),
    right=Tube(Segment.FIMBRIA, Spill.FREE, Calibre.NORMAL),
    left=Tube(Segment.HORN, Spill.NONE, Calibre.NOT_JUDGED),
    quality=Quality.GOOD,
)


def arrive(tale: Tale, she: Woman) -> None:
    now = tale.step(
        EXAM_DAY, "08:30", "Zhao Lan, nurse", f"{she.name} arrives. She is asked again."
    )
    tale.list(
        "today",
        [
            "urine pregnancy test: negative, lot HCG-2511, read at 08:25",
            "no intercourse since the period began; the last bleed was normal in date, length and "
            "amount",
            "temperature 36.7 °C, no bleeding, no pain, no cold",
        ],
    )
    test = TestTaken(
        kind="pregnancy_urine",
        parts={"pregnancy_test_today": "negative"},
        taken_at=now - timedelta(minutes=10),
        read_at=now - timedelta(minutes=5),
        lot="HCG-2511",
    )
    done = arrival.check_in(
        tale.house,
        she.ids["booking"],
        answers=ON_ARRIVAL,
        tests=[test],
        by=tale.by("nurse"),
        now=now,
    )
    tale.decision(she, Stage.ARRIVAL)
    assert done.may_go_in
    tale.say(
        "she is told",
        "most women feel pain like a strong period, and for most it passes quickly. You may stop "
        "at any time.",
    )
    tale.next("The examination, by a woman, with a chaperone in the room.")


def examine(tale: Tale, she: Woman) -> None:
    now = tale.step(EXAM_DAY, "09:00", "Dr Sun Yue, radiologist", "records what was done.")
    done = Exam(
        device="Fluoroscopy unit, West campus",
        station="WESTFLUORO1",
        seal="balloon catheter",
        operator="Dr Sun Yue",
        agent="iohexol 300",
        lot="IO-7731",
        increments=(2.0, 3.0, 3.0),
        key_images=(1, 2, 3, 4),
        pain_score=5,
        relief_offered=True,
        dap_gy_cm2=1.4,
        fluoro_seconds=38,
        started_at=tale.moment(EXAM_DAY, "08:52"),
        ended_at=tale.moment(EXAM_DAY, "08:58"),
        outcome="completed",
        dilated_tube=False,
    )
    write_down(tale, she, done, spills=("spill-right",))
    examination.record(tale.house, she.visit, done, by=tale.by("radiologist"), now=now)
    tale.list(
        "done",
        [
            "begun at 08:52, ended at 08:58",
            "iohexol 300 mg/mL, water contrast, lot IO-7731: 2 + 3 + 3 mL, 8 mL in all",
            "key images 1 to 4; no leak, no contrast in the veins",
            "pain 5 of 10, a painkiller offered and taken; anaesthesia: none",
            "dose 1.4 Gy·cm² (the reference is 2.0), 38 seconds of X-ray",
        ],
    )
    tale.decision(she, Stage.EXAM)
    tale.next("She is watched for 30 minutes from the end, until 09:28.")


def watch(tale: Tale, she: Woman) -> None:
    now = tale.step(EXAM_DAY, "09:10", "Dr Lin Mei, gynaecologist", "decides on antibiotics.")
    choice = examination.choose_antibiotics(
        tale.house,
        she.visit,
        give=True,
        drug="doxycycline",
        allergy_checked=True,
        pregnancy_checked=True,
        by=tale.by("gynaecologist"),
        now=now,
    )
    tale.say(
        "prescribed",
        f"{choice.drug} {choice.dose} for {choice.days} days, by Dr Lin Mei; allergy and pregnancy "
        "were asked.",
    )
    policy = tale.house.site(tale.site).choices["antibiotic_policy"]
    tale.say(
        "contested",
        f"this site gives antibiotics to everyone ({policy.provenance}; chosen on "
        f"{in_full(policy.chosen_on)} by the {policy.chosen_by}). Studies show a benefit for wide "
        "tubes or a past infection.",
    )
    now = tale.then(EXAM_DAY, "09:18", "Zhao Lan, nurse", f"{she.name} would like to go home.")
    try:
        examination.let_leave(tale.house, she.visit, by=tale.by("nurse"), now=now)
    except examination.TooEarlyToLeave as refusal:
        tale.refused(refusal)
    tale.say("kindly", "ten more minutes, with tea: what can go wrong shows itself in this time.")
    now = tale.then(EXAM_DAY, "09:29", "Zhao Lan, nurse", "pulse 72, blood pressure 112/70, well.")
    examination.observe(
        tale.house,
        she.visit,
        {"pulse": 72, "systolic": 112, "diastolic": 70, "well": "yes"},
        by=tale.by("nurse"),
        now=now,
    )
    now = tale.then(EXAM_DAY, "09:30", "Zhao Lan, nurse", "now she may go.")
    examination.let_leave(tale.house, she.visit, by=tale.by("nurse"), now=now)
    tale.decision(she, Stage.EXAM)
    tale.next("A plan for the days at home.")


def plan(tale: Tale, she: Woman) -> None:
    now = tale.step(
        EXAM_DAY, "09:35", "Zhao Lan, nurse", "goes through the next two weeks with her."
    )
    follow_up = aftercare.open_follow_up(tale.house, she.visit, by=tale.by("nurse"), now=now)
    she.ids["follow_up"] = follow_up.pk
    tale.list("her plan", [planned(item) for item in follow_up.plan or ()])
    site = tale.house.site(tale.site)
    tale.say(
        "whom to call, at any hour",
        f"{site.duty.role}, {site.duty.phone}; in an emergency {site.emergency_number}.",
    )
    tale.next("The report.")


PLANNED = {
    "no-intercourse": "no intercourse",
    "no-bath": "no tub bath and no swimming; showers are fine",
    "bleeding-may-last": "light bleeding may last",
    "diary": "a few lines in the diary each day",
    "check-in": "we want to hear from you on this day",
    "antibiotics": "the antibiotic, to the last dose",
}


def planned(item: dict[str, str]) -> str:
    """Return one item of a plan with its days, and on what ground it stands."""
    first, last = (date.fromisoformat(item[name]) for name in ("first_day", "last_day"))
    days = short(first) if first == last else f"{short(first)} to {short(last)}"
    ground = f" (this clinic's choice: {item['provenance']})" if item["provenance"] else ""
    return f"{days}: {PLANNED.get(item['what'], item['what'])}{ground}"


def report(tale: Tale, she: Woman) -> None:
    now = tale.step(EXAM_DAY, "11:15", "Dr Sun Yue, radiologist", "says what was seen.")
    by = tale.by("radiologist")
    reporting.record_findings(tale.house, she.visit, SEEN, by=by, now=now)
    drafted = reporting.draft(tale.house, she.visit, by=by, now=now)
    for part, title, lines in sections(drafted.sections):
        if part in TOLD_OF_THE_REPORT:
            tale.list(title, lines)
    tale.say("the rest", "dose, contrast, events and how sure HSG is, in the report below.")
    now = tale.then(EXAM_DAY, "11:30", "Dr Sun Yue, radiologist", "reads it once more and signs.")
    signed = reporting.sign(tale.house, drafted.pk, by=by, now=now)
    she.ids["report"] = signed.pk
    now = tale.then(EXAM_DAY, "11:31", "Dr Sun Yue, radiologist", "presses the button again.")
    try:
        reporting.sign(tale.house, drafted.pk, by=by, now=now)
    except reporting.AlreadySigned as refusal:
        tale.refused(refusal)
    now = tale.then(EXAM_DAY, "12:00", "Dr Sun Yue, radiologist", "tries to hand it out at once.")
    try:
        reporting.release(tale.house, she.visit, by=by, now=now)
    except reporting.NotReady as refusal:
        tale.refused(refusal)
    tale.next(f"One working day later: {in_full(NEXT_DAY)}.")


def fetch(tale: Tale, she: Woman) -> None:
    now = tale.step(NEXT_DAY, "10:00", "Dr Lin Mei, gynaecologist", "releases the report.")
    released = reporting.release(tale.house, she.visit, by=tale.by("gynaecologist"), now=now)
    she.words["code"] = released.code
    tale.decision(she, Stage.RELEASE)
    tale.say("her code", f"{released.code}. It is shown once; we keep only its fingerprint.")
    now = tale.then(NEXT_DAY, "15:20", she.name, "types it at the self-service printer.")
    by = herself(tale, she, now)
    fetched = pickup.print_report(tale.house, released.code, by=by, now=now)
    tale.say("printed", f"at {fetched.printer}; the code prints {fetched.copies_left} more.")
    tale.say("time", f"{local(tale, now)}, one working day after the examination.")
    tale.next("She writes a few lines in her diary each day.")


TOLD_OF_THE_REPORT = ("right", "left", "impression", "recommendation")


def sections(raw: object) -> list[tuple[str, str, list[str]]]:
    """Return the parts of a report as it is kept: id, title, lines."""
    found = raw.get("sections", []) if isinstance(raw, dict) else raw
    assert isinstance(found, list)
    return [
        (str(each["id"]), str(each["title"]), [str(line) for line in each["text"]])
        for each in found
    ]


STEPS = (arrive, examine, watch, plan, report, fetch)
