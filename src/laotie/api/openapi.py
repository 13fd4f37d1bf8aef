"""Completes the OpenAPI document with what holds for every address."""

from typing import Any

from ninja.openapi.schema import OpenAPISchema

WRITES = {"post", "put", "patch", "delete"}
PROBLEMS = {
    400: "Malformed request or missing Idempotency-Key",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found, or somebody else's",
    409: "Refused by a rule; the code says which",
    413: "Too large",
    422: "A field is wrong; `field` names it",
    429: "Too many requests; Retry-After says when to try again",
}
KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "Same key and same input give the first answer again; same key and other input are refused (409).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"^[\x21-\x7e]{1,100}$"},
}


def complete_schema(schema: OpenAPISchema) -> OpenAPISchema:
    """Add the Idempotency-Key of writes and the problem documents every address may answer with."""
    schema["openapi"] = "3.1.0"
    components: dict[str, Any] = schema["components"].setdefault("schemas", {})
    components["Problem"] = {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "field", "data"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string"},
            "field": {"type": "string"},
            "data": {"type": "object"},
        },
    }
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in schema["paths"].values():
        for method, operation in path.items():
            # Callbacks are signed, not keyed: their own ids make repetition harmless.
            if method in WRITES and not operation["operationId"].endswith(("take_notice", "take_scans", "_quote")):
                operation.setdefault("parameters", []).append(KEY_PARAMETER)
            for status, description in PROBLEMS.items():
                operation["responses"][status] = {"description": description, "content": body}
    return schema
