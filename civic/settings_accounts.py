"""Signing in: django-allauth, limits, sessions, second factor."""

ACCOUNT_USER_MODEL_EMAIL_FIELD = None
