"""Where staff sign in with name, password and second factor, and where they sign out."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from patency.doors.web.accounts.forms import SignInForm
from patency.doors.web.accounts.sessions import say_it_was_ended


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Any) -> HttpResponse:
    """Sign a member of staff in; the second factor is asked for by the library's next stage."""
    after = where_to(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(after)
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        login = Login(user=form.user, redirect_url=after)
        name = {"username": form.cleaned_data["username"]}
        answer: HttpResponse = perform_password_login(request, name, login)
        return answer
    say_it_was_ended(request)
    return TemplateResponse(request, "accounts/sign_in.html", {"form": form, "next": after})


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """Say that a sign-in was taken away."""
    return TemplateResponse(request, "accounts/closed.html", {}, status=403)


def where_to(request: HttpRequest, wanted: str) -> str:
    """Return an address of ours that was asked for before signing in, else the start page."""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"


class SignOut(views.LogoutView):
    """Ends the session and whatever the browser keeps of it."""

    @method_decorator(never_cache)
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        if request.method == "POST":
            answer["Clear-Site-Data"] = '"cache", "storage"'
        return answer
