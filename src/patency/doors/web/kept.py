"""A form that was sent without a session keeps what was typed, for the same person and no other.

It is sealed and lies in the browser's new session until she has signed in; then the page comes back
with every field as she left it, and nothing has been sent in her name.
"""

from datetime import datetime, timedelta
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from patency.doors.web.sealed import seal, unseal

KEPT = "typed"
WAS = "patency-was"
"""The cookie that says whose sign-in was the last here; signed, and no name in it."""
WAS_FOR = timedelta(days=1)
GOOD_FOR = timedelta(hours=2)
MOST_CHARACTERS = 300_000
SECRET = ("password", "code", "credential", "csrf", "ticket", "pin")


def keep_typed(request: Any, whose: Any) -> str:
    """Return the page on which the form stood, with what was typed kept for one person."""
    page = _page_of(request)
    fields = {
        name: values
        for name, values in request.POST.lists()
        if not any(secret in name.lower() for secret in SECRET)
    }
    if (
        whose
        and fields
        and sum(len(one) for many in fields.values() for one in many) < (MOST_CHARACTERS)
    ):
        kept = {
            "whose": str(whose),
            "page": page,
            "to": request.path,
            "fields": fields,
            "at": request.now.isoformat(),
        }
        request.session[KEPT] = seal(kept, KEPT)
    return page


def who_was(request: HttpRequest) -> str:
    """Return whose sign-in was the last in this browser, by its key; empty when nobody's."""
    try:
        said = signing.Signer(salt=WAS).unsign(request.COOKIES.get(WAS, ""))
    except signing.BadSignature:
        return ""
    return said.rpartition(":")[0] or said


def was_a_woman(request: HttpRequest) -> bool:
    """Return whether the last one signed in here was a woman, and not a member of staff."""
    try:
        return signing.Signer(salt=WAS).unsign(request.COOKIES.get(WAS, "")).endswith(":hers")
    except signing.BadSignature:
        return False


def remember_who(response: Any, user_id: Any, *, is_a_woman: bool, secure: bool) -> None:
    """Write into the browser whose sign-in this was, so that only she gets back what she typed."""
    side = "hers" if is_a_woman else "staff"
    response.set_cookie(
        WAS,
        signing.Signer(salt=WAS).sign(f"{user_id}:{side}"),
        max_age=WAS_FOR,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def take_typed(request: Any) -> dict[str, Any] | None:
    """Return what is to be shown again on this page, once; what is another person's is dropped."""
    sealed = request.session.get(KEPT)
    if not sealed or not request.user.is_authenticated:
        return None
    kept = unseal(sealed, KEPT)
    is_hers = isinstance(kept, dict) and kept["whose"] == str(request.user.pk)
    if not is_hers or datetime.fromisoformat(kept["at"]) < request.now - GOOD_FOR:
        del request.session[KEPT]
        return None
    if request.method != "GET" or request.path != urlsplit(kept["page"]).path:
        return None
    del request.session[KEPT]
    found: dict[str, Any] = kept
    return found


def refill(response: HttpResponseBase, kept: dict[str, Any]) -> None:
    """Write what was typed into the form of a page from which it was sent."""
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    if response.status_code != 200 or response.streaming or not is_page:
        return
    page: Any = response
    filled = _Filler(kept["to"], kept["page"], kept["fields"])
    page.content = filled.fill(page.content.decode())
    if "Content-Length" in page.headers:
        page.headers["Content-Length"] = str(len(page.content))


def _page_of(request: Any) -> str:
    """Return the address of the page a form was sent from, by the browser's word; else its own."""
    came = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    if came and url_has_allowed_host_and_scheme(came, hosts, require_https=request.is_secure()):
        parts = urlsplit(came)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    path: str = request.path
    return path


class _Filler(HTMLParser):
    """Copies a page, and fills the fields of the forms that go to one address."""

    def __init__(self, to: str, page: str, fields: dict[str, list[str]]) -> None:
        super().__init__(convert_charrefs=False)
        self.to, self.page, self.fields = to, urlsplit(page).path, fields
        self.out: list[str] = []
        self.inside = False
        self.names: dict[str, int] = {}
        self.select: list[str] | None = None
        self.text: str | None = None

    def fill(self, page: str) -> str:
        """Return the page with the fields filled."""
        self.feed(page)
        self.close()
        return "".join(self.out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            goes_to = (said.get("action") or self.page).split("?")[0]
            self.inside = (said.get("method") or "").lower() == "post" and goes_to == self.to
        written = self.get_starttag_text() or ""
        name = said.get("name") or ""
        if self.inside and tag == "input" and self._is_typed(said):
            written = self._input(said)
        elif self.inside and tag == "select" and name in self.fields:
            self.select = self.fields[name]
        elif self.inside and tag == "option" and self.select is not None:
            is_chosen = (said.get("value") or "") in self.select
            written = _tag(tag, {**_without(said, "selected"), **_on("selected", is_chosen)})
        elif self.inside and tag == "textarea" and name in self.fields:
            self.text = self._next(name)
        self.out.append(written)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.text is not None:
            self.out.append(escape(self.text, quote=False))
            self.text = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.text is None:
            self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.out.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.out.append(f"<!{decl}>")

    def _is_typed(self, said: dict[str, str | None]) -> bool:
        hidden = (said.get("type") or "text").lower() in ("hidden", "password", "submit", "file")
        return not hidden and bool(self.fields)

    def _input(self, said: dict[str, str | None]) -> str:
        name, kind = said.get("name") or "", (said.get("type") or "text").lower()
        if kind in ("radio", "checkbox"):
            is_on = (said.get("value") or "on") in self.fields.get(name, [])
            return _tag("input", {**_without(said, "checked"), **_on("checked", is_on)})
        if name not in self.fields:
            return _tag("input", said)
        return _tag("input", {**said, "value": self._next(name)})

    def _next(self, name: str) -> str:
        """Return the next value of a name that may stand more than once."""
        place = self.names.get(name, 0)
        self.names[name] = place + 1
        values = self.fields[name]
        return values[min(place, len(values) - 1)] if values else ""


def _tag(tag: str, said: dict[str, str | None]) -> str:
    parts = (
        name if value is None else f'{name}="{escape(value, quote=True)}"'
        for name, value in said.items()
    )
    return f"<{' '.join([tag, *parts])}>"


def _without(said: dict[str, str | None], name: str) -> dict[str, str | None]:
    return {key: value for key, value in said.items() if key != name}


def _on(name: str, is_on: bool) -> dict[str, str | None]:
    return {name: None} if is_on else {}
