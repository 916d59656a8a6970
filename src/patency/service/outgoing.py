"""What messages and pages need to know before they leave: whose, by which way, until when."""

from datetime import datetime, timedelta
from uuid import UUID

from django.apps import apps
from django.db.models import Model
from django.utils.crypto import salted_hmac

from patency.core.messages import in_language
from patency.gateways.printer import PrinterState
from patency.records.models.booking import Booking, Slot
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.message import Message
from patency.records.models.people import Patient
from patency.records.models.waiting import Offer
from patency.service.house import House

TO_HER = ("sms", "email")  # the order in which her channels are tried
ADDRESSES = {"sms": "phone", "email": "email"}
SAME_DIGITS = (
    10  # our choice: numbers that end in these are one, with a country's prefix or without
)

PRINTER, PRINTER_CODE = "printer-trouble", "printer"
SEEN_TO_WITHIN = timedelta(hours=1)  # our choice: a woman stands before it


class NobodyToTell(ValueError):
    """A message was to go to a woman whom the event does not name."""


def whose(event: Event) -> UUID:
    """Return the woman an event is about, from the ids it carries. Raises ``NobodyToTell``."""
    for name, key in (event.subject.split("/", 1), *event.payload.items()):
        found = _woman_of_row(name.replace("_", ""), str(key))
        if found is not None:
            return found
    raise NobodyToTell(
        f"Event {event.pk} ({event.kind}) names no woman: neither its subject nor its payload "
        "holds the id of a row about one. Let the service that wrote it say whose it is."
    )


def _woman_of_row(table: str, key: str) -> UUID | None:
    try:
        model, pk = apps.get_model("records", table), UUID(key)
    except (LookupError, ValueError):
        return None  # a code or a number among the ids
    way = getattr(model, "WOMAN", None)
    if way is None:
        return None
    rows = model._default_manager.filter(pk=pk).values_list(way or "pk", flat=True)
    found: UUID | None = rows.first()
    return found


def ends_at(event: Event) -> datetime | None:
    """Return from when on the news of an event would say nothing any more, if there is such a time.

    The moment at which a kept place is given to the next, or at which her time begins.
    """
    ids = dict([event.subject.split("/", 1), *event.payload.items()])
    moments = [
        _moment(model, ids.get(name), field)
        for name, model, field in (
            ("offer", Offer, "expires_at"),
            ("slot", Slot, "starts_at"),
            ("booking", Booking, "slot__starts_at"),
        )
    ]
    to_come = [each for each in moments if each is not None and each > event.at]
    return min(to_come, default=None)


def _moment(model: type[Model], key: object, field: str) -> datetime | None:
    if not _is_id(key):
        return None
    found: datetime | None = (
        model._default_manager.filter(pk=key).values_list(field, flat=True).first()
    )
    return found


def _is_id(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


def channels_of(patient: Patient) -> dict[str, str]:
    """Return the channels she said yes to last, each with her number or address, in their order."""
    said: dict[str, bool] = {}
    for row in patient.channelconsent_set.order_by("pk"):
        said[row.channel] = row.given
    addresses = {each: getattr(patient, field) for each, field in ADDRESSES.items()}
    return {each: addresses[each] for each in TO_HER if said.get(each) and addresses[each]}


def number_hash(number: str) -> str:
    """Return what is kept of the number a short message went to, so that an answer finds it."""
    digits = "".join(character for character in number if character.isdigit())
    return salted_hmac("patency.number", digits[-SAME_DIGITS:], algorithm="sha256").hexdigest()


def said_to(house: House, message: Message, language: str, **filled: str) -> tuple[str, str]:
    """Return subject and text of a message by its channel, in a language, with the way to stop."""
    words = in_language(house.words[message.name], language)
    text = words.text.format(**filled)
    if message.patient_id is None:
        return words.subject, text
    if message.channel == "email" and house.pages:
        stop = in_language(house.words["stop-by-link"], language).text
        text = f"{text}\n\n{stop.format(link=stop_link(house, message))}"
    elif message.channel == "sms" and house.hears_answers:
        text = f"{text} {in_language(house.words['stop-by-answer'], language).text}"
    return words.subject, text


def stop_link(house: House, message: Message) -> str:
    """Return where she changes her channels without signing in; no id of hers stands in it."""
    return f"{house.pages}/channels/{message.stop_key}/"


def printer_task(house: House, site: str, state: PrinterState, *, now: datetime) -> Task | None:
    """Return the task opened now for a printer in trouble; None where one is open already."""
    if state.is_ready or Task.objects.filter(site=site, kind=PRINTER, done_at=None).exists():
        return None
    made: Task = Task.objects.create(
        site=site,
        kind=PRINTER,
        urgency="C",
        why=f"{PRINTER_CODE}-{state.trouble}",
        opened_at=now,
        due_at=now + SEEN_TO_WITHIN,
    )
    return made
