"""Setting up an app that shows codes: a picture to point it at, and the first code back."""

from typing import Any

import segno
from allauth.mfa.totp.views import ActivateTOTPView
from django.utils.safestring import mark_safe


class SetUpApp(ActivateTOTPView):
    """The library's set-up, with the picture drawn into the page without a style of its own."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        drawn = segno.make(context["totp_url"], micro=False).svg_inline(
            scale=6, svgclass="qr", lineclass=None, border=4
        )
        context["picture"] = mark_safe(drawn)
        context["secret"] = context["form"].secret
        return context
