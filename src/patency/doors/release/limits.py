"""How often one ticket may be shown: so many times a minute, then it waits for the next."""

from datetime import datetime
from uuid import UUID

MINUTE_S = 60.0
MOST_KEPT = 200_000  # tokens remembered; a release has a few thousand


class Limits:
    """Counts per token and minute, in this process only: a limit, not a promise."""

    def __init__(self) -> None:
        self._counted: dict[UUID, int] = {}
        self._since = 0.0

    def wait_s(self, token: UUID, most: int, now: datetime) -> int:
        """Return 0 when this try is allowed, else the whole seconds until the next one is."""
        moment = now.timestamp()
        if moment - self._since >= MINUTE_S or len(self._counted) > MOST_KEPT:
            self._counted.clear()
            self._since = moment
        count = self._counted.get(token, 0) + 1
        self._counted[token] = count
        return 0 if count <= most else max(1, int(self._since + MINUTE_S - moment) + 1)
