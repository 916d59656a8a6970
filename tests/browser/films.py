"""Films of her examination, made for the tests of the viewer and handed over as a machine would."""

import io
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from patency.core.access import Role
from patency.core.matching import Told, accession_of
from patency.records.models.visit import Visit
from patency.service import imaging
from patency.service.house import House
from tests.make import make_staff

STUDY = "1.2.826.0.1.3680043.8.498.91"


def films() -> list[np.ndarray]:
    """Return two runs: a bright square that goes from left to right on a grey ground."""
    made = []
    for begin in (0, 8):
        frames = np.full((8, 64, 64), 1200, np.uint16)
        for n in range(8):
            frames[n, 24:40, 3 * (begin + n) : 3 * (begin + n) + 8] = 2600
        made.append(frames)
    return made


def told_of(visit: Visit) -> Told:
    """Return what the header of a file says that fits a visit."""
    return Told(
        number=visit.patient.number,
        name="EXAMPLE^ANN",
        birth_date=visit.patient.birth_date.strftime("%Y%m%d"),
        accession=accession_of(visit.pk),
        study_uid=STUDY,
    )


def hand_over(house: House, files: Sequence[bytes], *, now: datetime) -> None:
    """Hand runs over; each is filed with the visit it speaks of."""
    by = make_staff(Role.RADIOGRAPHER, name="sender").as_actor()
    named = [(f"{n}.dcm", io.BytesIO(each)) for n, each in enumerate(files, 1)]
    filed = imaging.receive(house, named, by=by, now=now)
    assert [each.file.state for each in filed] == ["filed"] * len(files)
