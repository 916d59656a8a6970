"""The release door as an application: what each request is answered, and what it is refused."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from patency.core.booking.ticket import Ticket, sign
from patency.doors.release import answers
from patency.doors.release.connection import Request
from patency.doors.release.door import Around, Door
from patency.doors.release.group_commit import GroupCommit, commit_each_if_not_all
from patency.doors.release.limits import Limits
from patency.service.release import Answered

KEY = b"k" * 32
SEVEN = datetime(2025, 9, 21, 23, 0, tzinfo=UTC)
RELEASE = UUID(int=7)
PAGES = "http://pages.example"


def make_ticket(woman: int = 1, **fields) -> Ticket:
    return Ticket(
        **{
            "token": UUID(int=woman),
            "release": RELEASE,
            "patient": UUID(int=woman),
            "visit": UUID(int=woman),
            "ends_at": SEVEN + timedelta(hours=3),
            "priority_class": 0,
            "tries_a_minute": 3,
            **fields,
        }
    )


class Told:
    """A service that keeps what it was asked, and answers in the order asked."""

    def __init__(self):
        self.groups = []
        self.refuses = frozenset()

    def commit(self, asked):
        self.groups.append([each.ticket.patient for each in asked])
        if any(each.ticket.patient in self.refuses for each in asked):
            raise RuntimeError("the disk is full")
        return [
            Answered(each.ticket.token, "number", place, None, SEVEN, again=False)
            for place, each in enumerate(asked, start=1)
        ]


class At:
    """A door at a moment, with a service below it."""

    def __init__(self, now: datetime = SEVEN):
        self.now = now
        self.service = Told()
        self.door = Door(
            Around(lambda: self.now, KEY, f"{PAGES}/my/numbers/", frozenset({PAGES.encode()}))
        )
        self.door._claims = GroupCommit(self.service.commit)

    def ask(self, *requests):
        async def all_of_them():
            return await asyncio.gather(*(self._one(*each) for each in requests))

        found = asyncio.run(all_of_them())
        return found if len(found) > 1 else found[0]

    async def _one(self, method, path, headers=(), body=b""):
        request = Request()
        request.method, request.path, request.body = method, path.encode(), body
        request.headers = {name.encode(): value.encode() for name, value in headers}
        replied = asyncio.get_running_loop().create_future()
        self.door.ask(request, replied.set_result)
        status, headers, said = await replied
        is_json = said.startswith(b"{")
        return status, dict(headers), json.loads(said) if is_json else said


def a_claim(ticket: Ticket | None = None, *, release: UUID = RELEASE, key="k1", text="", more=()):
    shown = text or sign(ticket or make_ticket(), KEY)
    headers = [("authorization", f"Ticket {shown}"), *([("idempotency-key", key)] if key else [])]
    return "POST", f"/releases/{release}/claims", [*headers, *more]


def test_a_claim_is_answered_with_its_number():
    at = At()

    status, headers, said = at.ask(a_claim())

    assert (status, said["answer"], said["number"]) == (200, "number", 1)
    assert said["claim"] == str(UUID(int=1))
    assert headers[b"cache-control"] == b"no-store"


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"text": "A" * 144}, "ticket-not-ours"),
        ({"text": "no ticket at all"}, "ticket-not-ours"),
        ({"ticket": make_ticket(release=UUID(int=8))}, "ticket-of-another-release"),
        ({"ticket": make_ticket(ends_at=SEVEN)}, "ticket-ended"),
    ],
)
def test_a_forged_an_old_and_another_releases_ticket_are_told_apart(wrong, kind):
    at = At()

    status, headers, said = at.ask(a_claim(**wrong))

    assert (status, said["type"]) == (403, f"urn:patency:release:{kind}")
    assert headers[b"content-type"] == b"application/problem+json"
    assert said["detail"].count(".") >= 3
    assert at.service.groups == []


@pytest.mark.parametrize("key", ["", "x" * 65, "\n"])
def test_a_claim_without_a_key_is_asked_for_one(key):
    status, _, said = At().ask(a_claim(key=key))

    assert (status, said["title"]) == (400, "no idempotency key")


def test_a_ticket_shown_too_often_waits_for_the_next_minute():
    at = At()
    for _ in range(3):
        assert at.ask(a_claim())[0] == 200

    status, headers, said = at.ask(a_claim())
    at.now += timedelta(seconds=61)

    assert (status, headers[b"retry-after"]) == (429, b"61")
    assert "does not depend on how often you press" in said["detail"]
    assert at.ask(a_claim())[0] == 200


def test_one_woman_does_not_use_up_anothers_tries():
    limits = Limits()
    hers, other = uuid4(), uuid4()

    waits = [limits.wait_s(hers, 2, SEVEN) for _ in range(3)]

    assert waits == [0, 0, 61]
    assert limits.wait_s(other, 2, SEVEN) == 0


def test_claims_that_arrive_meanwhile_are_committed_together():
    at = At()
    women = [make_ticket(n + 1) for n in range(20)]

    found = at.ask(*(a_claim(ticket) for ticket in women))

    assert all(status == 200 for status, _, _ in found)
    assert len(at.service.groups) <= 2
    assert sorted(n for group in at.service.groups for n in group) == [t.patient for t in women]


def test_one_claim_that_cannot_be_kept_does_not_take_the_others_with_it():
    at = At()
    at.service.refuses = frozenset({UUID(int=3)})

    found = at.ask(*(a_claim(make_ticket(n + 1)) for n in range(8)))

    assert [status for status, _, _ in found] == [200, 200, 503, 200, 200, 200, 200, 200]
    _, headers, said = found[2]
    assert headers[b"retry-after"] == b"1"
    assert "with the same key" in said["detail"]


def test_a_group_is_halved_until_what_is_wrong_stands_alone():
    tried = []

    def commit(asked):
        tried.append(len(asked))
        if "wrong" in asked:
            raise RuntimeError
        return asked

    assert commit_each_if_not_all(commit, ["a", "b", "wrong", "d"]) == ["a", "b", None, "d"]
    assert tried == [4, 2, 2, 1, 1]


@pytest.mark.parametrize(
    ("outcome", "retry"),
    [("not-yet", b"61"), ("being-drawn", b"2"), ("closed", None), ("holds-another", None)],
)
def test_what_is_not_kept_says_so_with_the_moment_it_opens_and_the_servers_clock(outcome, retry):
    found = Answered(UUID(int=1), outcome, None, None, SEVEN, again=False)

    status, headers, body = answers.answer(found, SEVEN - timedelta(minutes=1))

    said = json.loads(body)
    assert (status, said["answer"]) == (409, outcome)
    assert (said["opens_at"], said["now"]) == (
        "2025-09-21T23:00:00.000Z",
        "2025-09-21T22:59:00.000Z",
    )
    assert dict(headers).get(b"retry-after") == retry


def test_waiting_and_sold_out_are_definite_answers_too():
    waiting = Answered(UUID(int=1), "waiting", None, 4, SEVEN, again=True)
    nothing = Answered(UUID(int=1), "sold-out", None, None, SEVEN, again=False)

    said = [json.loads(answers.answer(each, SEVEN)[2]) for each in (waiting, nothing)]

    assert [(s["answer"], s["number"], s["waiting_place"], s["again"]) for s in said] == [
        ("waiting", None, 4, True),
        ("sold-out", None, None, False),
    ]


def test_the_clock_is_the_servers_whatever_the_phone_shows():
    assert At().ask(("GET", "/clock"))[2] == {"now": "2025-09-21T23:00:00.000Z"}


def test_a_form_without_javascript_claims_and_goes_back_to_her_page():
    at = At()
    body = f"ticket={sign(make_ticket(), KEY)}&key=k1".encode()
    path = f"/releases/{RELEASE}/claims"

    status, headers, _ = at.ask(("POST", path, [], body))

    assert (status, headers[b"location"]) == (303, f"{PAGES}/my/numbers/".encode())
    assert at.service.groups == [[UUID(int=1)]]
    assert at.ask(("POST", path, [], b"x" * 2000))[0] == 400


def test_what_a_form_was_not_given_is_said_on_her_page_too():
    at = At()
    path = f"/releases/{RELEASE}/claims"

    status, headers, _ = at.ask(("POST", path, [], b"ticket=of-somebody-else&key=k1"))

    assert status == 303
    assert headers[b"location"] == f"{PAGES}/my/numbers/?said=ticket-not-ours".encode()
    assert at.service.groups == []


def test_only_our_own_pages_may_read_answers_from_elsewhere():
    at = At()
    allowed = b"access-control-allow-origin"

    assert at.ask(a_claim(more=[("origin", PAGES)]))[1][allowed] == PAGES.encode()
    assert allowed not in at.ask(a_claim(more=[("origin", "http://else.example")]))[1]
    status, headers, _ = at.ask(("OPTIONS", f"/releases/{RELEASE}/claims", [("origin", PAGES)]))
    assert (status, headers[b"access-control-allow-methods"]) == (204, b"POST")


@pytest.mark.parametrize(
    "asked", [("GET", "/"), ("POST", "/clock"), ("GET", "/releases/x"), ("GET", "/claims/x")]
)
def test_there_is_nothing_else_behind_this_door(asked):
    assert At().ask(asked)[0] == 404
