"""The demo's outbox as a page, so that whoever tries the demo can read the codes it sends.

It has an address in a demo only: what leaves a clinic is never shown on a page.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from patency.gateways.demo_outbox import FILE, kept


@never_cache
@require_safe
def outbox(request: Any) -> HttpResponse:
    """Show what the demo would have sent, the newest first."""
    if settings.PATENCY_MODE != "demo":
        raise Http404
    rows = [
        {"message": each, "at": datetime.fromisoformat(each.at) if each.at else None}
        for each in kept(settings.PATENCY_HOME / FILE)
    ]
    return TemplateResponse(request, "demo/outbox.html", {"rows": rows})
