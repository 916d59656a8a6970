"""DICOM as JSON (PS3.18 annex F): of a file with its long values left behind, and of query answers.

A long value is named by its place: the tags and items that lead to it, such as
``00283000.0.00283006``.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from pydicom import dcmread
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

PIXELS = "7FE00010"
LONG = frozenset({"OB", "OW", "OD", "OF", "OL", "OV", "UN"})
LONGEST_INLINE = 1024
"""Bytes of a value that still stand in the metadata."""


class NotRead(Exception):
    """A file that is no DICOM, or a value it does not have; the message says which."""


def metadata(file: IO[bytes], where_is: Callable[[str], str]) -> dict[str, Any]:
    """Return the header of a file; ``where_is`` names the address of a long value by its place."""
    whole = _header(file)
    said = dict(_elements(whole, "", where_is))
    if "Rows" in whole and PIXELS not in said:
        kind = "OB" if whole.file_meta.TransferSyntaxUID.is_encapsulated else "OW"
        said[PIXELS] = {"vr": kind, "BulkDataURI": where_is(PIXELS)}
    syntax = str(whole.file_meta.get("TransferSyntaxUID", ""))
    said["00083002"] = {"vr": "UI", "Value": [syntax]}  # Available Transfer Syntax UID
    return dict(sorted(said.items()))


def _elements(
    dataset: Dataset, before: str, where_is: Callable[[str], str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for element in dataset:
        name = f"{element.tag:08X}"
        place = f"{before}{name}"
        if element.VR == "SQ":
            items = [
                dict(_elements(item, f"{place}.{number}.", where_is))
                for number, item in enumerate(element.value)
            ]
            yield name, {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
            continue
        value = element.value
        is_bytes = element.VR in LONG and isinstance(value, bytes | bytearray)
        if is_bytes and len(value) > LONGEST_INLINE:
            yield name, {"vr": element.VR, "BulkDataURI": where_is(place)}
            continue
        try:
            yield name, element.to_json_dict(None, 1 << 31)
        except Exception:  # a value that its own kind does not allow is left out, not the file
            continue


def bulk(file: IO[bytes], place: str) -> bytes:
    """Return a long value by its place. Raises ``NotRead``.

    Of pixels it is everything in one piece, fragments as they lie.
    """
    whole: Any = _header(file, with_pixels=place == PIXELS)
    try:
        for step in place.split("."):
            whole = whole[int(step)] if len(step) < 8 else whole[Tag(int(step, 16))]
            whole = whole.value if isinstance(whole, DataElement) else whole
    except (KeyError, IndexError, TypeError, ValueError):
        raise NotRead(f"The file has no value at {place}.") from None
    if not isinstance(whole, bytes | bytearray):
        raise NotRead(f"What stands at {place} is no long value; it stands in the metadata.")
    return bytes(whole)


def _header(file: IO[bytes], *, with_pixels: bool = False) -> Dataset:
    file.seek(0)
    try:
        return dcmread(file, stop_before_pixels=not with_pixels)
    except Exception as error:  # a damaged file fails in as many ways as there are damages
        raise NotRead("The file cannot be read as DICOM.") from error


def plain_file(file: IO[bytes]) -> bytes:
    """Return the whole file with plain pixels, Explicit VR Little Endian. Raises ``NotRead``."""
    from io import BytesIO

    from pydicom.uid import ExplicitVRLittleEndian

    from patency.gateways.unpacked import NotUnpacked, unpack

    whole = _header(file, with_pixels=True)
    try:
        if whole.file_meta.TransferSyntaxUID.is_encapsulated:
            unpack(whole)
        whole.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        written = BytesIO()
        whole.save_as(written, enforce_file_format=True, implicit_vr=False, little_endian=True)
    except NotUnpacked as error:
        raise NotRead(
            f"It cannot be unpacked here: {error}. Ask for it as it is stored."
        ) from error
    except Exception as error:
        raise NotRead("It cannot be written in another syntax. Ask for it as it is.") from error
    return written.getvalue()


def answer(found: Mapping[str, str], **more: str) -> dict[str, Any]:
    """Return one answer of a query by DICOM keyword as JSON; what is empty has no value."""
    said: dict[str, Any] = {}
    for keyword, text in {**found, **more}.items():
        tag = tag_for_keyword(keyword)
        if tag is None:
            continue
        kind = dictionary_VR(tag).split(" ")[0]
        values = [_value(kind, each) for each in text.split("\\")] if text else []
        values = [each for each in values if each is not None]
        said[f"{tag:08X}"] = {"vr": kind, "Value": values} if values else {"vr": kind}
    return dict(sorted(said.items()))


def _value(kind: str, text: str) -> Any:
    if kind == "PN":
        parts = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("="), strict=False)
        return {name: part for name, part in parts if part} or None
    if kind in ("IS", "US", "UL", "SS", "SL"):
        return int(text) if text.lstrip("+-").isdigit() else None
    return text


def keyword_of(asked: str) -> str:
    """Return the DICOM keyword of a query key, which may be a keyword or eight digits of a tag."""
    if len(asked) == 8:
        try:
            return keyword_for_tag(int(asked, 16))
        except ValueError:
            pass
    return asked if tag_for_keyword(asked) is not None else ""
