"""The house as it ships, with ways out that keep what was sent."""

from dataclasses import replace

import pytest

from patency.config.wiring import build_house
from patency.gateways.memory import MemoryMail, MemoryPrinter, MemorySms
from patency.service.house import Gateways, House


@pytest.fixture(scope="session")
def shipped() -> House:
    return build_house({"PATENCY_MODE": "test"})


@pytest.fixture
def house(shipped: House) -> House:
    """Return the house with the sites demo-west and demo-leeds, working by hsg/2026-1."""
    paper = shipped.gateways.pdf
    return replace(shipped, gateways=Gateways(MemoryMail(), MemorySms(), MemoryPrinter(), paper))
