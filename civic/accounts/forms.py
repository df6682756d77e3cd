"""What people type to sign in; no rule beyond reading it."""

import struct
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as SecondFactorReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from civic.accounts.models import ApiToken
from civic.lib import phone as phones


class PhoneField(forms.CharField):
    """A mobile number in any usual notation; cleans to E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("error_messages", {"required": _("Enter a phone number.")})
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Returns E.164, or "" when nothing is required; raises ValidationError."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            number = phones.normalize(text)
        except ValueError as error:
            raise ValidationError(error.args[0]) from error
        if not phones.is_mobile(number):
            raise ValidationError(_("Please give a mobile number: the code comes by text message."))
        return number


def code_widget(*, autofocus: bool = True) -> forms.TextInput:
    """Returns the large input of a code: digits on the phone's keyboard, offered from the text message."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}
    return forms.TextInput(attrs={**attributes, "autofocus": autofocus})


class PhoneForm(forms.Form):
    """First step: the phone."""

    phone = PhoneField()


class CodeForm(forms.Form):
    """Second step: the code from the text message."""

    code = forms.CharField(
        label=_("Code from the text message"),
        max_length=20,
        error_messages={"required": _("Enter the code from the text message.")},
        widget=code_widget(),
    )


class StaffLoginForm(LoginForm):  # type: ignore[misc]
    """Username or phone, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("User name or phone"),
            max_length=150,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.order_fields(["login", "password"])
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)

    def clean_login(self) -> str:
        """Returns a phone as E.164, a name as it is."""
        login: str = super().clean_login()
        try:
            return phones.normalize(login)
        except ValueError:
            return login


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a new API key."""

    class Meta:
        model = ApiToken
        fields = ["name"]
        labels = {"name": _("What is the key for?")}


class ConfirmPasswordForm(ReauthenticateForm):  # type: ignore[misc]
    """The password once more, without a placeholder that repeats the label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].widget.attrs.pop("placeholder", None)


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """The old password and twice the new one."""

    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            self.fields[name].label = label
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs.pop("placeholder", None)


class LargeCode:
    """Gives a form of allauth.mfa our label and the large input."""

    fields: dict[str, forms.Field]
    label = _("Code")
    autofocus = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = self.label
        self.fields["code"].widget = code_widget(autofocus=self.autofocus)


class SecondFactorForm(LargeCode, AuthenticateForm):  # type: ignore[misc]
    """Code of the app, or a recovery code, while signing in."""


class SecondFactorAgainForm(LargeCode, SecondFactorReauthenticateForm):  # type: ignore[misc]
    """The same once signed in."""


class SetUpAppForm(LargeCode, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app, below the steps to read first."""

    autofocus = False


# What allauth and fido2 let through when a credential is not made by a browser: an answer, never a 500.
NONSENSE = (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error)


def not_a_credential() -> ValidationError:
    """Returns the refusal of a credential that cannot be read."""
    return ValidationError(_("The passkey was not accepted. Please try again."))


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    def clean(self) -> dict[str, Any]:
        """Refuses what cannot be read."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except NONSENSE as error:
            raise not_a_credential() from error
        return cleaned

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the passkey")


class PasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey used while signing in."""

    def clean_credential(self) -> Authenticator:
        """Refuses what cannot be read."""
        try:
            return super().clean_credential()
        except NONSENSE as error:
            raise not_a_credential() from error


class PasskeyAgainForm(PasskeyForm):
    """The same once signed in."""

    reauthenticated = True


class EditPasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the passkey")
        self.fields["name"].max_length = 60
