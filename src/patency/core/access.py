"""Who may do what: ``check_…`` raises, ``may_…`` asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person is at a site; one person may be several things."""

    REGISTRATION = "registration"
    NURSE = "nurse"
    RADIOGRAPHER = "radiographer"
    RADIOLOGIST = "radiologist"
    GYNAECOLOGIST = "gynaecologist"
    CONSULTANT = "consultant"
    CASHIER = "cashier"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    KIOSK = "kiosk"
    """The machine in the corridor; it hands out a report to who has its code, and sees nobody."""
    PATIENT = "patient"
    SYSTEM = "system"


R = Role
CLINICIANS = frozenset({R.GYNAECOLOGIST, R.RADIOLOGIST, R.CONSULTANT})
FRONT = frozenset({R.REGISTRATION, R.NURSE}) | CLINICIANS


class Action(StrEnum):
    """Something the clinic does that not everyone may do; named as the service names it."""

    REGISTER = "register"
    RECORD_ANSWERS = "record answers"
    REPORT_PERIOD = "report a period"
    RECORD_RESULTS = "record test results"
    TREAT = "record a treatment"
    RELEASE_HOLD = "release a hold"
    OVERRIDE = "override a rule"
    TAKE_CONSENT = "take consent"
    TAKE_PAYMENT = "take a payment"
    REFUND = "refund a payment"
    OPEN_TIMES = "open times for booking"
    BOOK = "book a date"
    RELEASE_NUMBERS = "release the numbers of a day"
    CLAIM_NUMBER = "claim a number"
    PLAN = "plan a site's days and offer its places"
    CHECK_IN = "check a woman in"
    RECORD_EXAM = "record an examination"
    DISCHARGE = "let a woman leave"
    PRESCRIBE = "decide on antibiotics"
    REPORT = "write a report"
    SIGN = "sign a report"
    RELEASE_REPORT = "release a report"
    READ_REPORT = "read a report"
    SEE_IMAGES = "see images"
    FILE_IMAGES = "file images"
    HEAR_MACHINES = "take down what an X-ray machine says"
    PICK_UP = "pick up a report"
    PICK_UP_AT_KIOSK = "pick up a report at the machine"
    RECORD_DIARY = "write in the diary"
    ACKNOWLEDGE = "acknowledge a task"
    FOLLOW_PREGNANCY = "follow a pregnancy"
    REFER = "refer to another clinic"
    SEE_PATIENT = "see a patient's record"
    SEE_TODAY = "see today's list"
    SEE_AUDIT = "see the audit"
    ERASE = "erase a woman's facts"
    EXPORT = "export a woman's record"
    GIVE_SIGN_IN = "give a sign-in"
    SEE_MESSAGES = "see what was sent"
    SEND_MESSAGE = "send a message again"
    ADVISE = "see what the clinic's own rules cost"
    SEE_PROTOCOL = "see the rules and their sources"
    COMPARE_PROTOCOLS = "compare versions of the protocol"
    SEE_SETTINGS = "see the site's settings"
    SEE_QUALITY = "see the quality of the service"
    SEE_DOSES = "see the doses of the site"


A = Action
ALLOWED: dict[Action, frozenset[Role]] = {
    A.REGISTER: frozenset({R.REGISTRATION, R.NURSE, R.PATIENT}),
    A.RECORD_ANSWERS: FRONT | {R.PATIENT},
    A.REPORT_PERIOD: FRONT | {R.PATIENT},
    A.RECORD_RESULTS: frozenset({R.NURSE}) | CLINICIANS,
    A.TREAT: CLINICIANS,
    A.RELEASE_HOLD: frozenset({R.NURSE}) | CLINICIANS,
    A.OVERRIDE: CLINICIANS,
    A.TAKE_CONSENT: frozenset({R.NURSE}) | CLINICIANS,
    A.TAKE_PAYMENT: frozenset({R.CASHIER}),
    A.REFUND: frozenset({R.CASHIER, R.MANAGER, R.SYSTEM}),
    A.OPEN_TIMES: frozenset({R.REGISTRATION, R.NURSE, R.MANAGER}),
    A.BOOK: FRONT | {R.PATIENT, R.SYSTEM},
    A.RELEASE_NUMBERS: frozenset({R.REGISTRATION, R.NURSE, R.MANAGER, R.SYSTEM}),
    A.CLAIM_NUMBER: frozenset({R.PATIENT, R.REGISTRATION, R.NURSE, R.SYSTEM}),
    A.PLAN: FRONT | {R.MANAGER, R.SYSTEM},
    A.CHECK_IN: frozenset({R.NURSE, R.RADIOGRAPHER}) | CLINICIANS,
    A.RECORD_EXAM: frozenset({R.RADIOGRAPHER, R.NURSE}) | CLINICIANS,
    A.DISCHARGE: frozenset({R.NURSE}) | CLINICIANS,
    A.PRESCRIBE: CLINICIANS,
    A.REPORT: frozenset({R.RADIOLOGIST, R.CONSULTANT}),
    A.SIGN: frozenset({R.RADIOLOGIST, R.CONSULTANT}),
    A.READ_REPORT: frozenset({R.NURSE, R.RADIOGRAPHER}) | CLINICIANS,
    A.SEE_IMAGES: frozenset({R.NURSE, R.RADIOGRAPHER}) | CLINICIANS,
    A.FILE_IMAGES: frozenset({R.RADIOGRAPHER, R.NURSE, R.RADIOLOGIST, R.CONSULTANT, R.SYSTEM}),
    A.HEAR_MACHINES: frozenset({R.SYSTEM}),
    A.RELEASE_REPORT: CLINICIANS | {R.SYSTEM},
    A.PICK_UP: frozenset({R.PATIENT, R.REGISTRATION, R.NURSE}),
    A.PICK_UP_AT_KIOSK: frozenset({R.KIOSK}),
    A.RECORD_DIARY: frozenset({R.PATIENT, R.NURSE}) | CLINICIANS,
    A.ACKNOWLEDGE: frozenset({R.NURSE}) | CLINICIANS,
    A.FOLLOW_PREGNANCY: frozenset({R.NURSE, R.PATIENT}) | CLINICIANS,
    A.REFER: CLINICIANS,
    A.SEE_PATIENT: FRONT | {R.RADIOGRAPHER, R.PATIENT, R.SYSTEM, R.ADMINISTRATOR, R.CASHIER},
    A.SEE_TODAY: FRONT | {R.RADIOGRAPHER, R.CASHIER, R.MANAGER},
    A.SEE_AUDIT: frozenset({R.MANAGER, R.ADMINISTRATOR}),
    A.ERASE: frozenset({R.ADMINISTRATOR}),
    A.EXPORT: frozenset({R.ADMINISTRATOR, R.PATIENT}),
    A.GIVE_SIGN_IN: frozenset({R.ADMINISTRATOR}),
    A.SEE_MESSAGES: FRONT | {R.MANAGER, R.ADMINISTRATOR},
    A.SEND_MESSAGE: FRONT,
    A.ADVISE: frozenset({R.MANAGER, R.SYSTEM}) | CLINICIANS,
    A.SEE_PROTOCOL: FRONT | {R.RADIOGRAPHER, R.MANAGER, R.ADMINISTRATOR},
    A.COMPARE_PROTOCOLS: frozenset({R.MANAGER, R.SYSTEM}) | CLINICIANS,
    A.SEE_SETTINGS: frozenset({R.MANAGER, R.ADMINISTRATOR}) | CLINICIANS,
    A.SEE_QUALITY: frozenset({R.MANAGER, R.SYSTEM}) | CLINICIANS,
    A.SEE_DOSES: frozenset({R.MANAGER, R.RADIOGRAPHER}) | CLINICIANS,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting: a person, a woman herself, a device or a job, at one site."""

    name: str
    """A sign-in name or a job's name, never a patient's name."""
    site: str
    roles: frozenset[Role]
    patient_id: UUID | None = None
    """Set when a woman acts for herself: then she sees her own record and no other."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who reaches a page: what they must be allowed to do, and on which side they stand."""

    needs: Action | None
    """None where being signed in is enough, because the page is about oneself alone."""
    herself: bool | None = None
    """True for a woman only, False for staff only, None for both."""

    def opens_to(self, role: Role) -> bool:
        """Return whether somebody of this one role is let in."""
        is_hers = role is Role.PATIENT
        if self.herself is not None and self.herself != is_hers:
            return False
        return self.needs is None or role in ALLOWED[self.needs]


class NotPermitted(Exception):
    """This actor may not do this; the message says who may."""

    def __init__(self, *said: str, actor: Actor | None = None, action: Action | None = None):
        """Keep who was refused what, where it is a matter of roles alone."""
        super().__init__(*said)
        self.actor, self.action = actor, action


def may(actor: Actor, action: Action) -> bool:
    """Return whether one of the actor's roles allows the action."""
    return not actor.roles.isdisjoint(ALLOWED[action])


def check(actor: Actor, action: Action) -> None:
    """Return nothing, or raise ``NotPermitted`` naming the roles that may."""
    if not may(actor, action):
        raise NotPermitted(
            f"{actor.name} ({_listed(actor.roles)}) may not {action}; "
            f"this is for {_listed(ALLOWED[action])}.",
            actor=actor,
            action=action,
        )


class OverrideBy(StrEnum):
    """Who may go another way on a rule."""

    NEVER = "never"
    CONSULTANT = "consultant"
    CLINICIAN = "clinician"


def may_override(actor: Actor, override: OverrideBy) -> bool:
    """Return whether the actor may override a rule that is open to ``override``."""
    match override:
        case OverrideBy.NEVER:
            return False
        case OverrideBy.CONSULTANT:
            return Role.CONSULTANT in actor.roles
        case OverrideBy.CLINICIAN:
            return not actor.roles.isdisjoint(CLINICIANS)


def check_may_override(actor: Actor, rule_id: str, override: OverrideBy) -> None:
    """Return nothing, or raise ``NotPermitted`` saying who may override the rule, if anyone."""
    if may_override(actor, override):
        return
    if override is OverrideBy.NEVER:
        raise NotPermitted(
            f"The rule {rule_id} can never be overridden, by anyone; only a new answer changes it."
        )
    raise NotPermitted(
        f"{actor.name} ({_listed(actor.roles)}) may not override {rule_id}; a {override} may."
    )


def _listed(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(roles)) or "no role"
