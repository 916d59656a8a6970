"""C-STORE: the exact bytes are safe on the disk before success is answered; judged afterwards.

Nothing is refused for being odd. What fits no visit, is no image, or has the UID of another file
waits for a person beside what it may belong to.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

from patency.doors.dicom.around import LOG, Around
from patency.service import imaging
from patency.service.imaging import NotSafe

SUCCESS, OUT_OF_RESOURCES = 0x0000, 0xA700


def store(event: Any, around: Around) -> int:
    """Return the status of one object that was sent: success once it is on the disk."""
    machine, now = around.asking(event), around.house.now()
    path: Path = event.dataset_path
    with path.open("rb") as file:
        try:
            imaging.receive(around.house, [(path.name, file)], by=machine.actor, now=now)
        except NotSafe as error:
            LOG.error("Not kept, and answered so: %s", error)
            return OUT_OF_RESOURCES
    return SUCCESS


def clear_away(event: Any) -> None:
    """Take away what came of an object whose association ended in the middle of it."""
    message = event.assoc.dimse.message
    half = getattr(message, "_data_set_path", None)
    if isinstance(half, Path):
        with suppress(OSError):
            message._data_set_file.close()
        half.unlink(missing_ok=True)
