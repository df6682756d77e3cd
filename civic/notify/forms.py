"""What is typed about wordings and wishes."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django import forms
from django.utils.translation import gettext_lazy as _

from civic.accounts.models import User
from civic.lib import b64url
from civic.lib.form_fields import CleanText
from civic.notify import drafting, wishes
from civic.notify.channels import public_post
from civic.notify.drafting import Words
from civic.notify.enums import Channel
from civic.notify.templates import Template, Text

TITLES = ("title_zh", "title_en")


class WordingForm(forms.Form):
    """Both languages of one template on one channel; titles where the channel has them."""

    title_zh = CleanText(label=_("Chinese title"), limit=80)
    zh = CleanText(label=_("Chinese text"), limit=drafting.LONGEST, multiline=True)
    title_en = CleanText(label=_("English title"), limit=80)
    en = CleanText(label=_("English text"), limit=drafting.LONGEST, multiline=True)
    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, template: Template, channel: str, text: Text) -> None:
        """`text` is what an edit starts from."""
        initial = {name: getattr(text, name) for name in (*TITLES, "zh", "en")} | {"based_on": text.version}
        super().__init__(data, initial=initial, auto_id="w_%s")
        self.template, self.channel = template, channel
        if channel == Channel.SMS or not template.title_zh:
            for name in TITLES:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Refuses variables that the message does not have, by field."""
        said = super().clean() or {}
        if not self.errors:
            for name, found in drafting.problems(self.template, self.channel, self.words()).items():
                for problem in found:
                    self.add_error(name, problem)
        return said

    def words(self) -> Words:
        """Returns what was written."""
        said = self.cleaned_data
        return Words(**{name: said.get(name, "") for name in (*TITLES, "zh", "en")})


class CodesForm(forms.Form):
    """The gateway's codes of an approved text message."""

    sms_code = forms.CharField(label=_("Code of the Chinese text"), max_length=64)
    sms_code_en = forms.CharField(
        label=_("Code of the English text"),
        max_length=64,
        required=False,
        help_text=_("Without one English readers get the Chinese text."),
    )


class WishesForm(forms.Form):
    """One tick for each kind of message and way."""

    def __init__(self, data: Any, *, user: User) -> None:
        """Asks what `user` can choose, ticked as it stands."""
        super().__init__(data, auto_id="wish_%s")
        kept = wishes.chosen(user)
        self.kinds: dict[str, list[str]] = {}
        for question in wishes.questions(user):
            self.fields[question.name] = forms.BooleanField(
                label=_way(question), required=False, initial=wishes.answer(question, kept)
            )
            self.kinds.setdefault(str(question.kind.label), []).append(question.name)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Returns the fields by kind, for the page."""
        return [(label, [self[name] for name in names]) for label, names in self.kinds.items()]


class DeviceForm(forms.Form):
    """What a browser says of its subscription (Push API, PushSubscription)."""

    endpoint = forms.CharField(max_length=public_post.MOST_SIGNS)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=40)

    def clean_endpoint(self) -> str:
        """Returns it; refuses what is no public https service."""
        try:
            public_post.check(self.cleaned_data["endpoint"])
        except public_post.NotPublic as error:
            raise forms.ValidationError(_("This browser's notification service cannot be used.")) from error
        return str(self.cleaned_data["endpoint"])

    def clean_p256dh(self) -> str:
        """Returns it; refuses what is no point of P-256 (RFC 8291 section 3.1)."""
        try:
            point = b64url.decode(self.cleaned_data["p256dh"])
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError as error:
            raise forms.ValidationError(_("This is not a key.")) from error
        return str(self.cleaned_data["p256dh"])

    def clean_auth(self) -> str:
        """Returns it; refuses what is not 16 bytes (RFC 8291 section 3.2)."""
        try:
            size = len(b64url.decode(self.cleaned_data["auth"]))
        except ValueError:
            size = 0
        if size != 16:
            raise forms.ValidationError(_("This is not a key."))
        return str(self.cleaned_data["auth"])


def _way(question: wishes.Question) -> Any:
    if question.channel == Channel.IN_APP and question.kind.refusable:
        return _("Tell me of these at all")
    return _WAYS[question.channel]


_WAYS = {
    Channel.IN_APP: _("Ordinary ones together, each morning at eight"),
    Channel.SMS: _("By text message"),
    Channel.EMAIL: _("By e-mail"),
    Channel.WEB_PUSH: _("By notification on my phones"),
}
