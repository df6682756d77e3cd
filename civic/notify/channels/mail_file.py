"""Django mail backend for installations without a mail server: mails end in CIVIC_HOME/outbox/mail.log."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from civic.notify.channels import private_file


class EmailBackend(BaseEmailBackend):
    """Used while EMAIL_HOST is not set."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Appends each mail as it would have been sent; returns how many."""
        for mail in email_messages:
            private_file.append("mail.log", mail.message().as_string() + "\n" + "-" * 79 + "\n")
        return len(email_messages)
