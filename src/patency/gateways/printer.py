"""Prints through the machine's own printing system (CUPS, over IPP)."""

import shutil
import subprocess
from dataclasses import dataclass

from patency.gateways.not_sent import NotSent


@dataclass(frozen=True, slots=True)
class LpPrinter:
    """One queue of the printing system, reached with its command ``lp``."""

    queue: str
    command: str = "lp"
    timeout_s: float = 60.0

    def print_pdf(self, pdf: bytes, *, title: str, copies: int) -> None:
        """Give a document to the queue. Raises ``NotSent``; on paper it may take a while more.

        ``title`` shows on the printer's panel, so it never holds a name.
        """
        program = shutil.which(self.command)
        if program is None:
            raise NotSent(
                f"Nothing was printed on {self.queue}: this machine has no program "
                f"{self.command!r}. Install the printing system (on Debian and Ubuntu: apt-get "
                "install cups-client) and add the queue, or save the PDF and print it elsewhere."
            )
        order = [program, "-d", self.queue, "-n", str(copies), "-t", title, "-"]
        try:
            done = subprocess.run(
                order, input=pdf, capture_output=True, timeout=self.timeout_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise NotSent(
                f"The printing system did not answer for {self.queue} within {self.timeout_s:g} s, "
                "so nobody can say whether the page comes. Look at the printer before printing "
                "again.",
                may_have_gone=True,
            ) from error
        except OSError as error:
            raise NotSent(
                f"Nothing was printed on {self.queue}: {self.command!r} could not be started "
                f"({error.strerror}). Check the printing system, or save the PDF."
            ) from error
        if done.returncode:
            raise NotSent(
                f"Nothing was printed on {self.queue}: the printing system refused it (code "
                f"{done.returncode}). See `lpstat -p {self.queue}`; the queue must exist "
                "and accept jobs."
            )
