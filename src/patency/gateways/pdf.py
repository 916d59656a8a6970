"""Makes PDFs with Typst, with a font that holds Chinese embedded.

A document is a template in ``pdf_templates``, the fixed words of ``locale/<code>/documents.toml``
and the values of one case. Values are plain: text, whole numbers, lists and dictionaries, and all
text is already in the language of the document, dates with their weekday, amounts with their
currency. A value is only ever printed as it stands; nothing in it is read as markup.

Every document has ``language`` ("en"), ``clinic`` {name, place, phone, emergency_number} and
``patient`` {number, name}. The rest by document; what is marked ? may be left out::

    report   patient.birth_date
             report {version, status: draft | signed | amended, exam_day, signed_by, signed_at}
             sections [{title, text? [..], rows? [[label, value] | [label, cell, cell, ..]],
                        columns? [..], main? true: the conclusion}]
             accuracy? one statement; amendments? [{version, day, by, reason}]
             plain? {title, text? [..], sections? [{title, text? [..], points? [..]}]}
    receipt  receipt {number, day, method, taken_by, total}; lines [{item, amount}]
             refund? {day, amount, reason, stays}
    plan     plan {exam_day, duty_phone?, duty_role?, emergency_number?}
             days [{day, date, what [..]}]; danger? [..]; sources? [..]

``amended`` is what ``records`` calls a version after which a newer one stands.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import typst

PACKAGE = Path(__file__).resolve().parent.parent
TEMPLATES = PACKAGE / "gateways" / "pdf_templates"
WORDS = PACKAGE / "locale"
FAMILY = "Noto Sans SC"
WEIGHTS = (400, 700)
# where `make` puts the font, beside the source
NODE_FONTS = PACKAGE.parent.parent / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"

PATIENT = ("patient.number", "patient.name")
NEEDS: dict[str, tuple[str, ...]] = {
    "report": (
        *PATIENT,
        "patient.birth_date",
        "report.version",
        "report.status",
        "report.exam_day",
        "sections",
    ),
    "receipt": (
        *PATIENT,
        "receipt.number",
        "receipt.day",
        "receipt.method",
        "receipt.taken_by",
        "receipt.total",
        "lines",
    ),
    "plan": (*PATIENT, "plan.exam_day", "days"),
}
STATUSES = ("draft", "signed", "amended")


class NotRendered(Exception):
    """A document could not be made; the text says which part is missing, never whose it is."""


def renderer(fonts: str = "") -> Callable[[str, Mapping[str, object]], bytes]:
    """Return what makes PDFs. ``fonts`` is a folder with Noto Sans SC; empty means ``make``'s.

    The folder is looked at when the first document is made, so that a house without it still
    stands and says what is missing when it is asked to print.
    """
    found: list[typst.Fonts] = []

    def render(name: str, values: Mapping[str, object]) -> bytes:
        """Return a named document (``report``, ``receipt``, ``plan``). Raises ``NotRendered``."""
        _check(name, values)
        if not found:
            found.append(font_files(fonts))
        language = str(values.get("language") or "en")
        inputs = {"values": _as_json(name, values), "language": _spoken(language)}
        try:
            paper = typst.Compiler(
                TEMPLATES / f"{name}.typ", root=PACKAGE, font_paths=found[0], sys_inputs=inputs
            )
            made = paper.compile(format="pdf", pdf_standards="ua-1")
        except typst.TypstError as error:
            raise NotRendered(_why(name, error.message)) from None
        assert isinstance(made, bytes)
        return made

    return render


def font_files(folder: str = "") -> typst.Fonts:
    """Return the fonts of all documents. Raises ``NotRendered`` when the main one is not whole.

    Whatever else lies in ``folder`` stands in for letters the main font does not have.
    """
    roots = [NODE_FONTS / "400Regular", NODE_FONTS / "700Bold"]
    if folder:
        roots.insert(0, Path(folder).expanduser())
    found = typst.Fonts(
        include_system_fonts=False,  # the same paper on every machine
        include_embedded_fonts=True,
        font_paths=[root for root in roots if root.is_dir()],
    )
    weights = {font.weight for font in found.fonts() if font.family == FAMILY}
    if missing := [weight for weight in WEIGHTS if weight not in weights]:
        raise NotRendered(
            f"No PDF can be made: the font {FAMILY} lacks weight {' and '.join(map(str, missing))} "
            f"in {folder or NODE_FONTS}. Without it Chinese names do not print. Run `make venv` to "
            "fetch it, or set PATENCY_FONTS to a folder that holds its regular and bold files."
        )
    return found


def _why(name: str, told: str) -> str:
    if "could not be displayed" in told:  # the message quotes the letter, which may be of a name
        return (
            f"The document {name!r} could not be made: it holds a letter that none of the fonts "
            "has, and a report with a blank in a name is worse than none. Put a font that has it "
            "into the folder that PATENCY_FONTS names, then try again."
        )
    return (
        f"The document {name!r} could not be made: {told}. The values it needs are listed in "
        "gateways/pdf.py; correct what was handed over."
    )


def _check(name: str, values: Mapping[str, object]) -> None:
    if name not in NEEDS:
        raise NotRendered(
            f"There is no document {name!r}; there are {', '.join(sorted(NEEDS))}. A new one is a "
            "template in gateways/pdf_templates and a line in gateways/pdf.py."
        )
    missing = [path for path in ("clinic.name", *NEEDS[name]) if _at(values, path) is None]
    if name == "report" and _at(values, "report.status") in STATUSES[1:]:
        missing += [
            path for path in ("report.signed_by", "report.signed_at") if not _at(values, path)
        ]
    if missing:
        raise NotRendered(
            f"The document {name!r} could not be made: {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing. Hand it over; gateways/pdf.py lists "
            "what each document needs."
        )
    if name == "report" and _at(values, "report.status") not in STATUSES:
        raise NotRendered(
            "The document 'report' could not be made: report.status is none of "
            f"{', '.join(STATUSES)}. Hand over one of them."
        )


def _at(values: Mapping[str, object], path: str) -> object:
    found: object = values
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _as_json(name: str, values: Mapping[str, object]) -> str:
    odd = sorted(set(_odd(values, "")))
    if odd:
        raise NotRendered(
            f"The document {name!r} could not be made: {', '.join(odd)} is neither text, a whole "
            "number, a list nor a dictionary. Write it as text first, in the document's language."
        )
    return json.dumps(values, ensure_ascii=False)


def _odd(value: object, path: str) -> Iterator[str]:
    match value:
        case None | str() | bool() | int():
            return
        case Mapping():
            for key, inner in value.items():
                yield from _odd(inner, f"{path}.{key}" if path else str(key))
        case list() | tuple():
            for inner in value:
                yield from _odd(inner, f"{path}[]")
        case _:
            yield path


def _spoken(language: str) -> str:
    """Return the nearest language there are words in; English if none is near."""
    for code in (language, language.split("-")[0]):
        if (WORDS / code / "documents.toml").is_file():
            return code
    return "en"
