"""Approvals for programs: HTTP, JSON (`openapi` describes it)."""

from typing import TypeVar

import msgspec

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.approvals.book import Book
from components.notifier.approvals.confirmations import Confirmations
from components.notifier.approvals.openapi import DESCRIPTION
from components.notifier.approvals.request import ApprovalRequest, CancelRequest, ConfirmationRequest
from components.notifier.http import Call, Reply, Route

SCOPE = "approvals"
LONGEST_KEY = 200  # characters of an idempotency key
MOST = 200  # approvals in one list

S = TypeVar("S")


class Api:
    """The routes."""

    def __init__(self, book: Book, confirmations: Confirmations) -> None:
        self._book, self._confirmations = book, confirmations

    def routes(self) -> tuple[Route, ...]:
        """All of them."""
        return (
            Route("POST", "/v1/approvals", self._create, SCOPE),
            Route("GET", "/v1/approvals", self._list, SCOPE),
            Route("GET", "/v1/approvals/{number}", self._get, SCOPE),
            Route("POST", "/v1/approvals/{number}/cancel", self._cancel, SCOPE),
            Route("POST", "/v1/confirmations", self._confirm, SCOPE),
            Route("GET", "/v1/confirmations/{number}", self._confirmed, SCOPE),
            Route("GET", "/v1/openapi.json", self._describe, SCOPE, checks="own"),
        )

    def _create(self, call: Call, transaction: Transaction) -> Reply:
        key = call.headers.get("Idempotency-Key", "")
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise StanzaError("bad-request", f"Idempotency-Key: expected up to {LONGEST_KEY} characters")
        request = _read(call, ApprovalRequest)
        approval, is_new = self._book.create(request, call.token, key, transaction)
        location = {"Location": f"/v1/approvals/{approval.number}"}
        return Reply(approval.json(), 201 if is_new else 200, location)

    def _get(self, call: Call, transaction: Transaction) -> Reply:
        return Reply(self._book.get(_number(call), call.token).json())

    def _list(self, call: Call, transaction: Transaction) -> Reply:
        """The newest first; `before` continues with those before a number."""
        state = call.query.get("state", "")
        if state not in ("", "pending", "approved", "rejected", "cancelled", "expired"):
            raise StanzaError("bad-request", f"state: {state!r} is none")
        limit = _count(call.query.get("limit", "50"), "limit", MOST)
        before = _count(call.query.get("before", str(2**53)), "before", 2**53)
        found = [
            approval
            for number, approval in sorted(self._book.approvals.items(), reverse=True)
            if number < before and approval.token == call.token and state in ("", approval.state)
        ]
        return Reply(
            {"approvals": [approval.json() for approval in found[:limit]], "more": len(found) > limit}
        )

    def _cancel(self, call: Call, transaction: Transaction) -> Reply:
        approval = self._book.get(_number(call), call.token)
        reason = _read(call, CancelRequest).reason if call.body.strip() else ""
        return Reply(self._book.cancel(approval.number, call.token, reason, transaction).json())

    def _confirm(self, call: Call, transaction: Transaction) -> Reply:
        """The same question again, while it is open, asks nobody again."""
        request = _read(call, ConfirmationRequest)
        return Reply(self._confirmations.ask(request, call.token, transaction).json(), 201)

    def _confirmed(self, call: Call, transaction: Transaction) -> Reply:
        return Reply(self._confirmations.get(_number(call), call.token).json())

    def _describe(self, call: Call, transaction: Transaction) -> Reply:
        return Reply(DESCRIPTION)


def _read(call: Call, kind: type[S]) -> S:
    """The body. Raises `bad-request` with the place of what is wrong, such as `$.policy.rule`."""
    try:
        return msgspec.json.decode(call.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StanzaError("bad-request", f"the body: {error}") from None


def _number(call: Call) -> int:
    written = call.path["number"]
    if not (written.isascii() and written.isdecimal()) or len(written) > 18:
        raise StanzaError("item-not-found", f"there is no approval {written}")
    return int(written)


def _count(written: str, name: str, most: int) -> int:
    value = int(written) if written.isascii() and written.isdecimal() and len(written) < 18 else 0
    if not 0 < value <= most:
        raise StanzaError("bad-request", f"{name}: expected 1 to {most}, found {written!r}")
    return value
