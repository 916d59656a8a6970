"""The application entity: what it takes and offers, whom it lets in, and how it is served."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE, _config, dimse_messages, evt

from patency.doors.dicom import commitment, line, retrieve, steps, storage
from patency.doors.dicom.around import LOG, Around, let_go
from patency.doors.dicom.offers import (
    ANSWERS_WITHIN_S,
    IDLE_S,
    IMPLEMENTATION_UID,
    IMPLEMENTATION_VERSION,
    MOST_AT_ONCE,
    OFFERED,
    WORKLIST,
)
from patency.doors.dicom.worklist import Worklists

REJECTED, BY_USER, CALLED_UNKNOWN, CALLING_UNKNOWN = 0x01, 0x01, 0x07, 0x03  # PS3.8 table 9-21


class Encrypted(ssl.SSLContext):
    """How lines are encrypted: agreed upon in the thread of each line, not of the whole door.

    Else whoever connects and says nothing keeps everybody out.
    """

    def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """Return the line; what it says first is read with the first unit."""
        return super().wrap_socket(sock, *args, **{**kwargs, "do_handshake_on_connect": False})


def prepare(around: Around) -> AE:
    """Return the application entity with everything it offers."""
    _config.LOG_HANDLER_LEVEL = "none"
    _config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False  # they name women
    _config.STORE_RECV_CHUNKED_DATASET = True
    _config.STORE_SEND_CHUNKED_DATASET = True
    _config.UNRESTRICTED_STORAGE_SERVICE = True  # private classes and syntaxes are kept too
    entity = AE(ae_title="PATENCY")
    entity.implementation_class_uid = IMPLEMENTATION_UID
    entity.implementation_version_name = IMPLEMENTATION_VERSION
    entity.maximum_pdu_size = 0
    entity.maximum_associations = MOST_AT_ONCE
    entity.network_timeout = IDLE_S
    entity.dimse_timeout = entity.acse_timeout = ANSWERS_WITHIN_S
    for offered in OFFERED:
        entity.add_supported_context(offered)
    return entity


def handlers(around: Around) -> list[Any]:
    """Return what is done for each thing a machine may ask."""
    return [
        (evt.EVT_CONN_OPEN, opened),
        (evt.EVT_REQUESTED, let_in, [around]),
        (evt.EVT_C_ECHO, lambda event: 0x0000),
        (evt.EVT_C_FIND, find, [around, Worklists(around)]),
        (evt.EVT_C_MOVE, retrieve.move, [around]),
        (evt.EVT_C_GET, retrieve.get, [around]),
        (evt.EVT_N_ACTION, commitment.asked, [around]),
        (evt.EVT_C_STORE, storage.store, [around]),
        (evt.EVT_N_CREATE, steps.create, [around]),
        (evt.EVT_N_SET, steps.change, [around]),
        (evt.EVT_N_GET, steps.get, [around]),
        (evt.EVT_ABORTED, over),
        (evt.EVT_RELEASED, let_go),
        (evt.EVT_CONN_CLOSE, storage.clear_away),
    ]


def find(event: Any, around: Around, worklists: Worklists) -> Any:
    """Answer a query for what is to come, or for what is stored."""
    if event.request.AffectedSOPClassUID == WORKLIST:
        return worklists.find(event)
    return retrieve.find(event, around)


def opened(event: Any) -> None:
    """Listen to a line that was just opened."""
    line.listen(event.assoc)


def let_in(event: Any, around: Around) -> None:
    """Reject whoever is no machine of a site, or calls us by a title that is not ours there."""
    requested = event.assoc.requestor.primitive
    if around.knows(requested):
        return
    ours = {called for called, _ in around.machines}
    is_ours = requested.called_ae_title.strip() in ours
    LOG.warning(
        "Rejected: %r at %s calls us %r. Machines are the [[device]] of a site's file.",
        requested.calling_ae_title.strip(),
        event.assoc.requestor.address,
        requested.called_ae_title.strip(),
    )
    event.assoc.acse.send_reject(REJECTED, BY_USER, CALLING_UNKNOWN if is_ours else CALLED_UNKNOWN)
    event.assoc.kill()


def over(event: Any) -> None:
    """Clear away after an association that was broken off."""
    storage.clear_away(event)
    let_go(event)


@contextmanager
def open_door(
    around: Around, host: str, port: int, *, tls: ssl.SSLContext | None = None
) -> Iterator[Any]:
    """Serve in threads of this process while the block runs."""
    images = around.house.gateways.images
    images.begin(around.house.now().timestamp())
    # Received where it will be kept; the library knows no other way to be told so.
    library: Any = dimse_messages
    before, library.NamedTemporaryFile = library.NamedTemporaryFile, lambda **_: images.arriving()
    serving: Any = prepare(around).start_server(
        (host, port), block=False, ssl_context=tls, evt_handlers=handlers(around)
    )
    try:
        yield serving
    finally:
        serving.shutdown()
        library.NamedTemporaryFile = before
        images.end()


def serve(
    around: Around,
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    wait: Callable[[], object],
) -> None:
    """Serve until ``wait`` returns."""
    with open_door(around, host, port, tls=tls):
        wait()
