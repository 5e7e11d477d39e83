"""The description of the v1 interface (OpenAPI 3.1), made of the tables that validate."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from careers.applicant import forms
from careers.v1 import fields as v1_fields
from careers.v1 import problems as v1_problems
from careers.v1.views import DOCUMENT_TYPES
from recruiting.choices import DocumentCategory
from recruiting.people.uploads import TYPES

Schema = Mapping[str, Any]

COMPANY = {
    "name": "X-Company-ID",
    "in": "header",
    "required": True,
    "description": "Id of the company, shown beside its API credentials.",
    "schema": {"type": "integer"},
}
UPLOADED = {
    "uuid": {"type": "string", "format": "uuid"},
    "size": {"type": "integer", "description": "Bytes."},
    "mimetype": {"type": "string", "description": "As found out from the file itself."},
    "original_filename": {"type": "string"},
    "extension": {"type": "string", "enum": list(DOCUMENT_TYPES)},
}
FIELD_ERROR = {
    "type": "object",
    "required": ["type", "field", "errors"],
    "properties": {
        "type": {"const": v1_problems.FIELD_ERROR},
        "field": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["reason"],
                "properties": {
                    "reason": {"type": "string", "enum": v1_problems.REASONS},
                    "context": {"type": "object"},
                },
            },
        },
    },
}
SERVICE_ERROR = {
    "type": "object",
    "required": ["id", "status", "title"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "string"},
        "title": {"type": "string"},
    },
}
ERRORS = {
    "type": "object",
    "required": ["errors"],
    "properties": {"errors": {"type": "array", "items": {"anyOf": [FIELD_ERROR, SERVICE_ERROR]}}},
}
UNREADABLE = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["reason"],
            "properties": {"reason": {"type": "string"}},
        }
    },
}


@login_not_required
@require_safe
def description(_request: HttpRequest) -> HttpResponse:
    """Serve the description; anybody may read it, from any page."""
    response = v1_problems.as_json(describe())
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same for people, with the older endpoint: both made of the tables that validate."""
    told = describe()
    context = {
        "endpoints": [
            {
                "path": path,
                **ways["post"],
                "answers": [
                    (status, answer["description"])
                    for status, answer in ways["post"]["responses"].items()
                ],
            }
            for path, ways in told["paths"].items()
        ],
        "tables": [
            (_("Fields of an application"), _rows(v1_fields.APPLICATION)),
            (_("An item of “attributes”, besides the company's own"), _rows(v1_fields.ATTRIBUTES)),
            (_("An item of “files”"), _rows(v1_fields.FILE)),
        ],
        "reasons": v1_problems.REASONS,
        "required": forms.REQUIRED,
        "optional": sorted(forms.KNOWN - set(forms.REQUIRED)),
        "lengths": forms.LENGTHS,
        "extensions": list(TYPES),
        "categories": DocumentCategory.values,
        "address": f"{settings.PUBLIC_URL}/recruiting/applicant",
    }
    return render(request, "careers/api.html", context)


def _rows(table: Sequence[v1_fields.Field]) -> list[tuple[str, bool, str, str]]:
    return [(row.name, row.required, _type(row.kind.schema), row.about) for row in table]


def _type(schema: Schema) -> str:
    """Return in a word what a value looks like."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "")
    words = [" | ".join(kind) if isinstance(kind, list) else str(kind)]
    words += [str(schema[name]) for name in ("format", "maxLength") if name in schema]
    return ", ".join(filter(None, words))


def describe() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Recruiting",
            "version": "1",
            "description": "Send applications: first their documents, then the application itself.",
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "security": [{"token": []}],
        "paths": {
            "/v1/recruiting/applications/documents": {"post": _documents()},
            "/v1/recruiting/applications": {"post": _applications()},
        },
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API access token for recruiting of the company.",
                }
            },
            "schemas": {
                "Application": v1_fields.describe(v1_fields.APPLICATION),
                "Attributes": v1_fields.describe(v1_fields.ATTRIBUTES),
                "Upload": _object(UPLOADED),
                "Errors": ERRORS,
                "Unreadable": UNREADABLE,
            },
        },
    }


def _documents() -> dict[str, Any]:
    kinds = ", ".join(DOCUMENT_TYPES)
    form = _object({"file": {"type": "string", "format": "binary"}})
    return {
        "operationId": "uploadDocument",
        "summary": "Upload one document",
        "description": f"At most 20 MB, one of {kinds}. Name its uuid in an application within a day.",
        "parameters": [COMPANY],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
        "responses": {
            "200": _answer("The document is kept.", "Upload"),
            **_refusals(413, 422),
        },
    }


def _applications() -> dict[str, Any]:
    return {
        "operationId": "createApplication",
        "summary": "Create an application",
        "description": (
            "Values that are null or empty count as not given, unknown keys are kept but have no"
            " meaning. In attributes the names of the schema Attributes are known besides the"
            " company's own."
        ),
        "parameters": [COMPANY],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _reference("Application")}},
        },
        "responses": {"201": {"description": "The application is there."}, **_refusals(413)},
    }


def _refusals(*more: int) -> dict[str, Any]:
    either = {"anyOf": [_reference("Errors"), _reference("Unreadable")]}
    wait = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    answers = {
        "400": _with_schema("Something in the request is wrong.", either),
        "401": {"description": "The token is not one of the company."},
        "405": {"description": "Only POST is answered."},
        "429": {"description": "Too many requests of the company in 60 seconds.", "headers": wait},
        "500": _answer("Something went wrong on our side.", "Errors"),
        "503": _answer("Maintenance.", "Errors") | {"headers": wait},
    }
    known = {413: "What was sent is too large.", 422: "The file is of no kind we take."}
    return answers | {str(status): _answer(known[status], "Errors") for status in more}


def _answer(about: str, schema: str) -> dict[str, Any]:
    return _with_schema(about, _reference(schema))


def _with_schema(about: str, schema: Schema) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}
