"""The OpenAPI 3.1 description of approvals, made from the types that check the requests."""

from typing import Any

import msgspec

from components.notifier.approvals.request import (
    ApprovalRequest,
    ApprovalShown,
    CancelRequest,
    ConfirmationRequest,
    ConfirmationShown,
)
from settings import VERSION

APPROVAL = {
    "title": "Laptop for the new colleague",
    "requester": "cleo",
    "amount": "1200.00",
    "policy": {"approvers": ["ann", "bob"], "rule": "all"},
}
CONFIRMATION = {"jid": "ann", "id": "a7374jnjlalasdf82", "url": "https://files.example.org/missive.html"}


def _described() -> dict[str, Any]:
    types = (ApprovalRequest, ApprovalShown, CancelRequest, ConfirmationRequest, ConfirmationShown)
    references, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    asked, shown, cancelled, question, answer = references
    schemas["Problem"] = {
        "type": "object",
        "properties": {"error": {"type": "string", "description": "What is wrong, and how to mend it."}},
        "required": ["error"],
    }
    number = {
        "name": "number",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 10**15},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stellwerk approvals", "version": VERSION},
        "security": [{"token": []}],
        "paths": {
            "/v1/approvals": {
                "post": {
                    "summary": "Ask people for a decision",
                    "operationId": "createApproval",
                    "parameters": [_key()],
                    "requestBody": {"required": True, "content": _json(asked, APPROVAL)},
                    "responses": {
                        "201": _response("It is asked for.", shown),
                        "200": _response("It was asked for before, with the same key.", shown),
                        **_problems("400", "401", "403", "409", "413", "429"),
                    },
                },
                "get": {
                    "summary": "Your approvals, the newest first",
                    "operationId": "listApprovals",
                    "parameters": _list_parameters(),
                    "responses": {
                        "200": _response("Some of them.", _listed(shown)),
                        **_problems("400", "401", "403"),
                    },
                },
            },
            "/v1/approvals/{number}": {
                "get": {
                    "summary": "One approval",
                    "operationId": "getApproval",
                    "parameters": [number],
                    "responses": {"200": _response("As it is now.", shown), **_problems("401", "403", "404")},
                }
            },
            "/v1/approvals/{number}/cancel": {
                "post": {
                    "summary": "The decision is not needed any more",
                    "operationId": "cancelApproval",
                    "parameters": [number],
                    "requestBody": {"required": False, "content": _json(cancelled)},
                    "responses": {
                        "200": _response("It is cancelled.", shown),
                        **_problems("400", "401", "403", "404", "409", "413"),
                    },
                }
            },
            "/v1/confirmations": {
                "post": {
                    "summary": "Ask somebody whether a request is theirs (XEP-0070)",
                    "operationId": "createConfirmation",
                    "requestBody": {
                        "required": True,
                        "content": _json(question, CONFIRMATION),
                    },
                    "responses": {
                        "201": _response("It is asked.", answer),
                        **_problems("400", "401", "403", "413", "429"),
                    },
                }
            },
            "/v1/confirmations/{number}": {
                "get": {
                    "summary": "What they have answered; a day long",
                    "operationId": "getConfirmation",
                    "parameters": [number],
                    "responses": {
                        "200": _response("As it is now.", answer),
                        **_problems("401", "403", "404"),
                    },
                }
            },
        },
        "webhooks": {
            "decided": {
                "post": {
                    "summary": "A decision, sent to `callback`, with the headers of Standard Webhooks",
                    "requestBody": {"content": _json(shown)},
                    "responses": {"2XX": {"description": "Taken; anything else is tried again."}},
                }
            }
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "The same key and request, sent again, ask nobody again.",
        "schema": {"type": "string", "maxLength": 200, "pattern": "^[\\x21-\\x7e]*$"},
    }


def _list_parameters() -> list[dict[str, Any]]:
    states = ["pending", "approved", "rejected", "cancelled", "expired"]
    schemas = {
        "state": {"type": "string", "enum": states},
        "limit": {"type": "integer", "minimum": 1, "maximum": 200},
        "before": {"type": "integer", "minimum": 1, "maximum": 10**15},
    }
    return [{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()]


def _listed(shown: Any) -> dict[str, Any]:
    properties = {"approvals": {"type": "array", "items": shown}, "more": {"type": "boolean"}}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _json(schema: Any, example: Any = None) -> dict[str, Any]:
    examples = {"examples": {"usual": {"value": example}}} if example is not None else {}
    return {"application/json": {"schema": schema, **examples}}


def _response(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": _json(schema)}


def _problems(*statuses: str) -> dict[str, Any]:
    problem = {"$ref": "#/components/schemas/Problem"}
    words = {
        "400": "The request is not understood.",
        "401": "No token, or one that is not known.",
        "403": "The token may not do this.",
        "404": "There is no such approval of yours.",
        "409": "It has gone on meanwhile, or the key stands for another request.",
        "413": "The body is too long.",
        "429": "Too much at a time.",
    }
    return {status: _response(words[status], problem) for status in statuses}


DESCRIPTION = _described()
