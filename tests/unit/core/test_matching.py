"""Which visit an image belongs to."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.matching import (
    BIRTH_DATE,
    EXAM,
    NUMBER,
    Expected,
    Told,
    accession_of,
    born,
    disagreements,
    study_uid_of,
    visits_between,
)

VISIT = UUID("6b5f0c1e-9a7d-4c2b-8f3e-1d2c3b4a5968")
HERS = Expected(VISIT, "PT-7K3M-QX4D", date(1993, 5, 17))


def told(**changes: str) -> Told:
    says = {
        "number": "PT-7K3M-QX4D",
        "birth_date": "19930517",
        "accession": accession_of(VISIT),
        **changes,
    }
    return Told(**says)


def test_an_accession_number_fits_into_a_dicom_header() -> None:
    assert len(accession_of(VISIT)) == 16
    assert len(study_uid_of(UUID(int=(1 << 128) - 1))) <= 64


@given(st.uuids(), st.uuids())
def test_two_visits_have_two_study_uids(one: UUID, other: UUID) -> None:
    assert (study_uid_of(one) == study_uid_of(other)) == (one == other)


@given(st.uuids())
def test_a_visit_lies_between_the_keys_its_own_names_lead_to(visit: UUID) -> None:
    for found in (
        visits_between(Told(accession=accession_of(visit))),
        visits_between(Told(study_uid=study_uid_of(visit))),
    ):
        assert found is not None
        assert found[0] <= visit <= found[1]


def test_everything_must_agree() -> None:
    assert disagreements(told(), HERS) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"number": "pt 7k3m qx4d"}, ()),
        ({"number": "PT-7K3M-QX4E"}, (NUMBER,)),
        ({"number": ""}, (NUMBER,)),
        ({"birth_date": "19930518"}, (BIRTH_DATE,)),
        ({"birth_date": "19931345"}, (BIRTH_DATE,)),
        ({"birth_date": ""}, (BIRTH_DATE,)),
        ({"accession": ""}, (EXAM,)),
        ({"accession": "", "study_uid": study_uid_of(VISIT)}, ()),
        ({"accession": "A1", "study_uid": "1.2.840"}, (EXAM,)),
        ({"number": "", "birth_date": "", "accession": ""}, (NUMBER, BIRTH_DATE, EXAM)),
    ],
)
def test_each_disagreement_has_its_name(changes: dict[str, str], expected: tuple[str, ...]) -> None:
    assert disagreements(told(**changes), HERS) == expected


def test_a_woman_without_a_birth_date_agrees_with_no_file() -> None:
    erased = Expected(VISIT, "PT-7K3M-QX4D", None)

    assert disagreements(told(birth_date=""), erased) == (BIRTH_DATE,)


@pytest.mark.parametrize("odd", ["2.25.", "2.25.x", "2.25." + "9" * 60, "1.2.3", "２.25.1"])
def test_a_uid_that_is_none_of_ours_leads_to_no_visit(odd: str) -> None:
    assert visits_between(Told(study_uid=odd, accession="not one of ours")) is None


@given(st.text(max_size=12))
def test_no_birth_date_breaks_the_reading(text: str) -> None:
    found = born(Told(birth_date=text))

    assert found is None or f"{found:%Y%m%d}" == text.strip()
