"""What every answer tells the browser it may do with a page: nothing but show and send it."""

from typing import Any

from django.utils.cache import patch_vary_headers

# Only our own files are loaded; nothing written into a page runs or styles it.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PERMISSIONS_POLICY = (
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), bluetooth=(), "
    "midi=(), display-capture=(), interest-cohort=(), publickey-credentials-get=(self), "
    "publickey-credentials-create=(self)"
)


def write_headers(response: Any, *, language: str, signed_in: bool) -> None:
    """Write the headers of a page; one that a page has set for itself stays."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("Content-Language", language)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("X-Permitted-Cross-Domain-Policies", "none")
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    response["Permissions-Policy"] = PERMISSIONS_POLICY
    if signed_in:
        # A shared computer at a desk must not show her page again from its memory.
        response["Cache-Control"] = "no-store"
