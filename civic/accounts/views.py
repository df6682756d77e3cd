"""Signing in, the second factor, sessions, API keys and the language switch."""

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.account.internal.stagekit import clear_login
from allauth.account.mixins import NextRedirectMixin
from allauth.account.utils import get_login_redirect_url
from allauth.account.views import LoginView, PasswordChangeView, logout
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.generic.edit import FormView
from django.views.i18n import set_language as django_set_language

from civic.accounts import actions, languages, queries
from civic.accounts.codes import PhoneCode, may_ask
from civic.accounts.devices import device_name
from civic.accounts.enums import ConsentPurpose
from civic.accounts.forms import CodeForm, PhoneForm, StaffLoginForm, TokenForm
from civic.accounts.mfa import record_second_factor
from civic.accounts.models import ApiToken, User
from civic.lib.errors import NotFound
from civic.lib.phone import mask


class Entrance(NextRedirectMixin, FormView):  # type: ignore[misc, type-arg]
    """What both steps share: open to everybody, pointless for whoever is signed in."""

    @method_decorator(login_not_required)
    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sends somebody already signed in on."""
        if request.user.is_authenticated:
            return redirect(get_login_redirect_url(request))
        return super().dispatch(request, *args, **kwargs)

    def onward(self, name: str) -> HttpResponse:
        """Returns the redirect to another sign-in page, `next` kept."""
        return redirect(self.passthrough_next_url(reverse(name)))

    def too_many(self, form: Form, field: str) -> HttpResponse:
        """Returns the page with the refusal, as 429."""
        form.add_error(
            field,
            _("Too many codes were asked for. Please wait an hour, or call the desk: we help by phone."),
        )
        return self.render_to_response(self.get_context_data(form=form), status=429)


class SignInView(Entrance):
    """First step: any mobile number gets a code, known or not."""

    template_name = "account/sign_in.html"
    form_class = PhoneForm

    def form_valid(self, form: PhoneForm) -> HttpResponse:
        """Sends the code."""
        phone = form.cleaned_data["phone"]
        if not may_ask(self.request, phone):
            return self.too_many(form, "phone")
        PhoneCode.begin(self.request, phone)
        return self.onward("account_confirm_login_code")


class ConfirmCodeView(Entrance):
    """Second step: the right code signs in, and makes the account when there was none."""

    template_name = "account/confirm_code.html"
    form_class = CodeForm
    process: PhoneCode

    @method_decorator(login_not_required)
    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Goes back to the first step when no code is awaited, and says why."""
        process = None if request.user.is_authenticated else PhoneCode.of(request)
        if process is not None and process.is_valid():
            self.process = process
            return super().dispatch(request, *args, **kwargs)
        if process is not None:
            process.abort()
            messages.error(request, _("This code has expired. Please ask for a new one."))
        elif request.method == "POST" and not request.user.is_authenticated:
            messages.error(
                request, _("This code was used already or is no longer valid. Please ask for a new one.")
            )
        return (
            Entrance.dispatch(self, request)
            if request.user.is_authenticated
            else self.onward("account_login")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds where the code went."""
        extra = {
            "masked_phone": mask(self.process.phone),
            "can_resend": self.process.can_resend,
            "minutes": settings.CODE_MINUTES,
            "demo": settings.DEMO,
        }
        return super().get_context_data(**{**extra, **kwargs})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sends another code, or checks the one typed."""
        if "resend" in request.POST:
            return self.resend()
        return super().post(request, *args, **kwargs)

    def resend(self) -> HttpResponse:
        """Sends a new code within the limits."""
        if not self.process.can_resend or not may_ask(self.request, self.process.phone):
            return self.too_many(CodeForm({}), "code")
        self.process.resend()
        messages.success(self.request, _("A new code is on its way. The old one no longer works."))
        return self.onward("account_confirm_login_code")

    def form_valid(self, form: CodeForm) -> HttpResponse:
        """Signs in, or counts a wrong code: the fifth ends it."""
        if self.process.may_try() and self.process.matches(form.cleaned_data["code"]):
            return self.sign_in()
        if not self.process.record_invalid_attempt():
            messages.error(self.request, _("Too many wrong codes. Please ask for a new one."))
            return self.onward("account_login")
        left = self.process.tries_left
        form.add_error(
            "code",
            ngettext(
                "This code is not correct. You have %(left)s try left.",
                "This code is not correct. You have %(left)s tries left.",
                left,
            )
            % {"left": left},
        )
        return self.form_invalid(form)

    def sign_in(self) -> HttpResponse:
        """Finds or makes the account of the phone; staff are sent to their password."""
        user = queries.get_or_create_by_phone(self.process.phone)
        if user.is_staff and user.is_active:
            clear_login(self.request)
            messages.info(self.request, _("Staff accounts sign in with a password and a second factor."))
            return self.onward("account_staff_login")
        if not user.language:  # the first time: what was chosen before signing in is kept
            actions.choose_language(user, get_language() or "")
            if self.request.COOKIES.get(settings.ELDER_COOKIE) == "1":
                actions.update_profile(user, elder_mode=True)
        if user.is_active and not user.consent_due:  # the button said: by going on you agree
            actions.give_consent(user, ConsentPurpose.TERMS, settings.PRIVACY_VERSION)
        return self.process.sign_in(user, self.get_next_url())


class StaffLoginView(LoginView):  # type: ignore[misc]
    """Name or phone and password; the second factor is asked for by allauth's next stage."""

    template_name = "account/staff_login.html"
    form_class = StaffLoginForm
    extra_context = {"second_factor": settings.STAFF_SECOND_FACTOR}


class ChangePasswordView(PasswordChangeView):  # type: ignore[misc]
    """For those who have a password; others sign in by code."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Is not there for somebody without a password."""
        if not _user(request).has_usable_password():
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class ActivateTotpView(ActivateTOTPView):  # type: ignore[misc]
    """Setting up an authenticator app proves it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the secret in groups of four, to be typed."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return {**context, "secret_words": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}

    def form_valid(self, form: Form) -> HttpResponse:
        """Switches it on and notes in the session that it was used."""
        response = super().form_valid(form)
        record_second_factor(self.request, "totp")
        return response


class AddPasskeyView(AddWebAuthnView):  # type: ignore[misc]
    """Setting up a passkey proves it."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Adds it and notes in the session that it was used."""
        response = super().form_valid(form)
        record_second_factor(self.request, "webauthn")
        return response


@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Lists the devices on which the person is signed in, newest first."""
    found = queries.sessions_of(_user(request))
    for session in found:
        session.device = device_name(session.user_agent)
    return render(request, "usersessions/sessions.html", {"sessions": found})


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Signs the person out on one device; anybody else's session does not exist for them."""
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    current = session.is_current()
    end_sessions(request, [session])
    messages.success(request, _("Signed out on that device."))
    return redirect("account_login" if current else "usersessions_list")


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """allauth's page; once signed out the browser is told to forget what its pages have kept on the device."""
    before = request.user.is_authenticated
    response: HttpResponse = logout(request)
    if before and not request.user.is_authenticated:
        response.headers["Clear-Site-Data"] = '"storage"'
    return response


@require_POST
def end_sessions_elsewhere(request: HttpRequest) -> HttpResponse:
    """Signs the person out everywhere but here."""
    end_other_sessions(request, request.user)
    messages.success(request, _("Signed out on all other devices."))
    return redirect("usersessions_list")


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Lists the person's API keys and makes new ones; a new key is shown in this answer only."""
    form, new = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        new = ApiToken.issue(_user(request), form.cleaned_data["name"])
        form = TokenForm()
    found = queries.tokens_of(_user(request))
    return render(request, "account/tokens.html", {"form": form, "tokens": found, "new_token": new})


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """Makes one of the person's keys useless."""
    try:
        actions.revoke_token(_user(request), token_id)
    except NotFound as error:
        raise Http404 from error
    messages.success(request, _("The key was revoked."))
    return redirect("account_tokens")


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switches the language, for this browser and for the person who is or will be signed in."""
    languages.choose(request, request.POST.get("language", ""))
    return django_set_language(request)


def _user(request: HttpRequest) -> User:
    """Returns the signed-in person (login is required by default)."""
    if not request.user.is_authenticated:
        raise Http404
    return request.user
