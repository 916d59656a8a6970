"""Writes a reader's signed findings as a DICOM structured report (TID 1500): final and verified.

Beside it stand the images it rests on, and the version before it where one was amended. Words
that no standard's code could be checked for stand under 99HSG, as in the draft.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import IO

from highdicom.sr import CodedConcept as Code
from highdicom.sr import (
    ComprehensiveSR,
    FindingSite,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    QualitativeEvaluation,
    SourceImageForMeasurementGroup,
    TrackingIdentifier,
)
from pydicom import dcmread
from pydicom.uid import generate_uid

from patency.gateways.derived import evidence_of

PERSON = Code("121006", "DCM", "Person")
TUBE = Code("31435000", "SCT", "Fallopian tube")
UTERUS = Code("35039007", "SCT", "Uterus")
SIDES = {"right": Code("24028007", "SCT", "Right"), "left": Code("7771000", "SCT", "Left")}
NUMBER = 9010  # a series of signed reports stands behind those of drafts


@dataclass(frozen=True, slots=True)
class SignedFindings:
    """What is written, in plain words; a site is ``right``, ``left`` or ``cavity``."""

    report: str
    """A key of the version, from which its UIDs come: writing it again makes the same object."""
    signed_by: str
    signed_at: datetime
    clinic: str
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Each site with its words: what is said, and what it says."""
    frames: tuple[tuple[str, str, int, int], ...] = ()
    """Key images: class and UID of the image, its run in the film, and the frame, both from 1."""


def write_signed_report(
    signed: SignedFindings, images: Sequence[IO[bytes]], before: IO[bytes] | None
) -> bytes:
    """Return the bytes of the report on these images; ``before`` is the version it replaces."""
    evidence = evidence_of(images)
    earlier = None if before is None else [dcmread(before)]
    report = MeasurementReport(
        observation_context=ObservationContext(
            observer_person_context=ObserverContext(
                observer_type=PERSON,
                observer_identifying_attributes=PersonObserverIdentifyingAttributes(
                    name=_person(signed.signed_by), organization_name=signed.clinic[:64]
                ),
            )
        ),
        procedure_reported=_own("HSG", "Hysterosalpingography"),
        imaging_measurements=[
            *(_part(signed, site, words) for site, words in signed.parts),
            *_key_images(signed),
        ],
    )
    made = ComprehensiveSR(
        evidence=evidence,
        content=report[0],
        series_instance_uid=generate_uid(entropy_srcs=["signed series", signed.report]),
        series_number=NUMBER,
        sop_instance_uid=generate_uid(entropy_srcs=["signed report", signed.report]),
        instance_number=1,
        manufacturer="Patency",
        is_complete=True,
        is_final=True,
        is_verified=True,
        verifying_observer_name=_person(signed.signed_by),
        verifying_organization=signed.clinic[:64],
        previous_versions=earlier,
        series_description="Signed report",
    )
    made.SpecificCharacterSet = "ISO_IR 192"
    stamp = signed.signed_at.strftime("%Y%m%d%H%M%S")
    made.VerifyingObserverSequence[0].VerificationDateTime = stamp
    written = BytesIO()
    made.save_as(written, enforce_file_format=True)
    return written.getvalue()


def _part(
    signed: SignedFindings, site: str, words: Sequence[tuple[str, str]]
) -> MeasurementsAndQualitativeEvaluations:
    uid = generate_uid(entropy_srcs=["part", signed.report, site])
    name = f"{site} tube" if site in SIDES else site
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=uid, identifier=name),
        finding_sites=[FindingSite(TUBE if site in SIDES else UTERUS, laterality=SIDES.get(site))],
        qualitative_evaluations=[
            QualitativeEvaluation(_own(_code(what), what), _own(_code(says), says))
            for what, says in words
        ],
    )


def _key_images(signed: SignedFindings) -> Iterator[MeasurementsAndQualitativeEvaluations]:
    """Yield each key image with its name, and the frame itself to be opened."""
    for sop_class, uid, run, frame in signed.frames:
        name = f"Run {run}, frame {frame}"
        yield MeasurementsAndQualitativeEvaluations(
            tracking_identifier=TrackingIdentifier(
                uid=generate_uid(entropy_srcs=["key image", signed.report, uid, str(frame)]),
                identifier=name,
            ),
            finding_sites=[FindingSite(UTERUS)],
            qualitative_evaluations=[
                QualitativeEvaluation(_own("KEYIMAGE", "Key image"), _own(f"R{run}F{frame}", name))
            ],
            source_images=[SourceImageForMeasurementGroup(sop_class, uid, [frame])],
        )


def _person(name: str) -> str:
    """Return a name as DICOM writes it; of a signer one is known, which stands first."""
    return name.replace("^", " ").replace("=", " ").replace("\\", " ")[:63] + "^"


def _code(words: str) -> str:
    return "-".join(word[:5] for word in words.upper().split())[:16]  # SH, PS3.5 table 6.2-1


def _own(code: str, meaning: str) -> Code:
    return Code(code[:16], "99HSG", meaning[:64])
