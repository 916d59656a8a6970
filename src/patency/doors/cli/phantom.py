"""``patency phantom``: pretend examinations with a known truth, as a C-arm would send them."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from patency.doors.cli.program import Refused, console


def command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder, made if need be.")],
    case: Annotated[
        str, typer.Option(metavar="NAME", help="Which case; a wrong name lists them all.")
    ] = "normal",
    seed: Annotated[int, typer.Option(min=0, help="Same case and seed, same bytes.")] = 0,
    side: Annotated[int, typer.Option(min=128, max=2048, help="Rows and columns.")] = 512,
) -> None:
    """Make the X-ray runs of a woman who never was, and what is true of them.

    OUT gets RUN01.dcm and so on, and truth.json: for each frame where contrast is, for each tube
    whether it passed and how well that could be seen. docs/phantom.md says what is unvalidated.

    Example: patency phantom --case one-tube-not-passed --seed 7 study/
    """
    # The physics takes a second to load; no other command waits for it.
    from patency.synthetic.phantom.dicom import write_run
    from patency.synthetic.phantom.examination import examination, made
    from patency.synthetic.phantom.mix import NAMES
    from patency.synthetic.phantom.truth import of_examination

    if case not in NAMES:
        raise Refused(f"There is no case '{case}'. The cases are: {', '.join(NAMES)}.")
    one = examination(case, seed, side=side)
    runs = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("making frames", total=one.frame_count())
            for run, truth in made(one):
                write_run(out, one, run)
                runs.append(truth)
                bar.advance(task, len(run.frames))
        whole = of_examination(one, runs)
        (out / "truth.json").write_text(json.dumps(whole, separators=(",", ":")) + "\n", "utf-8")
    except OSError as error:
        raise Refused(
            f"{out} could not be written to ({error.strerror or error}); name another folder."
        ) from error
    console().print(f"{len(runs)} runs, {one.frame_count()} frames and truth.json stand in {out}/")
