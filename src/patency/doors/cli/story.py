"""Tells what happens in a clinic as a story: the day, who did what, what was decided and why."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.rule import Rule as Line
from rich.text import Text

from patency.core.access import Actor
from patency.core.protocol.decide import Decision, Reason
from patency.core.protocol.model import Outcome, Stage, Urgency
from patency.doors.cli.decide import COLOURS, cited, in_order
from patency.doors.cli.phrases import URGENCY, VERDICT
from patency.doors.cli.story_people import SHOWN
from patency.records.seen_by import seen_by
from patency.service.house import House
from patency.service.judging import replay

INDENT = 4
AFTER_THE_EXAM = frozenset({Stage.AFTERCARE, Stage.PREGNANCY})
URGENT = {
    Urgency.EMERGENCY: "bold red",
    Urgency.URGENT: "bold yellow",
    Urgency.CALL: "bold magenta",
    Urgency.SELF_CARE: "bold green",
}
LONG_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IN_UTC = re.compile(r"(20\d\d-\d\d-\d\d \d\d:\d\d) UTC")
SIGNED_BY = re.compile(r"(?<=signed by )\w+")
WHY = "tell the demo"


@dataclass(slots=True)
class Woman:
    """One invented woman as the story goes on: the ids of her rows, by what they are."""

    name: str
    ids: dict[str, UUID] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    """What the story must hand on, such as the code for her report."""

    @property
    def visit(self) -> UUID:
        """Her visit."""
        return self.ids["visit"]

    @property
    def patient(self) -> UUID:
        """Herself."""
        return self.ids["patient"]


@dataclass(slots=True)
class Tale:
    """The story being told: where it is printed, what time it is in it, who acts."""

    out: Console
    house: House
    site: str
    jump_to: Callable[[datetime], None]
    """Moves the demo's clock on."""
    people: Mapping[str, Actor]
    total: int
    work: Callable[[bool], None]
    """Does what waits for the worker; True: once."""
    number: int = 0
    told: list[str] = field(default_factory=list)
    """The ids of the rules that were told of, in order."""

    @property
    def zone(self) -> ZoneInfo:
        """Where the clinic is."""
        return ZoneInfo(self.house.site(self.site).time_zone)

    def moment(self, day: date, at: str) -> datetime:
        """Return a moment of the site."""
        return datetime.combine(day, time.fromisoformat(at), self.zone)

    def by(self, name: str) -> Actor:
        """Return who acts."""
        return self.people[name]

    def chapter(self, title: str) -> None:
        """Begin a new part of the story."""
        self.out.print()
        self.out.print(Line(Text(title, style="bold"), style="dim", align="left"))

    def step(self, day: date, at: str, who: str, what: str) -> datetime:
        """Go on to the next numbered step and return its moment."""
        self.number += 1
        head = Text(f"{self.number:>2} of {self.total}", style="bold cyan")
        head.append(f"  {in_full(day)}, {at}", "bold")
        self.out.print()
        self.out.print(head)
        return self._at(day, at, who, what)

    def then(self, day: date, at: str, who: str, what: str) -> datetime:
        """Go on within a step, at a later moment, and return it."""
        return self._at(day, at, f"{at}  {who}", what)

    def _at(self, day: date, at: str, who: str, what: str) -> datetime:
        moment = self.moment(day, at)
        self.jump_to(moment)
        self._print(Text.assemble((f"{who}: ", "bold"), what))
        return moment

    def say(self, label: str, text: str, style: str = "dim") -> None:
        """Print one labelled line."""
        self._print(Text.assemble((f"{label}: ", style), text))

    def list(self, label: str, lines: Sequence[str]) -> None:
        """Print a label and a line for each thing below it."""
        self._print(Text(f"{label}:", style="dim"))
        for line in lines:
            self._print(Text(f"· {line}"), INDENT + 2, hang=2)

    def next(self, text: str) -> None:
        """Let the worker do what waits, then say what comes next."""
        self.messages()
        self.say("next", text, "bold green")

    def refused(self, refusal: Exception) -> None:
        """Print what a service refused, in its own words; of long ids only the beginning.

        Moments are told in the clinic's time and people by their names, as the pages do.
        """
        said = LONG_ID.sub(lambda found: found[0][:8], str(refusal))
        said = IN_UTC.sub(self._at_the_clinic, said)
        said = SIGNED_BY.sub(lambda found: SHOWN.get(found[0], found[0]), said)
        self.say("refused", said, "bold yellow")

    def _at_the_clinic(self, found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(f"{found[1]}+00:00").astimezone(self.zone)
        return f"{moment:%Y-%m-%d %H:%M}"

    def decision(self, woman: Woman, stage: Stage | None = None) -> Decision:
        """Tell the newest decision about her: the verdict, each reason and its source, open
        questions."""
        row = self.newest_decision(woman, stage)
        found = replay(row, self.house)
        decision = found.decision
        assert found.same, f"the decision at {row.stage} cannot be replayed: {found.differs}"
        self.tell_decision(decision)
        return decision

    def newest_decision(self, woman: Woman, stage: Stage | None = None) -> Any:
        """Return the row of the newest decision about her, of one stage if one is named."""
        rows = seen_by(self.by("nurse"), WHY, now=self.house.now()).decisions
        rows = rows.filter(visit_id=woman.visit)
        if stage is not None:
            rows = rows.filter(stage=stage.value)
        return rows.order_by("made_at", "pk").last()

    def tell_decision(self, decision: Decision) -> None:
        """Print a decision: the verdict in one sentence, then each reason with its source.

        Once she has been examined nobody is cleared or held: there the urgency is the verdict.
        """
        if decision.stage in AFTER_THE_EXAM and decision.urgency:
            head = Text(f"{decision.urgency}", style=URGENT[Urgency(decision.urgency)])
            head.append(f" at {decision.stage}: {URGENCY[Urgency(decision.urgency)]}", "default")
        else:
            head = Text(decision.verdict, style=COLOURS.get(decision.verdict, "bold green"))
            head.append(f" at {decision.stage}: {VERDICT[decision.verdict]}", "default")
        self._print(head)
        for reason in in_order(decision.reasons):
            self.reason(reason, decision.protocol)
        if decision.open_questions and decision.stage not in AFTER_THE_EXAM:
            self.questions(decision)

    def reason(self, reason: Reason, version: str) -> None:
        """Print one reason: what she is told, the sentence it rests on, what to do, when."""
        rule, protocol = reason.rule, self.house.protocol(version)
        self.told.append(rule.id)
        style = COLOURS.get(rule.outcome.value, "bold blue")
        head = Text(f"{rule.outcome.value} ", style=style)
        head.append(reason.say, "default").append(f" [{rule.id}]", "dim")
        self._print(head, INDENT + 2)
        quoted = [citation for citation in rule.because if citation.quote]
        for citation in (quoted or list(rule.because))[:1]:
            self._small("source", cited(protocol, citation))
        if rule.outcome is not Outcome.INFO:
            self._small("do", reason.do)
            self._small("come back", reason.come_back)

    def questions(self, decision: Decision) -> None:
        """Print the questions that are still open, in the words she is asked."""
        asked = self.house.protocol(decision.protocol).words["en"].questions
        stops = [each for each in decision.unsettled if each.rule.outcome.stops]
        names = sorted({name for each in stops for name in each.missing})
        self.list(f"still to be asked ({len(names)})", [asked.get(name) or name for name in names])

    def messages(self) -> None:
        """Let the worker do what waits, and print each word that went out meanwhile."""
        sms: Any = self.house.gateways.sms
        before = len(sms.sent)
        self.work(True)
        for letter in sms.sent[before:]:
            self.say(f"SMS to {letter.to}", letter.text)

    def _print(self, text: Text, left: int = INDENT, *, hang: int = 0) -> None:
        """Print a text indented, wrapped by words, without blanks at the ends of its lines."""
        for number, line in enumerate(text.wrap(self.out, self.out.width - left - hang)):
            line.rstrip()
            self.out.print(Text(" " * (left + (hang if number else 0))).append_text(line))

    def _small(self, label: str, text: str) -> None:
        if text:
            self._print(Text.assemble((f"{label}: ", "dim"), text), INDENT + 6)


def in_full(day: date) -> str:
    """Return a day with its weekday: Wednesday 24 September 2025."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short(day: date) -> str:
    """Return a day with its weekday, shortly: Wed 24 Sep."""
    return f"{day:%a} {day.day} {day:%b}"
