"""What every answer of the DICOM door needs: the house, and which machine is asking."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from patency.core.access import Actor, Role
from patency.core.site.model import Device, Site
from patency.service.house import House

LOG = logging.getLogger("patency.dicom")


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine at the other end: one of a site's devices, known by its title."""

    site: Site
    device: Device

    @property
    def actor(self) -> Actor:
        """It as somebody who acts."""
        return Actor(f"dicom/{self.device.station}", self.site.slug, frozenset({Role.SYSTEM}))


@dataclass(frozen=True, slots=True)
class Around:
    """The house, and every machine that may speak with it."""

    house: House
    machines: Mapping[tuple[str, str], Machine] = field(default_factory=dict)
    """By what it calls us and what it calls itself."""

    def asking(self, event: Any) -> Machine:
        """Return the machine at the other end of an association that was accepted."""
        requested = event.assoc.requestor.primitive
        return self.machines[_stripped(requested)]

    def knows(self, requested: Any) -> bool:
        """Return whether the two titles of a request belong together at one site."""
        return _stripped(requested) in self.machines


def around(house: House) -> Around:
    """Return the house with the machines of all its sites."""
    return Around(
        house,
        {
            (site.dicom_title, device.station): Machine(site, device)
            for site in house.sites.values()
            for device in site.devices.values()
        },
    )


def let_go(event: Any) -> None:
    """Give back the database connection of a thread whose association is over."""
    connection.close()


def _stripped(requested: Any) -> tuple[str, str]:
    return requested.called_ae_title.strip(), requested.calling_ae_title.strip()
