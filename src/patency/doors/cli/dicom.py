"""``patency dicom`` and ``emulator``: the door for X-ray machines, and a machine to try it with."""

from pathlib import Path
from typing import Annotated

import typer

from patency.doors.cli.program import Refused, console, program, set_up_django
from patency.doors.cli.running import (
    bring_up_to_date,
    check_port_is_free,
    refuse_a_demos_database,
)

SERVE = "patency.config.dicom_door.serve"  # joined there: no door imports another
EMULATE = "patency.config.dicom_emulator.emulate"
NOT_SPOKEN = "patency.doors.dicom.emulator.NotSpoken"


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 11112,
) -> None:
    """Serve the DICOM door until stopped: worklist, images, procedure steps, dose, what is kept.

    It speaks with the machines that the site files name, and with nobody else. One process beside
    `patency serve`; associations are encrypted where PATENCY_DICOM_CERTIFICATE_FILE names a
    certificate.

    Example: patency dicom --host 0.0.0.0 --port 11112
    """
    from django.utils.module_loading import import_string

    house = program(context).house()  # wrong data is refused before anything listens
    check_port_is_free(host, port)
    set_up_django()
    refuse_a_demos_database()
    bring_up_to_date()
    titles = {
        f"{device.station} calls {site.dicom_title}"
        for site in house.sites.values()
        for device in site.devices.values()
    }
    console().print(f"DICOM door on {host}:{port} (stop with Ctrl-C). {'; '.join(sorted(titles))}.")
    import_string(SERVE)(host, port)


def emulate(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Where the server is.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 11112,
    title: Annotated[str, typer.Option(help="What it is called.")] = "PATENCY",
    station: Annotated[str, typer.Option(help="What the C-arm is called.")] = "WESTFLUORO1",
    accession: Annotated[
        str, typer.Option(help="The item to perform; without it they are only listed.")
    ] = "",
    send: Annotated[
        list[Path] | None,
        typer.Option(help="DICOM files to send as hers, in place of the test object's."),
    ] = None,
) -> None:
    """Be a C-arm: list its worklist, or perform one item with images, dose and commitment.

    It speaks DICOM alone, with our door or any other server, and knows nothing of our tables.

    Example: patency emulator --accession 0C8X5R3T1Y7K2M9P
    """
    from django.utils.module_loading import import_string

    at = program(context).house().now()
    try:
        import_string(EMULATE)(
            host, port, title, station, accession, tuple(send or ()), at, console().print
        )
    except import_string(NOT_SPOKEN) as error:
        raise Refused(str(error)) from error
