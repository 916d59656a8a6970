"""What an ASGI server loads for the release door: ``patency.config.asgi:application``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "patency.config.settings")
django.setup()

from django.conf import settings  # noqa: E402  (the settings come first)

from patency.config.wiring import house  # noqa: E402
from patency.doors.release.door import BY, Around, Door  # noqa: E402
from patency.service.numbers import ticket_key  # noqa: E402

_HOUSE = house()
application = Door(
    Around(
        now=_HOUSE.now,
        key=ticket_key(by=BY, now=_HOUSE.now()),
        pages=settings.HER_PAGE_URL,
        origins=frozenset(each.encode() for each in settings.PAGES_ORIGINS),
    )
)
