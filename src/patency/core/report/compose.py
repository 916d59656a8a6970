"""Findings and the record of the day to the sections of a report and its plain-language page."""

from collections.abc import Iterator

from patency.core.findings.classes import classified
from patency.core.findings.codes import coded
from patency.core.findings.model import (
    CAME_OUT,
    KEY_IMAGES,
    Cavity,
    Findings,
    NotDiagnostic,
    Shape,
    Side,
    Spill,
    Tube,
)
from patency.core.report.accuracy import ACCURACY
from patency.core.report.model import Composed, Header, Impression, Material, Section, Technique
from patency.core.report.pathway import pathways
from patency.core.report.plain import plain_page
from patency.core.report.words import language_of, say


def compose(material: Material, *, language: str, her_language: str) -> Composed:
    """Return the report in the clinic's language, with the plain page in hers.

    Nothing is left away: what was not recorded is said not to be recorded. A tube that did not
    fill at the horn is never called closed.
    """
    code = language_of(language)
    ways = pathways(material.findings, medium=material.technique.medium)
    impression = tuple(_impression(material.findings, code))
    parts: dict[str, Iterator[str]] = {
        "header": _header(material.header, code),
        "technique": _technique(material.technique, material.findings, code),
        "dose": _dose(material.technique, code),
        "cervix": _cervix(material.findings, code),
        "cavity": _cavity(material.findings, code),
        "right": _tube(material.findings.right, code),
        "left": _tube(material.findings.left, code),
        "peritoneum": _peritoneum(material.findings, code),
        "events": _events(material.technique, material.findings, code),
        "limitations": _limitations(material, code),
        "impression": _conclusion(impression, material.findings, code),
        "recommendation": (say(code, f"do-{way}") for way in ways),
        "accuracy": _accuracy(code),
    }
    return Composed(
        tuple(
            Section(name, say(code, f"title-{name}"), tuple(lines)) for name, lines in parts.items()
        ),
        impression,
        ways,
        say(language_of(her_language), "plain-title"),
        plain_page(material, ways, language=language_of(her_language)),
    )


def _header(header: Header, code: str) -> Iterator[str]:
    yield say(code, "header-what", number=header.number, day=header.exam_day)
    if header.indication:
        yield say(code, "header-indication", indication=header.indication)
    if header.period_start is None or header.bleeding_ended is None:
        yield say(code, "header-cycle-unknown")
    else:
        yield say(
            code,
            "header-cycle",
            cycle_day=(header.exam_day - header.period_start).days + 1,
            period_start=header.period_start,
            bleeding_ended=header.bleeding_ended,
        )
    if header.pregnancy_test:
        yield say(
            code,
            "header-pregnancy",
            result=header.pregnancy_test,
            at=header.pregnancy_test_read_at or say(code, "not-recorded"),
        )
    else:
        yield say(code, "header-pregnancy-unknown")
    yield say(code, "header-protocol", protocol=header.protocol)


def _technique(technique: Technique, findings: Findings, code: str) -> Iterator[str]:
    yield say(
        code,
        "technique-who",
        operator=technique.operator,
        device=technique.device,
        seal=technique.seal,
    )
    if technique.total_ml > 0:
        yield say(
            code,
            "technique-contrast",
            agent=technique.agent,
            medium=say(code, f"medium-{technique.medium}"),
            lot=technique.lot,
            iodine=technique.iodine_mg_per_ml,
            increments=" + ".join(f"{each:g}" for each in technique.increments),
            total=f"{technique.total_ml:g}",
        )
    else:
        yield say(code, "technique-no-contrast")
    if findings.key_images:
        yield say(code, "technique-images", images=_numbers(findings.key_images))
    else:
        yield say(code, "technique-no-images")
    yield say(code, "technique-anaesthesia", anaesthesia=technique.anaesthesia)


def _dose(technique: Technique, code: str) -> Iterator[str]:
    if technique.dap_gy_cm2 is None:
        yield say(code, "dose-unknown")
    else:
        yield say(
            code,
            "dose-dap",
            dap=f"{technique.dap_gy_cm2:g}",
            reference=f"{technique.dap_reference_gy_cm2:g}",
        )
        if technique.dap_gy_cm2 > technique.dap_reference_gy_cm2:
            yield say(code, "dose-above", reason=technique.dap_reason)
    if technique.fluoro_seconds is not None:
        yield say(code, "dose-time", seconds=technique.fluoro_seconds)


def _cervix(findings: Findings, code: str) -> Iterator[str]:
    yield say(code, "cervix-leak" if findings.leak else "cervix-no-leak")
    if findings.not_diagnostic is NotDiagnostic.CERVICAL_STENOSIS:
        yield say(code, "cervix-stenosis")


def _cavity(findings: Findings, code: str) -> Iterator[str]:
    cavity = findings.cavity
    if cavity.shape is not Shape.NORMAL or not cavity.defects:
        yield say(code, f"shape-{_word(cavity.shape)}")
    yield from _measured(cavity, code)
    for found in classified(cavity):
        names = say(code, "or").join(say(code, each) for each in found.classes)
        kind = f"class-{found.system}" + ("" if found.is_decided else "-open")
        yield say(code, kind, classes=names)
    for defect in sorted(cavity.defects):
        yield say(code, f"defect-{_word(defect)}")
    if cavity.note:
        yield say(code, "said-note", note=cavity.note)


def _measured(cavity: Cavity, code: str) -> Iterator[str]:
    depth, angle = cavity.indentation_mm, cavity.angle_degrees
    if depth is not None and angle is not None:
        yield say(code, "measured-both", depth=depth, angle=angle)
    elif depth is not None:
        yield say(code, "measured-depth", depth=depth)
    elif angle is not None:
        yield say(code, "measured-angle", angle=angle)


def _tube(tube: Tube, code: str) -> Iterator[str]:
    yield say(code, f"filled-{_word(tube.filled_to)}")
    if tube.stopped_at_the_horn:
        yield say(code, "cannot-exclude-spasm")
    else:
        yield say(code, f"calibre-{_word(tube.calibre)}")
        yield say(code, f"spill-{_word(tube.spill)}")
    if tube.isthmic_diverticula:
        yield say(code, "diverticula")
    if tube.peritubal:
        yield say(code, "peritubal")
    if tube.note:
        yield say(code, "said-note", note=tube.note)


def _peritoneum(findings: Findings, code: str) -> Iterator[str]:
    spills = {tube.spill for _, tube in findings.tubes()}
    pockets = [side for side, tube in findings.tubes() if tube.spill is Spill.LOCULATED]
    if spills & {Spill.FREE, Spill.SLOW}:
        yield say(code, "peritoneum-free")
    if pockets:
        sides = ", ".join(say(code, f"side-{side}") for side in pockets)
        yield say(code, "peritoneum-pocket", sides=sides)
    if not spills & CAME_OUT:
        yield say(code, "peritoneum-none")


def _events(technique: Technique, findings: Findings, code: str) -> Iterator[str]:
    if findings.intravasation_grade:
        yield say(code, "event-intravasation", grade=findings.intravasation_grade)
    if technique.pain_score is None:
        yield say(code, "event-pain-unknown")
    else:
        relief = say(code, "yes" if technique.relief_offered else "no")
        yield say(code, "event-pain", score=technique.pain_score, relief=relief)
    if technique.stopped_early:
        yield say(code, "event-stopped", reason=technique.stop_reason)
    if technique.events:
        yield say(code, "event-other", events=", ".join(technique.events))
    elif not technique.stopped_early and not findings.intravasation_grade:
        yield say(code, "event-none")


def _limitations(material: Material, code: str) -> Iterator[str]:
    findings = material.findings
    yield say(code, "limit-quality", quality=say(code, f"quality-{findings.quality}"))
    missing = KEY_IMAGES - findings.key_images
    if missing:
        yield say(code, "limit-images", images=_numbers(missing), why=findings.images_missing_why)
    if material.header.after_ovulation_bound:
        yield say(code, "limit-late")
    if findings.not_diagnostic is not None:
        reason = say(code, f"reason-{_word(findings.not_diagnostic)}")
        yield say(code, "limit-not-diagnostic", reason=reason)
    elif not (missing or material.header.after_ovulation_bound or findings.limitations):
        yield say(code, "limit-none")
    if findings.limitations:
        yield say(code, "said-note", note=findings.limitations)


def _impression(findings: Findings, code: str) -> Iterator[Impression]:
    for each in coded(findings):
        side = say(code, Side(each.side).value.capitalize()) if each.side else ""
        # "Not seen" of a spill is one sentence in its section and another as a conclusion.
        name = "spill-not-seen-tube" if each.what == "spill-not-seen" else each.what
        yield Impression(each.code, say(code, name, side=side))


def _conclusion(impression: tuple[Impression, ...], findings: Findings, code: str) -> Iterator[str]:
    for each in impression:
        yield f"{each.code}: {each.text}"
    if findings.comment:
        yield say(code, "said-note", note=findings.comment)


def _accuracy(code: str) -> Iterator[str]:
    yield say(code, "accuracy-intro")
    for each in ACCURACY:
        yield say(
            code,
            "accuracy-line",
            target=say(code, each.target),
            sensitivity=each.sensitivity,
            specificity=each.specificity or say(code, "accuracy-not-stated"),
            source=each.source,
        )
    yield say(code, "accuracy-adhesions")
    yield say(code, "accuracy-proximal")


def _numbers(images: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(images)))


def _word(value: str) -> str:
    return value.replace(" ", "-")
