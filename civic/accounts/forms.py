"""What people type to sign in; no rule beyond reading it."""

from typing import Any

from allauth.account.forms import LoginForm
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


class PhoneForm(forms.Form):
    """First step: the phone."""

    phone = PhoneField()


class CodeForm(forms.Form):
    """Second step: the code from the text message."""

    code = forms.CharField(
        label=_("Code from the text message"),
        max_length=20,
        error_messages={"required": _("Enter the code from the text message.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": "code-input",
                "autofocus": True,
            }
        ),
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


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a new API key."""

    class Meta:
        model = ApiToken
        fields = ["name"]
        labels = {"name": _("What is the key for?")}
