"""Signing in: residents and volunteers by phone and code, staff by password and second factor."""

from civic import env
from civic.settings import BEHIND_PROXY, DEMO, HTTPS

STAFF_SECOND_FACTOR = env.read(
    "STAFF_SECOND_FACTOR",
    "0" if DEMO else "1",
    "staff need an authenticator app or passkey; may be 0 only where DEMO=1",
    env.flag,
)
if not (STAFF_SECOND_FACTOR or DEMO):
    raise env.BadEnvironment("STAFF_SECOND_FACTOR=0 cannot be used without DEMO=1: staff read personal data.")

CODES_PER_PHONE = env.read("CODES_PER_PHONE", "5", "sign-in codes one phone gets in an hour", int)
CODES_PER_IP = env.read("CODES_PER_IP", "20", "sign-in codes asked for from one address in an hour", int)
WRONG_PASSWORDS = env.read("WRONG_PASSWORDS", "10", "wrong passwords before the account is locked", int)
LOCKOUT_MINUTES = env.read("LOCKOUT_MINUTES", "15", "minutes an account is locked after them", int)
# The privacy notice in force (templates/about/privacy.html); a new text gets a new version and asks again.
PRIVACY_VERSION = "2026-11"
ELDER_COOKIE = "elder"  # "1" or "0": the text size chosen in this browser, signed in or not
CODE_TRIES = 5
CODE_MINUTES = 10

AUTHENTICATION_BACKENDS = [
    "civic.accounts.backends.AccountBackend",
    "civic.accounts.backends.MembershipBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
# Pages of the console: whoever is not signed in is asked for a password rather than for a phone.
STAFF_PREFIXES = ("/admin/", "/desk/", "/unit/", "/insight/")

ACCOUNT_ADAPTER = "requests_app.landing.LandingAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = CODE_MINUTES * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = CODE_TRIES
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "request_login_code": f"{CODES_PER_IP}/h/ip,{CODES_PER_PHONE}/h/key",
    # Guesses at one code; counted in Redis, under a lock, so that guessing in parallel does not help either.
    "confirm_login_code": f"{CODE_TRIES}/{CODE_MINUTES}m/key",
    "login_failed": f"{WRONG_PASSWORDS * 6}/{LOCKOUT_MINUTES}m/ip,{WRONG_PASSWORDS}/{LOCKOUT_MINUTES}m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0

ACCOUNT_FORMS = {
    "reauthenticate": "civic.accounts.forms.ConfirmPasswordForm",
    "change_password": "civic.accounts.forms.NewPasswordForm",
}

MFA_ADAPTER = "civic.accounts.mfa.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "civic.accounts.forms.SecondFactorForm",
    "reauthenticate": "civic.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "civic.accounts.forms.SetUpAppForm",
    "add_webauthn": "civic.accounts.forms.AddPasskeyForm",
    "authenticate_webauthn": "civic.accounts.forms.PasskeyForm",
    "reauthenticate_webauthn": "civic.accounts.forms.PasskeyAgainForm",
    "edit_webauthn": "civic.accounts.forms.EditPasskeyForm",
}
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
