"""Settings of the API: Django REST framework, how much one caller may ask, and the OpenAPI schema."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from civic import env

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "civic.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["civic.throttles.PerMinute"],
    "DEFAULT_PARSER_CLASSES": ["civic.formats.StrictJson"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "civic.formats.AlwaysJson",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "civic.problems.answer",
}

# Requests a minute; 0 switches a limit off.
API_READS_A_MINUTE = env.read("API_READS_A_MINUTE", "6000", "API readings one account may make a minute", int)
API_WRITES_A_MINUTE = env.read(
    "API_WRITES_A_MINUTE", "1200", "API changes one account may make a minute", int
)
API_STRANGERS_A_MINUTE = env.read(
    "API_STRANGERS_A_MINUTE", "600", "API requests without sign-in one address may make a minute", int
)

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": _("Civic service API"),
    "DESCRIPTION": _(
        "Requests of residents, offers to volunteers and the verbs that lead from placing to rating. "
        "Errors are application/problem+json (RFC 9457); lists come in pages with next and previous."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": False,
    "ENUM_NAME_OVERRIDES": {
        "RequestState": "requests_app.enums.RequestState",
        "OfferState": "requests_app.enums.OfferState",
        "AssignmentState": "requests_app.enums.AssignmentState",
        "ReferralState": "requests_app.enums.ReferralState",
        "TeamState": "volunteers.enums.TeamState",
        "MembershipState": "volunteers.enums.MembershipState",
        "ApprovalState": "civic.cases.enums.ApprovalState",
        "PauseReason": "requests_app.enums.PauseReason",
        "RejectReason": "requests_app.enums.RejectReason",
        "ExemptReason": "requests_app.enums.ExemptReason",
        "DeclineReason": "requests_app.enums.DeclineReason",
        "GiveUpReason": "requests_app.enums.GiveUpReason",
        "Outcome": "requests_app.enums.Outcome",
        "AbortOutcome": ["again", "cancel"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "civic.openapi.with_problems",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
