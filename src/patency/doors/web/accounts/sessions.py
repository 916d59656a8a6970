"""How long somebody stays signed in: ended when idle, after a shift at the latest, or by choice."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.utils.translation import gettext as _

from patency.core.access import Actor
from patency.core.site.sign_in import SignInHabits
from patency.doors.web.asking import is_a_machine, is_a_woman
from patency.service import browsers, staffing

BEGAN, SEEN, OWN_PHONE, FACTOR, TOLD = "began", "seen", "own-phone", "factor", "was-ended"
MACHINE_STAYS = timedelta(days=30)
"""How long the pick-up machine stays signed in: staff do so once a month, and not each morning."""
WRITTEN_EVERY = timedelta(minutes=1)
BROWSERS = ("Edg", "OPR", "Firefox", "MicroMessenger", "Chrome", "Safari")
CALLED = {"Edg": "Edge", "OPR": "Opera", "MicroMessenger": "WeChat"}
MACHINES = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")


def how_long(habits: SignInHabits, who: Actor, *, own_phone: bool) -> tuple[timedelta, timedelta]:
    """Return how long somebody may be idle, and how long they stay signed in at most."""
    if is_a_machine(who):
        return MACHINE_STAYS, MACHINE_STAYS
    if not is_a_woman(who):
        return timedelta(minutes=habits.staff_idle_minutes), timedelta(hours=habits.staff_hours)
    if own_phone:
        most = timedelta(days=habits.own_phone_days)
        return most, most
    return timedelta(minutes=habits.her_idle_minutes), timedelta(hours=habits.her_hours)


def end_if_over(request: Any, who: Actor) -> bool:
    """Return whether this sign-in was over; then nobody is signed in any more."""
    now: datetime = request.now
    session = request.session
    idle, most = how_long(
        request.house.site(who.site).sign_in, who, own_phone=bool(session.get(OWN_PHONE))
    )
    began = datetime.fromisoformat(session.get(BEGAN) or now.isoformat())
    seen = datetime.fromisoformat(session.get(SEEN) or now.isoformat())
    if now - seen > idle or now - began > most:
        logout(request)
        session[TOLD] = True
        return True
    if BEGAN not in session:
        session[BEGAN] = session[SEEN] = now.isoformat()
    elif now - seen > WRITTEN_EVERY:
        session[SEEN] = now.isoformat()
        browsers.note_seen(session.session_key, by=who, now=now)
    return False


def say_it_was_ended(request: Any) -> None:
    """Say once, on the page that asks to sign in again, why that is."""
    if request.session.pop(TOLD, None):
        messages.info(
            request,
            _("You were signed out because nothing was done for a while. Please sign in again."),
        )


def device_of(user_agent: str) -> str:
    """Return a browser and its machine in words a person knows: "Firefox, Windows"."""
    browser = next((name for name in BROWSERS if name in user_agent), "")
    machine = next((name for name in MACHINES if name in user_agent), "")
    machine = "Mac" if machine == "Macintosh" else machine
    return ", ".join(filter(None, [CALLED.get(browser, browser), machine])) or "–"


@receiver(user_logged_in)
def _begin(request: Any, user: Any, **_: Any) -> None:
    row = getattr(user, "staff_member", None) or getattr(user, "patient", None)
    if row is None or not hasattr(request, "house"):
        return  # somebody nobody knows, or a test that signs in without a page
    who, now = row.as_actor(), request.now
    habits = request.house.site(row.site).sign_in
    own_phone = bool(getattr(request, "own_phone", False))
    session = request.session
    session[BEGAN] = session[SEEN] = now.isoformat()
    session[OWN_PHONE] = own_phone
    session.pop(FACTOR, None)
    session.set_expiry(habits.own_phone_days * 24 * 60 * 60 if own_phone else 0)
    if session.session_key is None:
        session.create()
    browsers.begin(
        user.pk,
        session.session_key,
        device=device_of(request.headers.get("User-Agent", "")),
        own_phone=own_phone,
        at_most=habits.sessions_at_most,
        by=who,
        now=now,
    )


@receiver(user_logged_out)
def _end(request: Any, user: Any, **_: Any) -> None:
    who = getattr(request, "who", None)
    if who is not None and request.session.session_key:
        browsers.end_this(request.session.session_key, by=who, now=request.now)


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
@receiver(password_changed)
def _note(signal: Any, request: Any, user: Any, **_: Any) -> None:
    """Write into the audit what a person changed about the own ways in."""
    kinds = {
        id(authenticator_added): "second-factor-added",
        id(authenticator_removed): "second-factor-removed",
        id(authenticator_reset): "recovery-codes-made",
        id(password_changed): "password-changed",
    }
    who = getattr(request, "who", None)
    request.session.pop(FACTOR, None)
    if who is not None:
        staffing.note_proof(user.pk, kinds[id(signal)], by=who, now=request.now)
