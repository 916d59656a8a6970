"""Which message is due when: what the protocol wants her to have heard by a day."""

from dataclasses import dataclass
from datetime import date, timedelta

from patency.core.protocol.model import Message, Stage
from patency.core.protocol.rulebook import Rulebook, derive


@dataclass(frozen=True, slots=True)
class DueMessage:
    """Something a woman should hear, from a day on, in her language."""

    id: str
    since: date
    text: str


def due_messages(
    book: Rulebook,
    *,
    exam_day: date,
    examined: bool,
    released: bool,
    today: date,
    language: str,
) -> tuple[DueMessage, ...]:
    """Return the messages due by ``today``, the newest first; of one day, in the order of ids.

    Before the examination those that prepare for it, from as many days before it as they say;
    after it those of its days; with the report those that go with it.
    """
    words = book.protocol.words[language]
    known = derive(book.protocol.derived, {"exam_date": exam_day}, book.parameters)
    due = [
        DueMessage(
            message.id,
            exam_day + timedelta(days=message.day),
            words.messages[message.id].fill({**book.parameters, **known}, words.language),
        )
        for message in book.protocol.messages
        if _is_for(message, examined=examined, released=released)
        and exam_day + timedelta(days=message.day) <= today
    ]
    return tuple(sorted(due, key=lambda one: (-one.since.toordinal(), one.id)))


def _is_for(message: Message, *, examined: bool, released: bool) -> bool:
    match message.stage:
        case Stage.BOOKING:
            return not examined
        case Stage.AFTERCARE:
            return examined
        case Stage.RELEASE:
            return released
        case _:
            return False
