"""Makes PDFs with Typst, with a font that holds Chinese embedded.

A document is a template in ``pdf_templates``, the fixed words of ``locale/<code>/documents.toml``
and the values of one case. Values are plain: text, whole numbers, lists and dictionaries. A text
that is nothing but a calendar day (``2025-09-28``) is written with its weekday, as the document's
language does, except the day of birth; amounts come with their currency. A value is only ever
printed as it stands; nothing in it is read as markup.

Every document has ``language``, ``site`` (its name), ``patient_number`` and ``patient_name``, and
may have ``place``, ``phone`` and ``emergency_number``. The rest by document; ? may be left out::

    report   birth_date, exam_day, version, status (draft | signed | amended, as ``records`` has it:
             amended is a version after which a newer one stands), signed_by, signed_at
             sections [{id, title, text [..], main?}], or a report row's JSON that holds them under
             that name; the main one is the conclusion, the one with the id accuracy stands apart
             plain? {title, sections}: her page; her_language?: the language of that page
             signed_in?: the own name of the language it was signed in, where that is another
             amendments? [{version, day, by, reason}]
    receipt  receipt_number, paid_on, method, taken_by, lines [{what, amount}], amount; what and
             method in words where documents.toml has some for them
             refunded? {on, amount, reason?}
    referral birth_date, exam_day, made_on, to (a clinic of documents.toml), why [..], from
             impression [..], answer_due?, signed_by?
    plan     exam_day, duty_phone, duty_role
             items [{what, first_day, last_day, provenance?, standing?}], as a follow-up keeps its
             plan; what each says stands in documents.toml under plan_items
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import typst

from patency.core.language import Language, nearest

PACKAGE = Path(__file__).resolve().parent.parent
TEMPLATES = PACKAGE / "gateways" / "pdf_templates"
WORDS = PACKAGE / "locale"
FAMILY = "Noto Sans SC"
WEIGHTS = (400, 700)
# where `make` puts the font, beside the source
NODE_FONTS = PACKAGE.parent.parent / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"

EVERY = ("site", "patient_number", "patient_name")
NEEDS: dict[str, tuple[str, ...]] = {
    "report": (*EVERY, "birth_date", "exam_day", "version", "status", "sections"),
    "receipt": (*EVERY, "receipt_number", "paid_on", "method", "taken_by", "lines", "amount"),
    "referral": (*EVERY, "birth_date", "exam_day", "to", "why", "made_on", "from"),
    "plan": (*EVERY, "exam_day", "duty_phone", "duty_role", "items"),
}
STATUSES = ("draft", "signed", "amended")
# A Chinese name is written without the blank that stands between family and given name elsewhere.
CHINESE_GAP = re.compile(
    r"(?<=[\u3400-\u9fff\U00020000-\U0003ffff]) (?=[\u3400-\u9fff\U00020000-\U0003ffff])"
)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class NotRendered(Exception):
    """A document could not be made; the text says which part is missing, never whose it is."""


def renderer(
    languages: Mapping[str, Language], fonts: str = ""
) -> Callable[[str, Mapping[str, object]], bytes]:
    """Return what makes PDFs: a named document (``report``, ``receipt``, ``plan``) of its values.

    It raises ``NotRendered``. ``fonts`` is a folder with Noto Sans SC; empty means ``make``'s.

    The folder is looked at when the first document is made, so that a house without it still
    stands and says what is missing when it is asked to print.
    """
    found: list[typst.Fonts] = []

    def rendered(name: str, values: Mapping[str, object]) -> bytes:
        _check(name, values)
        if not found:
            found.append(font_files(fonts))
        language = _spoken(languages, values.get("language"))
        hers = _spoken(languages, values.get("her_language") or values.get("language"))
        worded = _worded(values, languages[language], languages[hers])
        inputs = {
            "values": json.dumps(worded, ensure_ascii=False),
            "language": language,
            "her_language": hers,
        }
        try:
            paper = typst.Compiler(
                TEMPLATES / f"{name}.typ", root=PACKAGE, font_paths=found[0], sys_inputs=inputs
            )
            made = paper.compile(format="pdf", pdf_standards="ua-1")
        except typst.TypstError as error:
            raise NotRendered(_why(name, error.message)) from None
        assert isinstance(made, bytes)
        return made

    return rendered


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
    needed = list(NEEDS[name])
    if name == "report" and values.get("status") != "draft":
        needed += ["signed_by", "signed_at"]
    missing = [each for each in needed if values.get(each) in (None, "")]
    if missing:
        raise NotRendered(
            f"The document {name!r} could not be made: {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing. Hand over each of them; "
            "gateways/pdf.py lists what every document needs."
        )
    if name == "report" and values["status"] not in STATUSES:
        raise NotRendered(
            "The document 'report' could not be made: its status is none of "
            f"{', '.join(STATUSES)}. Hand over one of them."
        )
    if odd := sorted(set(_odd(values, ""))):
        raise NotRendered(
            f"The document {name!r} could not be made: {', '.join(odd)} is neither text, a whole "
            "number, a list nor a dictionary. Write it as text first."
        )


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


def _worded(value: object, language: Language, hers: Language) -> object:
    """Return the values with every calendar day in words; what is under ``plain`` in hers."""
    match value:
        case str() if DAY.fullmatch(value):
            try:
                return language.day(date.fromisoformat(value))
            except ValueError:
                return value
        case Mapping():
            return {key: _of(str(key), inner, language, hers) for key, inner in value.items()}
        case list() | tuple():
            return [_worded(inner, language, hers) for inner in value]
        case _:
            return value


def _of(key: str, value: object, language: Language, hers: Language) -> object:
    match key:
        case "birth_date":
            return value
        case "patient_name":
            return CHINESE_GAP.sub("", str(value))
        case "plain":
            return _worded(value, hers, hers)
        case _:
            return _worded(value, language, hers)


def _spoken(languages: Mapping[str, Language], wanted: object) -> str:
    """Return the nearest language documents are written in: its family, or the first."""
    found = nearest(languages, str(wanted or ""))
    if found is None or not (WORDS / found.code / "documents.toml").is_file():
        return next(iter(languages))
    return found.code
