# Run by make before anything is installed, possibly by a very old Python: keep the syntax plain.
"""Says in one sentence whether this Python can run Patency, and ends with 1 when it cannot."""

import sys

OLDEST = (3, 11)
NEWEST_TESTED = (3, 13)


def refusal(version):
    """Return why this version is refused, or None when it is one we test with."""
    here = "%d.%d" % version[:2]
    allowed = "%d.%d to %d.%d" % (OLDEST + NEWEST_TESTED)
    if version[:2] < OLDEST:
        wrong = "is too old"
    elif version[:2] > NEWEST_TESTED:
        wrong = "is newer than any Patency was tested with"
    else:
        return None
    return (
        "Patency was not set up: Python %s (%s) %s. Python %s can be used. "
        "Install one of them and name it, for example: make venv PYTHON=python3.12"
        % (here, sys.executable, wrong, allowed)
    )


if __name__ == "__main__":
    why = refusal(tuple(sys.version_info))
    if why:
        sys.stderr.write(why + "\n")
        sys.exit(1)
