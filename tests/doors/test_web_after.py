"""Her pages from the examination on: aftercare by day, report, diary, trying, a positive test."""

from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.urls import reverse

from patency.core.access import Role
from patency.records.models.followup import DiaryEntry, FollowUp, PregnancyEpisode, Task
from patency.records.models.people import Patient
from patency.records.models.report import Release
from patency.service import aftercare
from tests.make import make_answers, make_patient, make_report, make_visit
from tests.service import after, walk
from tests.service.after import exam_day_plus, on_day

pytestmark = pytest.mark.django_db


def text(answer, status=200):
    assert answer.status_code == status, (answer.status_code, answer.content[:400])
    return unescape(answer.content.decode())


@pytest.fixture
def follow_up(house, clock) -> FollowUp:
    """Return the follow-up of a woman on day 3 after her examination, the report not yet out."""
    found = after.make_followed()
    FollowUp.objects.filter(pk=found.pk).update(plan=_plan(house))
    found.refresh_from_db()
    clock.at = on_day(3, 12)
    return found


def _plan(house):
    from patency.core.aftercare import plan
    from patency.service.following import _as_json

    site = house.site("demo-west")
    choices = site.choices
    return [
        _as_json(one)
        for one in plan(
            walk.EXAM_DAY,
            abstinence=choices["abstinence_days_after"],
            bath=choices["bath_days_after"],
            bleeding_days_max=7,
            antibiotic_days=5,
        )
    ]


@pytest.fixture
def her(follow_up, as_herself):
    return as_herself(follow_up.patient)


# ---------------------------------------------------------------- aftercare


def test_what_holds_today_stands_before_what_comes_and_what_is_contested(her):
    page = text(her.get(reverse("my-after")))

    assert "day 3" in page
    assert page.index("No intercourse") < page.index("To come") < page.index("Sources differ")
    assert "a convention; sources differ" in page
    assert "until spotting has stopped, about 1 to 2 days" in page


def test_her_plan_is_a_file_she_can_keep(her):
    answer = her.get(reverse("my-plan-file"))

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert "no-store" in answer["Cache-Control"]
    assert "hsg" not in answer["Content-Disposition"].lower()


def test_before_an_examination_there_is_no_after(as_herself, house):
    answer = as_herself(make_visit().patient).get(reverse("my-after"))

    assert answer["Location"] == reverse("mine")


def test_the_sections_of_her_pages_come_when_they_apply(her, follow_up):
    def sections():
        return text(her.get(reverse("my-data"))).split('class="sections"')[1].split("</nav>")[0]

    before = sections()
    Release.objects.create(visit=follow_up.visit, due_at=on_day(1), released_at=on_day(1))

    assert reverse("my-after") in before and reverse("my-report") not in before
    assert reverse("my-report") in sections()


# ---------------------------------------------------------------- the report


PLAIN = {
    "title": "In plain words",
    "sections": [{"id": "plain-seen", "title": "What was seen", "text": ["Free spill."]}],
}
MEDICAL = {
    "sections": [
        {"id": "impression", "title": "Impression", "text": ["Right tube: open with free spill."]},
        {"id": "limitations", "title": "Limitations", "text": ["None beyond the method's."]},
        {"id": "accuracy", "title": "How sure", "text": ["Swart 1995: 65 %."]},
    ]
}


def signed(follow_up, *, released=True):
    make_report(follow_up.visit, status="signed", plain=PLAIN, sections=MEDICAL)
    Release.objects.create(
        visit=follow_up.visit, due_at=on_day(2), released_at=on_day(2) if released else None
    )


def test_the_plain_words_stand_first_and_the_signed_ones_beside_them(her, follow_up):
    signed(follow_up)

    page = text(her.get(reverse("my-report")))

    assert page.index("Free spill.") < page.index("Right tube: open with free spill.")
    assert "Swart 1995: 65 %." in page
    assert "One film is a first look" in page
    assert "blocked" not in page


def test_she_reads_the_same_findings_in_the_language_of_her_page(her, follow_up):
    other = {"zh": [{"id": "plain-seen", "title": "看到了什么", "text": ["造影剂流出。"]}]}
    medical = {"zh": [{"id": "impression", "title": "结论", "text": ["右侧输卵管通畅。"]}]}
    make_report(
        follow_up.visit,
        status="signed",
        plain=PLAIN | {"in": other},
        sections=MEDICAL | {"in": medical},
    )
    Release.objects.create(visit=follow_up.visit, due_at=on_day(2), released_at=on_day(2))
    her.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    Patient.objects.filter(pk=follow_up.patient_id).update(language="zh-hans")

    page = text(her.get(reverse("my-report")))

    assert "造影剂流出。" in page and "右侧输卵管通畅。" in page
    assert "医生签署的是英文版本" in page or "医生签署的是英语版本" in page


def test_before_its_release_she_reads_only_when_it_comes(her, follow_up):
    signed(follow_up, released=False)

    page = text(her.get(reverse("my-report")))

    assert "Free spill." not in page
    assert "It is due Thursday 25 September" in page
    assert her.get(reverse("my-report-file"))["Location"] == reverse("my-report")


def test_a_report_that_is_held_back_promises_no_day(her, follow_up):
    signed(follow_up, released=False)
    Release.objects.update(held_reason="looked at again")

    page = text(her.get(reverse("my-report")))

    assert "looked at once more" in page
    assert "looked at again" not in page
    assert "due" not in page.split("<main")[1].split("</main>")[0]


def test_her_report_is_a_file_too(her, follow_up):
    signed(follow_up)

    answer = her.get(reverse("my-report-file"))

    assert answer.content.startswith(b"%PDF")
    assert answer["Cache-Control"] == "no-store"


# ---------------------------------------------------------------- the diary

WELL_DAY = {
    "bleeding": {"bleeding_amount": "none"},
    "temperature": {"temperature_today_c": "36.7", "chills_or_vomiting": "no"},
    "pain": {"pain_score": "0", "unable_to_stand": "no", "pain_worse_after_24h": "no"},
    "signs": {"signs": ["none-of-these"]},
    "rash": {"rash": "none"},
    "test": {"pregnancy_test_positive": "no"},
}


def write(client, answers, *, day=3, until="check"):
    """Answer page by page as they are asked, and return the address of the one it stops at."""
    address = client.get(f"{reverse('my-diary-write')}?day={day}")["Location"]
    for _ in range(12):
        page = address.partition("page=")[2].partition("&")[0]
        if page == until:
            return address
        answer = client.post(address, answers[page])
        assert answer.status_code == 302, (page, unescape(answer.content.decode())[:3000])
        address = answer["Location"]
    raise AssertionError(f"the diary never came to {until}")


def test_a_well_day_is_told_page_by_page_and_answered_at_once(her, follow_up):
    check = write(her, WELL_DAY)
    summary = text(her.get(check))
    sent = her.post(check, {"own_words": ""})
    card = text(her.get(sent["Location"]))

    entry = DiaryEntry.objects.get()
    assert (entry.day, entry.urgency) == (3, "S")
    assert entry.entry["dizzy"] is False and entry.entry["pads_soaked"] == 0
    assert "36.7" in summary
    assert "open." not in summary
    assert "Carry on" in card
    assert not Task.objects.exists()


def test_what_is_left_open_is_said_to_count_before_it_is_sent(her):
    pain = {**WELL_DAY["pain"], "unable_to_stand": "unknown"}
    blank = {**WELL_DAY["temperature"], "temperature_today_c": ""}

    summary = text(her.get(write(her, {**WELL_DAY, "pain": pain, "temperature": blank})))

    assert "You left 2 questions open." in summary
    assert "we take seriously" in summary


def test_a_task_about_what_she_wrote_leads_to_it(house, her, follow_up, as_staff):
    her.post(write(her, {**WELL_DAY, "signs": {"signs": ["fainted"]}}), {})

    page = text(as_staff(Role.NURSE).get(reverse("tasks")))

    assert f'href="{reverse("follow-up", args=[follow_up.pk])}"' in page


def test_who_does_not_bleed_is_not_asked_how_much(her):
    assert (
        "page=temperature"
        in her.post(write(her, WELL_DAY, until="bleeding"), {"bleeding_amount": "none"})["Location"]
    )
    assert (
        "page=how-much"
        in her.post(
            f"{reverse('my-diary-write')}?day=2&page=bleeding", {"bleeding_amount": "light"}
        )["Location"]
    )


def test_an_alarm_says_what_to_do_now_with_numbers_that_dial(her, house, follow_up):
    check = write(her, {**WELL_DAY, "signs": {"signs": ["fainted", "dizzy"]}})

    card = text(her.get(her.post(check, {})["Location"]))

    site = house.site("demo-west")
    assert DiaryEntry.objects.get().urgency == "E"
    assert "nhsuk-card--care--emergency" in card
    assert f'href="tel:{site.emergency_number}"' in card
    assert Task.objects.get().urgency == "E"


def test_on_a_holiday_the_card_says_so_and_that_somebody_answers(her, clock, follow_up):
    clock.at = on_day(8, 3)  # the first day of an eight-day holiday, at night
    warm = {"temperature_today_c": "38.2", "chills_or_vomiting": "no"}
    check = write(her, {**WELL_DAY, "temperature": warm}, day=8)

    card = text(her.get(her.post(check, {})["Location"]))

    assert "The clinic is closed today (National Day" in card
    assert "answered all the same" in card
    assert "01000000120" in card


def test_a_question_left_open_is_asked_again_and_not_knowing_is_an_answer(her):
    address = write(her, WELL_DAY, until="pain")

    open_one = text(her.post(address, {"pain_score": "3"}), status=400)
    unknown = her.post(
        address, {"pain_score": "3", "unable_to_stand": "unknown", "pain_worse_after_24h": "no"}
    )

    assert "If you do not know, choose that." in open_one
    assert 'value="3" checked' in open_one
    assert unknown.status_code == 302


@pytest.mark.parametrize("ticked", [[], ["none-of-these", "dizzy"]])
def test_signs_must_be_ticked_or_none_of_them(her, ticked):
    address = write(her, WELL_DAY, until="signs")

    page = text(her.post(address, {"signs": ticked}), status=400)

    assert "If you have none of these, tick the last line" in page


@pytest.mark.parametrize("typed", ["hot", "99", "-4", "36,7,1", "٣٨" * 9])
def test_a_temperature_that_cannot_be_is_asked_again_and_kept(her, typed):
    address = write(her, WELL_DAY, until="temperature")

    page = text(
        her.post(address, {"temperature_today_c": typed, "chills_or_vomiting": "no"}), status=400
    )

    assert "This must be a number from" in page
    assert typed in page


@pytest.mark.parametrize("day", ["4", "15", "-1", "2025-09-26", "1' or 1=1", "²", "999999999999"])
def test_a_day_the_diary_does_not_have_is_refused_kindly(her, day):
    answer = her.get(reverse("my-diary-write"), {"day": day}, follow=True)

    assert "Your diary has no such day" in text(answer)
    assert not DiaryEntry.objects.exists()


def test_a_page_the_diary_does_not_have_leads_to_its_first(her):
    answer = her.get(f"{reverse('my-diary-write')}?day=3&page=nonsense")

    assert "page=bleeding" in answer["Location"]


def test_what_was_told_before_the_check_cannot_be_skipped(her):
    her.post(f"{reverse('my-diary-write')}?day=3&page=bleeding", {"bleeding_amount": "none"})

    answer = her.post(f"{reverse('my-diary-write')}?day=3&page=check", {})

    assert "page=temperature" in answer["Location"]
    assert not DiaryEntry.objects.exists()


def test_a_changed_answer_leads_back_to_the_check(her):
    check = write(her, WELL_DAY)

    answer = her.post(
        f"{reverse('my-diary-write')}?day=3&page=pain&check=1",
        {"pain_score": "2", "unable_to_stand": "no", "pain_worse_after_24h": "no"},
    )

    assert answer["Location"] == check
    assert "2" in text(her.get(check))


def test_in_two_tabs_a_day_is_sent_once(her):
    check = write(her, WELL_DAY)
    her.post(check, {})

    second = her.post(check, {}, follow=True)

    assert DiaryEntry.objects.count() == 1
    assert "Nothing of this day waits to be sent" in text(second)


def test_two_days_in_two_tabs_do_not_mix(her):
    write(her, WELL_DAY, day=3)
    second = write(her, {**WELL_DAY, "pain": {"pain_score": "7", "unable_to_stand": "no",
                                              "pain_worse_after_24h": "no"}}, day=2)  # fmt: skip
    her.post(f"{reverse('my-diary-write')}?day=3&page=check", {})
    her.post(second, {})

    assert {row.day: row.entry["pain_score"] for row in DiaryEntry.objects.all()} == {3: 0, 2: 7}


def test_own_words_that_are_too_long_stay_on_the_page_with_a_sentence(her):
    check = write(her, WELL_DAY)

    page = text(her.post(check, {"own_words": "疼" * 5_000}), status=400)

    assert "At most 4000 can be kept" in page
    assert "疼" * 5_000 in page
    assert not DiaryEntry.objects.exists()


def test_a_paste_of_five_megabytes_is_refused_and_nothing_of_the_day_is_lost(her):
    check = write(her, WELL_DAY)

    answer = her.post(check, {"own_words": "x" * 5_000_000})

    assert answer.status_code in (400, 413)
    assert not DiaryEntry.objects.exists()
    assert her.post(check, {"own_words": "short"}).status_code == 302
    assert DiaryEntry.objects.get().free_text == "short"


def test_what_she_told_so_far_is_hers_alone_and_unreadable(her, as_herself):
    write(her, WELL_DAY, until="signs")
    kept = her.cookies["patency-diary-3"]

    other = as_herself(after.make_followed().patient)
    other.cookies["patency-diary-3"] = kept.value

    assert "36.7" not in kept.value and "temperature" not in kept.value
    assert kept["httponly"] and kept["path"] == "/my/diary/"
    assert "page=bleeding" in other.get(f"{reverse('my-diary-write')}?day=3")["Location"]
    assert (
        reverse("my-diary")
        in other.get(f"{reverse('my-diary-write')}?day=3&page=check")["Location"]
    )


def test_her_diary_lists_every_day_to_today(house, her, follow_up):
    told = aftercare.record_diary(
        house, follow_up.pk, exam_day_plus(1), after.WELL,
        by=follow_up.patient.as_actor(), now=on_day(1),
    )  # fmt: skip

    page = text(her.get(reverse("my-diary")))

    assert page.count("Not written") == 3
    assert reverse("my-care-card", args=[told.entry.pk]) in page
    assert "day 4" not in page


def test_a_card_raised_by_open_questions_says_so_and_does_not_contradict_itself(
    house, her, follow_up, as_staff
):
    told = {**after.WELL, "temperature_today_c": 38.4}
    for name in ("fainted", "chest_pain", "breathing_difficulty"):
        del told[name]
    entry = aftercare.record_diary(
        house, follow_up.pk, exam_day_plus(1), told,
        by=follow_up.patient.as_actor(), now=on_day(1),
    ).entry  # fmt: skip

    card = text(her.get(reverse("my-care-card", args=[entry.pk])))
    decision = text(her.get(reverse("decision", args=[entry.decision_id])))
    for_staff = text(as_staff(Role.NURSE).get(reverse("decision", args=[entry.decision_id])))

    assert entry.urgency == "E"
    for page in (card, decision):
        assert "What you told us would by itself mean: Be seen today" in page
        assert "Get help now" in page
    assert "What to do for this alone" in decision
    assert reverse("my-diary-write") + f"?day={entry.day}" in card
    assert "Raised by what she left open" in for_staff


def test_another_womans_entry_is_not_there(house, her, follow_up, as_herself):
    told = aftercare.record_diary(
        house, follow_up.pk, exam_day_plus(1), after.WELL,
        by=follow_up.patient.as_actor(), now=on_day(1),
    )  # fmt: skip

    other = as_herself(make_patient())

    assert other.get(reverse("my-care-card", args=[told.entry.pk])).status_code == 404


def test_a_diary_that_is_over_says_so(her, follow_up):
    FollowUp.objects.filter(pk=follow_up.pk).update(state="closed", closed_at=on_day(3))

    for page in ("my-diary", "my-diary-write"):
        assert "Your diary is over" in text(her.get(reverse(page), follow=True))


# ---------------------------------------------------------------- when to try


def test_without_a_released_report_no_advice_on_trying_is_shown(her):
    answer = her.get(reverse("my-trying"), follow=True)

    assert "This comes with your report" in text(answer)


def test_she_reads_from_when_why_and_who_says_otherwise(her, house, follow_up):
    signed(follow_up)
    make_answers(follow_up.visit, infection_cleared=True)
    after.tell(house, follow_up, 3, bleeding_amount="none")

    page = text(her.get(reverse("my-trying")))

    assert "From Wednesday 8 October 2025" in page
    assert "until Tuesday 7 October" in page
    assert page.index("From Wednesday") < page.index("Sources differ")
    assert "after 3 months, because of the X-rays; no study supports this reason" in page
    assert "H2Oil" in page


def test_what_is_still_waited_for_is_said_and_no_date_is_promised(her, follow_up):
    signed(follow_up)

    page = text(her.get(reverse("my-trying")))

    assert "No date can be given yet." in page
    assert "the bleeding has stopped" in page


# ---------------------------------------------------------------- fertile days


def test_fertile_days_are_shown_only_when_she_wants_them(her):
    page = reverse("my-fertile-days")

    before = text(her.get(page))
    her.post(page, {"wanted": "yes"})
    shown = text(her.get(page))
    her.post(page, {"wanted": "no"})

    assert "Most likely" not in before
    assert "Most likely" in shown and "Possible on any day from" in shown
    assert "Not for avoiding a pregnancy." in shown
    assert "Most likely" not in text(her.get(page))


# ---------------------------------------------------------------- a positive test

NO_SIGNS = {"bleeding_amount": "none", "pain_score": "0", "signs": ["none-of-these"]}


def test_she_tells_a_positive_test_and_reads_what_comes_by_day(her, clock, follow_up):
    clock.at = on_day(30)

    sent = her.post(reverse("my-positive-test"), {"when": "yesterday", **NO_SIGNS}, follow=True)

    page = text(sent)
    episode = PregnancyEpisode.objects.get()
    assert episode.test_on == exam_day_plus(29)
    assert "We call you by" in page
    assert "48 hours apart" in page
    assert "An ultrasound, useful from" in page
    assert Task.objects.get().kind == "positive-test"


def test_with_pain_at_the_shoulder_the_card_is_an_emergency(her, clock, follow_up):
    clock.at = on_day(30)

    page = text(
        her.post(
            reverse("my-positive-test"),
            {"when": "today", **NO_SIGNS, "signs": ["shoulder_tip_pain"]},
            follow=True,
        )
    )

    assert "nhsuk-card--care--emergency" in page
    assert Task.objects.get().urgency == "E"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose the day of the test."),
        ({"when": "other"}, "Type the day of the test."),
        (
            {"when": "other", "other_day": "1", "other_month": "1", "other_year": "2020"},
            "before your exam",
        ),
        (
            {"when": "other", "other_day": "1", "other_month": "1", "other_year": "2031"},
            "in the future",
        ),
        (
            {"when": "other", "other_day": "31", "other_month": "2", "other_year": "2025"},
            "no such day",
        ),
        ({"when": "last week"}, "not one of the available choices"),
    ],
)
def test_a_day_of_a_test_that_cannot_be_is_asked_again(her, clock, typed, said):
    clock.at = on_day(30)

    page = text(her.post(reverse("my-positive-test"), {**NO_SIGNS, **typed}), status=400)

    assert said in page
    assert not PregnancyEpisode.objects.exists()


def test_a_positive_test_told_twice_is_one_pregnancy(her, clock):
    clock.at = on_day(30)
    told = {"when": "today", **NO_SIGNS}

    her.post(reverse("my-positive-test"), told)
    again = her.post(reverse("my-positive-test"), told)

    assert again["Location"] == reverse("my-pregnancy")
    assert PregnancyEpisode.objects.count() == 1


def test_after_the_weeks_are_closed_she_is_told_to_call(her, follow_up):
    FollowUp.objects.filter(pk=follow_up.pk).update(state="closed", closed_at=on_day(3))

    page = text(her.get(reverse("my-positive-test")))

    assert "Call us today" in page
    assert "tel:01000000120" in page


def test_a_pregnancy_that_is_over_asks_for_nothing_more(her, clock, follow_up):
    PregnancyEpisode.objects.create(
        follow_up=follow_up,
        test_on=exam_day_plus(2),
        state="miscarriage",
        opened_at=on_day(2),
        closed_at=on_day(2) + timedelta(hours=1),
        outcome="miscarriage",
    )

    page = text(her.get(reverse("my-pregnancy")))

    assert "We are sorry." in page
    assert "What happens next" not in page
