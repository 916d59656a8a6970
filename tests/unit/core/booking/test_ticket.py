"""Tickets: nobody can make, change, lend on or keep one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.booking.ticket import (
    LENGTH,
    NotOurs,
    OtherRelease,
    Ticket,
    TicketEnded,
    read_ticket,
    sign,
    token_for,
)

KEY = b"k" * 32
ENDS = datetime(2025, 9, 30, 1, 0, tzinfo=UTC)
BEFORE = ENDS - timedelta(seconds=1)
TICKET = Ticket(
    token=UUID(int=1),
    release=UUID(int=2),
    patient=UUID(int=3),
    visit=UUID(int=4),
    ends_at=ENDS,
    priority_class=1,
    tries_a_minute=12,
)


def read(text: str, *, key: bytes = KEY, release: UUID = TICKET.release, now: datetime = BEFORE):
    return read_ticket(text, key, release=release, now=now)


def test_a_ticket_says_what_was_signed():
    text = sign(TICKET, KEY)

    assert read(text) == TICKET
    assert len(text) == LENGTH


@given(st.integers(0, LENGTH - 1), st.sampled_from("AZaz09-_"))
def test_one_changed_letter_anywhere_is_a_forgery(place, letter):
    text = sign(TICKET, KEY)
    changed = text[:place] + letter + text[place + 1 :]

    if changed != text:
        with pytest.raises(NotOurs, match="not one of ours"):
            read(changed)


@given(st.text(max_size=200))
def test_no_text_opens_the_door(text):
    with pytest.raises(NotOurs):
        read(text)


def test_a_ticket_signed_with_another_key_is_a_forgery():
    with pytest.raises(NotOurs):
        read(sign(TICKET, b"x" * 32))


def test_an_old_ticket_and_one_of_another_release_say_what_they_are():
    with pytest.raises(TicketEnded, match="ended at 2025-09-30 01:00:00"):
        read(sign(TICKET, KEY), now=ENDS)
    with pytest.raises(OtherRelease, match="another release"):
        read(sign(TICKET, KEY), release=UUID(int=9))
    with pytest.raises(NotOurs):
        read(sign(replace(TICKET, ends_at=BEFORE), b"x" * 32), now=ENDS)


def test_every_ticket_of_hers_to_one_release_has_one_token():
    mine = token_for(KEY, TICKET.release, TICKET.patient)

    assert mine == token_for(KEY, TICKET.release, TICKET.patient)
    assert mine != token_for(KEY, TICKET.release, UUID(int=9))
    assert mine != token_for(b"x" * 32, TICKET.release, TICKET.patient)
