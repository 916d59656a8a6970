"""Printing calls the machine's own program, and every refusal is a sentence."""

from pathlib import Path

import pytest

from patency.gateways.not_sent import NotSent
from patency.gateways.printer import LpPrinter


def program(folder: Path, script: str) -> str:
    file = folder / "lp"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def test_a_document_reaches_its_queue(tmp_path: Path) -> None:
    lp = program(tmp_path, f'echo "$@" > {tmp_path}/order; cat > {tmp_path}/paper')

    LpPrinter("WEST-1", command=lp).print_pdf(b"%PDF-1.7 \x00\xff", title="Report", copies=2)

    assert (tmp_path / "order").read_text() == "-d WEST-1 -n 2 -t Report -\n"
    assert (tmp_path / "paper").read_bytes() == b"%PDF-1.7 \x00\xff"


def test_a_machine_without_a_printing_system_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match=r"Nothing was printed on WEST-1: .* apt-get install"):
        LpPrinter("WEST-1", command=str(tmp_path / "none")).print_pdf(b"", title="t", copies=1)


def test_a_queue_that_refuses_is_named(tmp_path: Path) -> None:
    lp = program(tmp_path, "cat > /dev/null; exit 3")

    with pytest.raises(NotSent, match=r"code 3\)\. See `lpstat -p WEST-1`") as refused:
        LpPrinter("WEST-1", command=lp).print_pdf(b"%PDF", title="t", copies=1)

    assert not refused.value.may_have_gone


def test_a_printing_system_that_does_not_answer_leaves_it_unknown(tmp_path: Path) -> None:
    lp = program(tmp_path, "exec sleep 5")

    with pytest.raises(NotSent, match=r"did not answer for WEST-1 within 0\.2 s") as unknown:
        LpPrinter("WEST-1", command=lp, timeout_s=0.2).print_pdf(b"%PDF", title="t", copies=1)

    assert unknown.value.may_have_gone
