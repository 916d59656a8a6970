"""Draws a text as a QR code, which a hand scanner types like a keyboard."""

import io

import segno

QUIET = 4  # modules of white around it, ISO/IEC 18004


def png(text: str) -> bytes:
    """Return the picture of a short text, to go with a mail."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=8, border=QUIET)
    return out.getvalue()


def svg(text: str) -> str:
    """Return the drawing of a short text, to stand in a page."""
    return _code(text).svg_inline(border=QUIET, omitsize=True, svgclass="qr", lineclass=None)


def _code(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False)
