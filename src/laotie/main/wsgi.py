"""The WSGI application granian serves: the whole site, and a lighter way in for API calls that carry no session.

A call with a bearer token, or a payment provider's signed callback, needs neither session, CSRF, messages nor the
headers of pages, so it goes round the middlewares that make them.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

import django
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.middleware.common import CommonMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laotie.main.settings")


class SessionlessHandler(WSGIHandler):
    """Django's handler with the three middlewares an API call without a session needs."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Wrap the view in language, length and security headers only."""
        assert not is_async
        super().load_middleware()
        chain = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for middleware in (CommonMiddleware, LocaleMiddleware, SecurityMiddleware):
            chain = convert_exception_to_response(middleware(chain))
        self._middleware_chain = chain


django.setup()
_site = WSGIHandler()
_sessionless = SessionlessHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request by the way it came."""
    path = environ.get("PATH_INFO", "")
    is_token = environ.get("HTTP_AUTHORIZATION", "").startswith("Bearer ")
    is_notice = path.startswith("/api/v1/payments/") and path.endswith("/notices")
    handler = _sessionless if path.startswith("/api/") and (is_token or is_notice) else _site
    return handler(environ, start_response)
