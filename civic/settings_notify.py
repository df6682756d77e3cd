"""Settings of messages: gateways, mail server, where links in mails point."""

from civic import env

SITE_URL = env.read("SITE_URL", "", "address of this installation in mails, https://host").rstrip("/")
SMS_PROVIDER = env.read(
    "SMS_PROVIDER", "file", "file (CIVIC_HOME/outbox/sms.log), console, or a class by dotted path"
)

EMAIL_HOST = env.read("EMAIL_HOST", "", "mail server; empty: mails are written to CIVIC_HOME/outbox/mail.log")
EMAIL_PORT = env.read("EMAIL_PORT", "587", "port of the mail server", int)
EMAIL_HOST_USER = env.read("EMAIL_HOST_USER", "", "name at the mail server")
EMAIL_HOST_PASSWORD = env.read("EMAIL_HOST_PASSWORD", "", "password at the mail server")
EMAIL_USE_TLS = env.read("EMAIL_USE_TLS", "1", "STARTTLS with the mail server", env.flag)
DEFAULT_FROM_EMAIL = env.read("DEFAULT_FROM_EMAIL", "civic@localhost", "sender of mails")
# Less than what deliver.SEND_AT_MOST leaves of a lease.
EMAIL_TIMEOUT = 15
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "civic.notify.channels.mail_file.EmailBackend"
)
