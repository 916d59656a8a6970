"""The X-ray machines of a site, and how each is spoken with over DICOM."""

import re
from collections.abc import Collection

from patency.core.document import Table
from patency.core.site.model import Device

STATION = re.compile(r"[A-Z0-9_-]{1,16}")  # a DICOM application entity title, PS3.5 6.2
ADDRESS = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}")
A_TITLE = "a station of up to 16 capital letters, digits, '-' and '_'"
AN_ADDRESS = "where the machine listens, such as c-arm-1.example.org:104"
MODALITIES = ("RF", "XA")
# PS3.3 C.12.1.1.2: what the machine can show. An old one shows no more than Latin letters.
CHARACTER_SETS = ("ISO_IR 192", "GB18030", "ISO_IR 100")
OUR_TITLE = "PATENCY"


def read_devices(top: Table, rooms: Collection[str]) -> dict[str, Device]:
    """Return the machines by their station."""
    devices: dict[str, Device] = {}
    for one in top.tables("device"):
        device = Device(
            station=title(one, "station"),
            name=one.text("name"),
            room=one.choice("room", rooms),
            modality=one.choice("modality", MODALITIES) if one.has("modality") else "RF",
            character_set=(
                one.choice("character_set", CHARACTER_SETS)
                if one.has("character_set")
                else CHARACTER_SETS[0]
            ),
            address=_address(one),
        )
        one.close()
        if device.station and device.station in devices:
            one.refuse("station", f"{device.station!r} comes twice. Give each its own name.")
        devices[device.station] = device
    return devices


def read_our_title(top: Table) -> str:
    """Return what the site's machines call us; ``PATENCY`` where the file does not say."""
    return title(top, "dicom_title") if top.has("dicom_title") else OUR_TITLE


def title(table: Table, key: str) -> str:
    """Return an application entity title."""
    raw = table.text(key, what=A_TITLE)
    if raw and not STATION.fullmatch(raw):
        table.refuse(key, f"{raw!r} is not {A_TITLE}.")
    return raw


def _address(one: Table) -> str:
    if not one.has("address"):
        return ""
    raw = one.text("address", what=AN_ADDRESS)
    if raw and not (ADDRESS.fullmatch(raw) and 0 < int(raw.rpartition(":")[2]) < 65536):
        one.refuse("address", f"{raw!r} is not {AN_ADDRESS}.")
    return raw
