"""What the OpenAPI description says about signing in by key, and about errors."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "civic.accounts.authentication.TokenAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Returns the header that carries a key."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Token <key>",
        }


PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["type", "title", "status", "detail", "code"],
}


def with_problems(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """Adds to every operation that anything else than success is a problem document; lets shapes overlap."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    other = {
        "description": "",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = other
    for schema in result["components"]["schemas"].values():
        if "oneOf" in schema and "discriminator" not in schema:  # shapes by who asks; one may hold another
            schema["anyOf"] = schema.pop("oneOf")
    return result
