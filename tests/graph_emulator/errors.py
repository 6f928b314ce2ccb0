# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors Graph answers with, and the one of the login endpoints (``LoginError``).

Graph's envelope::

    {"error": {"code": "...", "message": "...",
               "innerError": {"message": "...", "date": "...", "request-id": "...", "client-request-id": "..."}}}

``innerError.message`` is there for what the Conditional Access service itself refuses: Graph then puts a sentence that
says nothing into the outer ``message``, and the reason one level down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .clock import now

MALFORMED = "The server could not process the request because it is malformed or incorrect."
INSUFFICIENT_PRIVILEGES = "Insufficient privileges to complete the operation."
MISSING_SCOPES = "You cannot perform the requested operation, required scopes are missing in the token."
APPLICATIONS_UNREADABLE = (
    "Insufficient privileges to create or update policy. Application.Read.All scope is required to add/edit application "
    "condition."
)
NOT_LICENSED = "Your tenant is not licensed for this feature."
SECURITY_DEFAULTS_ON = (
    "Security Defaults is enabled in the tenant. You must disable Security defaults before enabling a Conditional "
    "Access policy."
)


class GraphError(Exception):
    """A refusal in Graph's form. ``problems`` are for the request log only: Graph would not tell the client."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        inner: str | None = None,
        headers: dict[str, str] | None = None,
        problems: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.inner = inner
        self.headers = headers or {}
        self.problems = list(problems)

    def body(self, request_id: str, client_request_id: str) -> dict[str, Any]:
        """Return Graph's error envelope."""
        inner: dict[str, Any] = {"message": self.inner} if self.inner else {}
        inner["date"] = now().strftime("%Y-%m-%dT%H:%M:%S")
        inner["request-id"] = request_id
        inner["client-request-id"] = client_request_id
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


class LoginError(Exception):
    """A refusal in the form of Entra's token endpoint: an OAuth error with an AADSTS number."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(f"AADSTS{number}: {text}")
        self.status = status
        self.error = error
        self.number = number
        self.text = text

    def body(self, trace_id: str, correlation_id: str, base_url: str) -> dict[str, Any]:
        """Return the token endpoint's error document."""
        timestamp = now().strftime("%Y-%m-%d %H:%M:%SZ")
        return {
            "error": self.error,
            "error_description": (
                f"AADSTS{self.number}: {self.text} "
                f"Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
            ),
            "error_codes": [self.number],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"{base_url}/error?code={self.number}",
        }


def bad_request(message: str, problems: Sequence[str] = ()) -> GraphError:
    """Return the 400 of Graph's own front door."""
    return GraphError(400, "BadRequest", message, problems=problems)


def refused(reason: str, problems: Sequence[str] = ()) -> GraphError:
    """Return the 400 of the Conditional Access service: the reason is one level down."""
    return GraphError(400, "BadRequest", MALFORMED, inner=reason, problems=problems)


def unsupported_query(message: str) -> GraphError:
    """Return the 400 for a query that the directory does not serve."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def directory_object_not_found(key: str) -> GraphError:
    """Return the 404 of the directory (users, groups, service principals, ...)."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are not present.",
    )


def premium_needed() -> GraphError:
    """Return the 403 of the reports and logs that come with Entra ID P1 or P2."""
    return GraphError(
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    )


def tenant_not_found() -> GraphError:
    """Return the 404 for a tenant that Entra does not know."""
    return GraphError(404, "Directory_ObjectNotFound", "Unable to read the company information from the directory.")


def resource_not_found(key: str) -> GraphError:
    """Return the 404 of the Conditional Access service."""
    return GraphError(404, "ResourceNotFound", f"Resource '{key}' could not be found.")


def unknown_segment(segment: str) -> GraphError:
    """Return Graph's answer to a path it does not know."""
    return bad_request(f"Resource not found for the segment '{segment}'.")


def method_not_allowed() -> GraphError:
    """Return Graph's answer to a known path with a method it does not take."""
    return GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")


def invalid_token(message: str) -> GraphError:
    """Return the 401 for a missing, broken, expired or foreign token."""
    challenge = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        'client_id="00000003-0000-0000-c000-000000000000"'
    )
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})
