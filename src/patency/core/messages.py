"""Which message is due when: what she is to have heard by a day, and what leaves the house."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from patency.core.protocol.model import Message, Stage
from patency.core.protocol.rulebook import Rulebook, derive
from patency.core.site.messaging import MessageHabits


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


# ---------------------------------------------------------------- what leaves the house, and when


@dataclass(frozen=True, slots=True)
class Words:
    """One message in one language."""

    subject: str
    text: str


AT_ANY_HOUR: Mapping[str, str] = {
    "duty": "an alarm repeats until a person acknowledges it",
    "sign-in-code": "she asked for it a moment ago, and it ends in minutes",
    "page": "she stands before the printer",
}
"""The messages that go in the quiet hours too, each with its reason."""
TIME_TO_ACT = timedelta(hours=1)
"""What ends sooner than this after the quiet hours is told in them: our choice."""
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
"""How long to wait after each try that surely did not go; then a person sees to it: our choice."""
STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "td", "t", "r", "n"}
    | {"退订", "退", "停止", "取消", "取消订阅", "拒收"}
)
"""What a woman may answer to a short message so that no more come; the letters are usual in China
(TD and T for 退订, R and N for refusal)."""


def goes_at(
    local: datetime, habits: MessageHabits, *, message: str, ends: datetime | None
) -> datetime:
    """Return when a message goes that is ready at a local moment: now, or after the quiet hours.

    ``ends`` is when it would say nothing any more. What ends in the quiet hours, or within an hour
    after them, goes at once; what can wait, waits.
    """
    if message in AT_ANY_HOUR or not habits.is_quiet(local.time()):
        return local
    day = local.date()
    if local.time() >= habits.quiet_until:
        day += timedelta(days=1)
    over = datetime.combine(day, habits.quiet_until, local.tzinfo)
    return local if ends is not None and ends < over + TIME_TO_ACT else over


def tries_again_at(now: datetime, tries: int) -> datetime | None:
    """Return when a message goes again that surely did not go at its ``tries``th try, or never."""
    return now + BACK_OFF[tries - 1] if tries <= len(BACK_OFF) else None


def asks_to_stop(text: str) -> bool:
    """Return whether an answer to a short message says that no more shall come."""
    return text.strip().strip(".!。！").casefold() in STOP_WORDS


def parse_messages(
    documents: Mapping[str, Mapping[str, Mapping[str, str]]],
) -> dict[str, dict[str, Words]]:
    """Return every message by its name, then by language, from the documents of the languages.

    Raises ``ValueError`` when a language lacks one: a woman would get it in another's words.
    """
    found: dict[str, dict[str, Words]] = {}
    for language, document in documents.items():
        for name, words in document.items():
            found.setdefault(name, {})[language] = Words(words["subject"], words["text"])
    for name, spoken in found.items():
        if missing := sorted(documents.keys() - spoken.keys()):
            raise ValueError(
                f"messages.toml: the message {name!r} has no words in {', '.join(missing)}. Write "
                "them into that language's file; a message is said in every language or in none."
            )
    return found


def in_language(words: Mapping[str, Words], wanted: str) -> Words:
    """Return a message in the language she chose, or in English."""
    return words.get(wanted) or words.get(wanted.split("-")[0]) or words["en"]
