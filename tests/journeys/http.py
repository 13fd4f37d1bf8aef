"""A person calling the API in tests: a token, JSON both ways, a fresh Idempotency-Key per write."""

import itertools
import json
from typing import Any

from django.test import Client

from laotie.core.actor import person
from laotie.people import operations as people
from laotie.people.contracts import TOKEN_SCOPES
from laotie.people.tests.makers import NOW

_keys = itertools.count(1)


class Caller:
    """Somebody with a token that may do everything its person may."""

    def __init__(self, account_id: int | None) -> None:
        """Make a token for the account; None calls without one."""
        self._client = Client()
        self._headers: dict[str, str] = {}
        if account_id is not None:
            secret, _token = people.create_token(
                actor=person(account_id), name="tests", scopes=TOKEN_SCOPES, expires_at=None, now=NOW
            )
            self._headers["Authorization"] = f"Bearer {secret}"

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        """Read, and return status and body."""
        answer = self._client.get(f"/api/v1{path}", query, headers=self._headers)
        return answer.status_code, answer.json()

    def post(self, path: str, body: Any = None, *, key: str = "", method: str = "post") -> tuple[int, Any]:
        """Write, and return status and body."""
        headers = {**self._headers, "Idempotency-Key": key or f"key-{next(_keys)}"}
        send = getattr(self._client, method)
        answer = send(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=headers)
        return answer.status_code, answer.json() if answer.content else None
