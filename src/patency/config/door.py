"""The release door, joined from its parts and served. Django is set up before this is read."""

from django.conf import settings

from patency.config.wiring import house
from patency.doors.release import server
from patency.doors.release.door import BY, Around, Door
from patency.service.numbers import ticket_key


def serve(host: str, port: int) -> None:
    """Serve the release door until the process is told to stop."""
    of_this_house = house()
    door = Door(
        Around(
            now=of_this_house.now,
            key=ticket_key(by=BY, now=of_this_house.now()),
            pages=settings.HER_PAGE_URL,
            origins=frozenset(each.encode() for each in settings.PAGES_ORIGINS),
        )
    )
    server.serve(door, host, port)
