"""Reads X-Ray Radiation Dose SR (PS3.16 TID 10001 to 10003) of whatever vendor.

Only codes of the scheme DCM count: vendors put their own into the same containers, under numbers
of three digits. Units, exponents ("5.42e-006") and missing totals differ too. What region was
irradiated is not read: machines say "Head" or "Entire body" of any examination.
"""

import math
from collections.abc import Iterator
from typing import IO, Any

from pydicom import dcmread
from pydicom.dataset import Dataset

from patency.core.dose import (
    GY_CM2_IN,
    MGY_IN,
    NO_EVENTS,
    SECONDS_IN,
    UNKNOWN_UNIT,
    UNREADABLE,
    Irradiation,
    Reported,
    in_unit,
    summed,
    total_and_fault,
)

DOSE_CLASSES = frozenset(
    {"1.2.840.10008.5.1.4.1.1.88.67", "1.2.840.10008.5.1.4.1.1.88.76"}  # PS3.4 B.5
)
ACCUMULATED, EVENT = "113702", "113706"
DAP_TOTAL, RP_TOTAL, FLUORO_TIME, FRAMES = "113722", "113725", "113730", "113731"
DAP, RP, UID, STARTED, KIND = "122130", "113738", "113769", "111526", "113721"
FILTERS, THICKEST, THINNEST, MATERIAL = "113771", "113773", "113758", "113757"
KVP, RATE, PULSES, DURATION = "113733", "113791", "113768", "113742"
COPPER = frozenset({"C-127F9", "66925006"})  # SNOMED RT and CT
DEEPEST = 12


def read_dose_report(file: IO[bytes]) -> Reported:
    """Return what a dose report says. Nothing is raised: what cannot be read is a fault of it."""
    file.seek(0)
    try:
        whole = dcmread(file)
        return _reported(whole)
    except Exception:  # a damaged report fails in as many ways as there are damages
        return Reported(faults=(UNREADABLE,))
    finally:
        file.seek(0)


def _reported(whole: Dataset) -> Reported:
    faults: dict[str, None] = {}
    events = tuple(_event(each, faults) for each in _containers(whole, EVENT))
    planes = list(_containers(whole, ACCUMULATED))  # one for each plane of the machine
    totals = [
        summed(_number(plane, code, known, faults) for plane in planes)
        for code, known in (
            (DAP_TOTAL, GY_CM2_IN),
            (RP_TOTAL, MGY_IN),
            (FLUORO_TIME, SECONDS_IN),
            (FRAMES, None),
        )
    ]
    dap, wrong = total_and_fault(totals[0], (event.dap_gy_cm2 for event in events))
    if wrong:
        faults[wrong] = None
    if not events:
        faults[NO_EVENTS] = None
    rp, _ = total_and_fault(totals[1], (event.dose_rp_mgy for event in events))
    return Reported(
        dap_gy_cm2=dap,
        dose_rp_mgy=rp,
        fluoro_seconds=None if totals[2] is None else round(totals[2]),
        frames=None if totals[3] is None else round(totals[3]),
        events=events,
        faults=tuple(faults),
    )


def _event(item: Dataset, faults: dict[str, None]) -> Irradiation:
    pulses = _number(item, PULSES, None, faults)
    return Irradiation(
        uid=_text(item, UID),
        started=_text(item, STARTED),
        kind=_text(item, KIND),
        dap_gy_cm2=_number(item, DAP, GY_CM2_IN, faults),
        dose_rp_mgy=_number(item, RP, MGY_IN, faults),
        copper_mm=_copper(item, faults),
        kvp=_number(item, KVP, None, faults),
        pulses_per_s=_number(item, RATE, None, faults),
        pulses=None if pulses is None else round(pulses),
        seconds=_number(item, DURATION, SECONDS_IN, faults),
    )


def _copper(item: Dataset, faults: dict[str, None]) -> float | None:
    found = 0.0
    filters = list(_named(item, FILTERS))
    for each in filters:
        material = next(_named(each, MATERIAL), None)
        code = material.ConceptCodeSequence[0].CodeValue if material is not None else ""
        if code in COPPER:
            thick = _number(each, THICKEST, None, faults)
            if thick is None:
                thick = _number(each, THINNEST, None, faults)
            if thick is None:
                return None
            found += thick
    return found if filters else None


def _containers(item: Dataset, code: str, depth: int = 0) -> Iterator[Dataset]:
    for each in item.get("ContentSequence") or ():
        if _code(each) == code:
            yield each
        elif depth < DEEPEST:
            yield from _containers(each, code, depth + 1)


def _named(item: Dataset, code: str) -> Iterator[Dataset]:
    return (each for each in item.get("ContentSequence") or () if _code(each) == code)


def _code(item: Dataset) -> str:
    names = item.get("ConceptNameCodeSequence")
    if not names or str(names[0].get("CodingSchemeDesignator", "")).strip() != "DCM":
        return ""
    return str(names[0].get("CodeValue", "")).strip()


def _number(item: Dataset, code: str, known: Any, faults: dict[str, None]) -> float | None:
    for each in _named(item, code):
        measured = each.get("MeasuredValueSequence")
        if not measured:
            continue  # "not measured" is said by an empty sequence
        value = float(str(measured[0].NumericValue))
        if not math.isfinite(value) or value < 0:
            faults[UNREADABLE] = None
            return None
        if known is None:
            return value
        found = in_unit(value, str(measured[0].MeasurementUnitsCodeSequence[0].CodeValue), known)
        if found is None:
            faults[UNKNOWN_UNIT] = None
        return found
    return None


def _text(item: Dataset, code: str) -> str:
    for each in _named(item, code):
        if each.get("ConceptCodeSequence"):
            return str(each.ConceptCodeSequence[0].get("CodeMeaning", ""))[:64]
        return str(each.get("UID") or each.get("DateTime") or each.get("TextValue") or "")[:64]
    return ""
