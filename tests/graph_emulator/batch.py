# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``POST /$batch``: up to 20 requests in one, each with its own answer.

The answers come back in reverse order: Graph gives no order either, so a client has to go by their ids.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from .errors import bad_request
from .exchange import Answer, Call

MAX_REQUESTS = 20
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_VERSIONED = re.compile(r"^/*(v1\.0|beta)/", re.IGNORECASE)

Perform = Callable[[Call], Awaitable[Answer]]


async def answer_batch(call: Call, perform: Perform) -> Answer:
    """Answer each request of the batch in turn, those another one depends on first."""
    items = _checked(call.json_object())
    statuses: dict[str, int] = {}
    responses: list[dict[str, Any]] = []
    for item in _in_order(items):
        failed = [one for one in item.get("dependsOn", ()) if statuses[one] >= 400]
        answer = _failed_dependency() if failed else await perform(_sub_call(call, item))
        statuses[item["id"]] = answer.status
        responses.append(_response(item["id"], answer))
    return Answer(body={"responses": responses[::-1]})


def _checked(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the requests, or refuse the whole batch."""
    items = body.get("requests")
    if not isinstance(items, list) or not items:
        raise bad_request("Invalid batch payload format: 'requests' must be a list with at least one request.")
    if len(items) > MAX_REQUESTS:
        raise bad_request(f"Number of batch request steps exceeds the maximum value of {MAX_REQUESTS}.")
    ids: set[str] = set()
    for item in items:
        _check_item(item, ids)
        ids.add(item["id"])
    for item in items:
        if unknown := [one for one in item.get("dependsOn", ()) if one not in ids]:
            raise bad_request(f"Invalid batch payload format: dependsOn names the unknown request id '{unknown[0]}'.")
    return items


def _check_item(item: Any, ids: set[str]) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
        raise bad_request("Invalid batch payload format: a request has no id.")
    if item["id"] in ids:
        raise bad_request(f"Request Id {item['id']} was already used in the batch. Request ids must be unique.")
    if str(item.get("method", "")).upper() not in _METHODS:
        raise bad_request(f"Invalid batch payload format: request '{item['id']}' has no valid method.")
    if not isinstance(item.get("url"), str) or not item["url"] or urlsplit(item["url"]).scheme:
        raise bad_request(f"Invalid batch payload format: request '{item['id']}' has no relative url.")
    if not isinstance(item.get("headers", {}), dict):
        raise bad_request(f"Invalid batch payload format: the headers of request '{item['id']}' are not an object.")
    depends = item.get("dependsOn", [])
    names = isinstance(depends, list) and all(isinstance(one, str) for one in depends)
    if not names or item["id"] in depends:
        raise bad_request(f"Invalid batch payload format: dependsOn of request '{item['id']}' is not valid.")


def _in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the requests so that each follows those it depends on."""
    ordered: list[dict[str, Any]] = []
    done: set[str] = set()
    waiting = list(items)
    while waiting:
        ready = [item for item in waiting if set(item.get("dependsOn", ())) <= done]
        if not ready:
            raise bad_request("Invalid batch payload format: the requests depend on each other in a circle.")
        ordered += ready
        done |= {item["id"] for item in ready}
        waiting = [item for item in waiting if item["id"] not in done]
    return ordered


def _sub_call(call: Call, item: dict[str, Any]) -> Call:
    path, _mark, query = item["url"].partition("?")
    version = call.segments[0]
    path = path if _VERSIONED.match(path) else f"/{version}/{path.lstrip('/')}"
    headers = {name.lower(): str(value) for name, value in item.get("headers", {}).items()}
    return Call(
        method=item["method"].upper(),
        path=path,
        query_string=query,
        headers={"client-request-id": call.client_request_id, **headers},
        body=item.get("body"),
        base_url=call.base_url,
        connection=call.connection,
        batch=call.request_id,
        tenant=call.tenant,
        caller=call.caller,
    )


def _response(request_id: str, answer: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"id": request_id, "status": answer.status, "headers": dict(answer.headers)}
    if answer.body is not None:
        response["headers"].setdefault("Content-Type", "application/json")
        response["body"] = answer.body
    return response


def _failed_dependency() -> Answer:
    return Answer(
        424,
        {
            "error": {
                "code": "FailedDependency",
                "message": "Dependent request failed.",
                "innerError": {},
            }
        },
    )
