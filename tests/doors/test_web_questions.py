"""Our questions to her: one on a page, kept until she sends them, and only those still needed."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from patency.core.facts import AskedOf
from patency.doors.web.patient.draft import COOKIE
from patency.records.models.visit import Answer, Decision
from tests.make import NOW, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db
WHERE = "my-answers"


def page(client, question="next", status=200):
    answer = client.get(reverse(WHERE), {"question": question}, follow=True)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def number_in(shown):
    return re.search(r'name="number" value="(\d+)"', shown)[1]


def fact_in(shown):
    return re.search(r'id="f-answer" name="([a-z0-9_]+)"', shown)[1]


def number_of(house, fact):
    visit_facts = house.protocol("hsg/2026-1").facts.types
    return str(list(visit_facts).index(fact) + 1)


@pytest.fixture
def visit(house):
    return walk.register(house)


def test_one_question_stands_on_a_page_and_its_address_says_nothing_of_her(visit, as_herself):
    shown = page(as_herself(visit.patient))

    assert shown.count("<h1") == 1
    assert len(re.findall(r'id="f-answer"', shown)) == 1
    assert all(part.isdigit() or part in ("next", "check")
               for part in re.findall(r"\?question=(\w+)", shown))  # fmt: skip


def test_she_is_asked_in_her_language_and_only_what_she_can_tell(house, as_herself):
    visit = walk.register(house, language="zh-hans")
    protocol = house.rulebook_at(visit.site).protocol

    shown = page(as_herself(visit.patient))

    fact = fact_in(shown)
    assert protocol.facts[fact].asked_of is AskedOf.PATIENT
    assert protocol.words["zh"].questions[fact] in shown
    assert 'lang="zh-hans"' in shown


def test_an_answer_is_kept_until_she_sends_all_of_them(house, visit, as_herself):
    herself = as_herself(visit.patient)
    number = number_of(house, "usual_bleeding_days")

    herself.post(reverse(WHERE), {"number": number, "usual_bleeding_days": "5"})
    before = Answer.objects.count()
    check = page(herself, "check")
    back = page(herself, number)

    assert before == 0
    assert "How many days do you usually bleed?" in check and "5 days" in check
    assert 'value="5"' in back


def test_what_is_sent_is_told_at_once_and_the_draft_is_gone(house, visit, as_herself):
    herself = as_herself(visit.patient)
    herself.post(
        reverse(WHERE),
        {"number": number_of(house, "usual_bleeding_days"), "usual_bleeding_days": "5"},
    )

    sent = unescape(herself.post(reverse(WHERE), {"send": "yes"}, follow=True).content.decode())

    assert Answer.objects.get(fact="usual_bleeding_days").value == 5
    assert "Thank you. Your answers are kept." in sent
    assert "What happens next" in sent
    assert "5 days" in page(herself, "check").split("What you told us before")[1]
    assert Decision.objects.filter(visit=visit, stage="registration").count() == 1


def test_an_answer_brings_the_question_that_follows_from_it(house, visit, as_herself):
    herself = as_herself(visit.patient)
    follows = number_of(house, "pelvic_infection_ended_on")

    def asked():
        seen, shown = [], page(herself)
        while 'name="number"' in shown and number_in(shown) not in seen:
            seen.append(number_in(shown))
            fact = fact_in(shown)
            sent = {fact: "yes"} if fact == "past_pelvic_infection" else {"unknown": "yes"}
            herself.post(reverse(WHERE), {"number": seen[-1], **sent})
            shown = page(herself)
        return seen

    assert follows in asked()


def test_what_she_does_not_know_is_left_open_and_not_asked_twice(visit, as_herself):
    herself = as_herself(visit.patient)
    first = number_in(page(herself))

    herself.post(reverse(WHERE), {"number": first, "unknown": "yes"})

    assert number_in(page(herself)) != first
    assert "left open" in page(herself, "check")


def test_a_question_says_what_rests_on_its_answer(house, visit, as_herself):
    shown = page(as_herself(visit.patient), number_of(house, "possible_pregnancy"))

    assert "Why we ask: X-rays and the contrast could harm a pregnancy." in shown


@pytest.mark.parametrize("second", ["longest_cycle_days", "shortest_cycle_days"])
def test_cycle_lengths_the_wrong_way_round_are_said_while_she_types_them(
    second, house, visit, as_herself
):
    herself = as_herself(visit.patient)
    lengths = {"shortest_cycle_days": "34", "longest_cycle_days": "26"}
    [first] = set(lengths) - {second}

    herself.post(reverse(WHERE), {"number": number_of(house, first), first: lengths[first]})
    answer = herself.post(
        reverse(WHERE), {"number": number_of(house, second), second: lengths[second]}
    )

    shown = unescape(answer.content.decode())
    assert answer.status_code == 400
    assert f"takes {lengths[first]} days" in shown
    assert f'value="{lengths[second]}"' in shown
    assert f'href="?question={number_of(house, first)}"' in shown
    assert second not in page(herself, "check")


def test_equal_cycle_lengths_are_no_contradiction(house, visit, as_herself):
    herself = as_herself(visit.patient)
    for fact in ("shortest_cycle_days", "longest_cycle_days"):
        sent = herself.post(reverse(WHERE), {"number": number_of(house, fact), fact: "28"})

        assert sent.status_code == 302


@pytest.mark.parametrize("typed", ["", "many", "900", "5.5", "１２３４５６７８９０" * 400])
def test_what_cannot_be_an_answer_stays_typed_with_a_kind_sentence(typed, house, visit, as_herself):
    number = number_of(house, "usual_bleeding_days")

    answer = as_herself(visit.patient).post(
        reverse(WHERE), {"number": number, "usual_bleeding_days": typed}
    )

    shown = unescape(answer.content.decode())
    assert answer.status_code == 400
    assert "Please look at this again" in shown
    assert f'value="{typed}"' in shown
    assert not Answer.objects.exists()


def test_a_draft_is_sealed_hers_alone_and_gone_after_a_day(house, visit, clock, as_herself):
    herself = as_herself(visit.patient)
    sent = {"number": number_of(house, "usual_bleeding_days"), "usual_bleeding_days": "5"}
    herself.post(reverse(WHERE), sent)
    sealed = herself.cookies[COOKIE].value
    other = as_herself(make_visit().patient)
    other.cookies[COOKIE] = sealed

    theirs = page(other, "check")
    clock.at = NOW + timedelta(hours=25)
    again = Client()
    again.force_login(_user(visit))
    again.cookies[COOKIE] = sealed

    assert "usual_bleeding_days" not in sealed and "5 days" not in theirs
    assert "5 days" not in page(again, "check")


def test_a_session_that_ended_loses_no_answer(house, visit, as_herself):
    herself = as_herself(visit.patient)
    sent = {"number": number_of(house, "usual_bleeding_days"), "usual_bleeding_days": "5"}
    herself.post(reverse(WHERE), sent)
    sealed = herself.cookies[COOKIE].value
    again = Client()
    again.force_login(_user(visit))
    again.cookies[COOKIE] = sealed

    assert "5 days" in page(again, "check")


def test_going_back_after_sending_sends_nothing_twice(house, visit, as_herself):
    herself = as_herself(visit.patient)
    sent = {"number": number_of(house, "usual_bleeding_days"), "usual_bleeding_days": "5"}
    herself.post(reverse(WHERE), sent)
    herself.post(reverse(WHERE), {"send": "yes"})

    again = herself.post(reverse(WHERE), {"send": "yes"}, follow=True)

    assert "Nothing was sent yet" in unescape(again.content.decode())
    assert Answer.objects.filter(fact="usual_bleeding_days").count() == 1


def test_a_question_that_is_not_hers_is_not_shown(house, visit, as_herself):
    herself = as_herself(visit.patient)

    for number in (number_of(house, "temperature_c"), "0", "9999", "x"):
        assert fact_in(page(herself, number)) != "temperature_c"


def _user(visit):
    visit.patient.refresh_from_db()
    return visit.patient.user
