"""The demo's outbox as a page, so that whoever tries the demo can read the codes it sends.

It has an address in a demo only: what leaves a clinic is never shown on a page.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from patency.gateways.clock import STORY_BEGINS
from patency.gateways.demo_outbox import FILE, kept


@never_cache
@require_safe
def outbox(request: Any) -> HttpResponse:
    """Show what the demo would have sent, the newest first."""
    if settings.PATENCY_MODE != "demo":
        raise Http404
    rows = [
        {"message": each, "at": _in_the_story(each.at) if each.at else None}
        for each in kept(settings.PATENCY_HOME / FILE)
    ]
    # Nobody need be signed in here, so no clinic's clock is set: the story's is.
    with timezone.override(STORY_BEGINS.tzinfo):
        return TemplateResponse(request, "demo/outbox.html", {"rows": rows}).render()


def _in_the_story(at: str) -> datetime:
    """Return a moment as the clocks of the story's clinic show it."""
    return datetime.fromisoformat(at).astimezone(STORY_BEGINS.tzinfo)
