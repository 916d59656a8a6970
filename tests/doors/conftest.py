"""The pages, asked for by someone who signed in, at a fixed moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

import patency.config.urls  # noqa: F401 - hands its house over first, so that ours counts
from patency.config.wiring import build_house
from patency.core.access import Role
from patency.doors.web import house as handed
from patency.gateways.clock import system_clock
from patency.gateways.memory import MemoryMail, MemoryPrinter, MemorySms
from patency.records.models.people import Patient
from patency.service.house import Gateways, House
from tests.make import NOW, SITE, make_staff


@dataclass
class Clock:
    """What time the pages believe it is."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="session")
def shipped() -> House:
    return build_house({"PATENCY_MODE": "test"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(shipped: House, clock: Clock) -> Iterator[House]:
    """Return the house the pages stand in, with the sites and the protocol that ship."""
    paper = shipped.gateways.pdf
    ways_out = Gateways(MemoryMail(), MemorySms(), MemoryPrinter(), paper)
    ours = replace(shipped, gateways=ways_out, now=clock)
    before = list(handed._provided)
    handed.provide(lambda: ours)
    cache.clear()
    yield ours
    handed._provided[:] = before


SignIn = Callable[..., Client]


@pytest.fixture
def as_staff(house: House) -> SignIn:
    """Return how a member of staff signs in: ``as_staff(Role.NURSE)``."""

    def sign_in(*roles: Role, site: str = SITE, name: str = "") -> Client:
        member = make_staff(*roles, site=site, name=name or "-".join(sorted(roles)))
        return signed_in(member.user)

    return sign_in


@pytest.fixture
def as_herself(house: House, django_user_model: type) -> SignIn:
    """Return how a woman signs in: ``as_herself(patient)``."""

    def sign_in(patient: Patient) -> Client:
        user = django_user_model.objects.create_user(patient.number)  # type: ignore[attr-defined]
        Patient.objects.filter(pk=patient.pk).update(user=user)
        return signed_in(user)

    return sign_in


def signed_in(user: Any) -> Client:
    """Return the browser of somebody who has just signed in, which is a proof of who they are."""
    client = Client()
    client.force_login(user)
    session = client.session
    session.update(just_proved(user))
    session.save()
    return client


def just_proved(user: Any) -> dict[str, Any]:
    """Return what a session holds after a sign-in by password (accounts.proof)."""
    return {
        "account_authentication_methods": [
            {"method": "password", "at": system_clock()().timestamp()}
        ],
        "account_authentication_methods_user": str(user.pk),
    }
