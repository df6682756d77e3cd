"""E-mail through Django's configured backend."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext_noop

from civic.notify import templates
from civic.notify.channels.base import CannotDeliver
from civic.notify.models import Message

SUBJECT_LENGTH = 78


class EmailChannel:
    """Plain text mail to the message's address, else to the account's."""

    def deliver(self, message: Message, language: str) -> None:
        """Sends one mail; the subject is the title, else the beginning of the text."""
        address = message.email or (message.user.email if message.user else "")
        if not address:
            raise CannotDeliver(gettext_noop("the recipient has no e-mail address"))
        wording = templates.render(message, language)
        subject = wording.title or wording.body
        body = f"{wording.body}\n\n{settings.SITE_URL}{wording.link}" if wording.link else wording.body
        EmailMessage(" ".join(subject.split())[:SUBJECT_LENGTH], body, to=[address]).send()
