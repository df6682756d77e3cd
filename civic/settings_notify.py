"""Settings of messages: gateways, mail server, push key, where links in mails point, when nobody is disturbed."""

from civic import env

SITE_URL = env.read("SITE_URL", "", "address of this installation in mails, https://host").rstrip("/")
SMS_PROVIDER = env.read(
    "SMS_PROVIDER", "file", "file (CIVIC_HOME/outbox/sms.log), console, aliyun, or a class by dotted path"
)
SMS_SIGN_NAME = env.read(
    "SMS_SIGN_NAME", "", "the sender that the gateway has approved, shown in 【】 before every text message"
)
ALIYUN_KEY_ID = env.read("ALIYUN_KEY_ID", "", "AccessKey ID of Aliyun; of a user that may only send messages")
ALIYUN_KEY_SECRET = env.read("ALIYUN_KEY_SECRET", "", "AccessKey secret of Aliyun")
ALIYUN_SMS_URL = env.read(
    "ALIYUN_SMS_URL", "https://dysmsapi.aliyuncs.com", "address of Aliyun's text messages"
)
SMS_REPORT_TOKEN = env.read(
    "SMS_REPORT_TOKEN", "", "secret in the address where the gateway reports; empty: no reports are taken"
)
SMS_PER_PHONE_DAY = env.read("SMS_PER_PHONE_DAY", "10", "ordinary text messages a phone gets in a day", int)
QUIET_HOURS: tuple[int, int] | None = env.read(
    "QUIET_HOURS", "22-7", "hours without ordinary text messages, in CIVIC_TIME_ZONE; empty: none", env.hours
)
MESSAGE_DAYS = env.read("MESSAGE_DAYS", "30", "days after which what was said in a message is deleted", int)

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

VAPID_PRIVATE_KEY = env.read(
    "VAPID_PRIVATE_KEY",
    "",
    "signs notifications to phones (web push); empty: none are offered",
    env.private_key,
)
# Where push services can complain: RFC 8292 section 2.1.
VAPID_SUBJECT = SITE_URL if SITE_URL.startswith("https://") else f"mailto:{DEFAULT_FROM_EMAIL}"
WEB_PUSH_LOCAL = False  # True only in tests: endpoints on this machine, without https
