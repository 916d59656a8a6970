"""``patency read``: a draft reading of one study's images, with the evidence for each word."""

from collections import deque
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from patency.doors.cli.program import Refused, console, print_json, program


def command(
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="A folder of DICOM files.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where findings and pictures are written.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Read the images of one examination and write a draft with its evidence.

    The draft says of each tube: passed, not passed by a time, or indeterminate and why. It is no
    finding until a named reader makes it one, and it is not a medical device: docs/reading.md says
    what it can and cannot do.

    Example: patency read study/ --out draft/
    """
    # Image libraries take a second to load; no other command waits for them.
    from patency.core.imaging.findings import as_data
    from patency.core.imaging.reading import read
    from patency.gateways.arrivalmap import write_arrival_map
    from patency.gateways.dicomframes import NotReadable, load
    from patency.gateways.draftreport import lines_of, write_draft_report
    from patency.gateways.presentation import write_presentation
    from patency.gateways.readingfiles import write
    from patency.gateways.segmentation import segment_cavity, segment_tubes

    try:
        loaded = load(study)
        frames = sum(len(run.frames) for run in loaded.series.runs)
        steps = iter(track(range(frames), "reading", console=Console(stderr=True), transient=True))

        def tick(count: int) -> None:
            deque(islice(steps, count), maxlen=0)

        found = read(loaded.series, tick)
        tick(frames)
    except NotReadable as error:
        raise Refused(str(error)) from error
    data = as_data(found, loaded.series)
    data["quality"]["limits"] += list(loaded.notes)
    data["quality"]["left_out"] = [{"file": name, "why": why} for name, why in loaded.left_out]
    try:
        write(out, data, found, loaded.series)
        for write_object in (segment_cavity, segment_tubes, write_presentation, write_arrival_map):
            write_object(
                out,
                found,
                loaded.series,
                loaded.files,
                made_at=program(context).house().now(),
                version=version("patency"),
            )
        write_draft_report(
            out / "draft.sr.dcm",
            data,
            loaded.files,
            lines=lines_of(found, loaded.series, loaded.files),
            version=version("patency"),
        )
    except OSError as error:
        raise Refused(
            f"{out} could not be written to ({error.strerror or error}); name another folder "
            "with --out."
        ) from error
    if as_json:
        print_json(data)
        return
    _say(data, out)


def _say(data: dict[str, Any], out: Path) -> None:
    said = console()
    for side, tube in data["tubes"].items():
        verdict = tube["verdict"].replace("_", " ")
        by = f" by t = {tube['by_s']} s" if tube["by_s"] is not None else ""
        reason = tube["reason"].replace("-", " ")
        said.print(f"{side} tube: {verdict}{by} ({reason})")
    cavity = data["cavity"]
    if cavity is None:
        said.print("cavity: not outlined")
    else:
        said.print(
            f"cavity: {cavity['class'].replace('-', ' ')}, {cavity['length_mm']} by "
            f"{cavity['width_mm']} mm, {cavity['area_cm2']} cm² as projected"
        )
    if not data["sides_known"]:
        said.print("sides: not checked by a marker; what stands at the left is called right")
    said.print(f"A draft, not a finding. Its evidence stands in {out}/")
