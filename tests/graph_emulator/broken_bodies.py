# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers with a body that no client should believe: cut off, not JSON, not an object, empty, without an end, byte by byte.

An answer that has no body (204) has nothing to break, and goes out as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import Response, StreamingResponse

Application = Callable[[Any, Any, Any], Any]

_NOT_JSON = b"<html><head><title>Please wait</title></head><body>The page you asked for is on its way.</body></html>"
_ITEM = b'{"id":"00000000-0000-4000-8000-000000000000","displayName":"One of many","isTrusted":false},'
_CHUNK = _ITEM * 500

# What comes at once of an answer whose rest comes byte by byte.
_STATUS_LINE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_BETWEEN_BYTES = 0.05
# A TLS record of application data that nobody has encrypted.
_NO_RECORD = b"\x17\x03\x03\x00\x20" + b"A" * 32


def broken(response: Response, how: str) -> Application:
    """Return what sends the answer in a broken form: a key of ``BROKEN``."""
    return BROKEN[how](response) if response.body else response


async def until_gone(receive: Any) -> None:
    """Wait until the connection has ended."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _truncated(response: Response) -> Application:
    """Half of the bytes, and then the end: ``Content-Length`` is of the whole."""

    async def send_half(scope: Any, receive: Any, send: Any) -> None:
        scope["connection"].waits_for_client = True
        half = response.body[: len(response.body) // 2]
        headers = response.raw_headers
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["connection"].transport.close()  # what is on its way still gets there, as it would not after an abort
        await until_gone(receive)

    return send_half


def _with(body: Callable[[bytes], bytes]) -> Callable[[Response], Application]:
    return lambda response: Response(body(bytes(response.body)), response.status_code, _headers(response))


def _endless(response: Response) -> Application:
    stream = StreamingResponse(_more_and_more(), response.status_code, _headers(response))

    async def send_on_and_on(scope: Any, receive: Any, send: Any) -> None:
        scope["connection"].waits_for_client = True
        await stream(scope, receive, send)

    return send_on_and_on


def _dripping(start: bytes) -> Callable[[Response], Application]:
    """Blanks, one after the other, that belong to the headers or the body, whichever ``start`` leaves open."""

    async def drip(scope: Any, receive: Any, _send: Any) -> None:
        connection = scope["connection"]
        connection.waits_for_client = True
        connection.transport.write(_STATUS_LINE + start)
        gone = asyncio.ensure_future(until_gone(receive))
        while not gone.done():
            connection.transport.write(b" ")
            await asyncio.wait({gone}, timeout=_BETWEEN_BYTES)

    return lambda _response: drip


async def _send_damaged(scope: Any, receive: Any, _send: Any) -> None:
    connection = scope["connection"]
    connection.waits_for_client = True
    with connection.transport.get_extra_info("socket").dup() as below_tls:
        below_tls.send(_NO_RECORD)
    await until_gone(receive)


def _headers(response: Response) -> dict[str, str]:
    """Return the headers less the length, which is another one now."""
    return {name: value for name, value in response.headers.items() if name != "content-length"}


async def _more_and_more() -> AsyncIterator[bytes]:
    yield b'{"value":['
    while True:
        yield _CHUNK
        await asyncio.sleep(0)  # others want to be served meanwhile


BROKEN: dict[str, Callable[[Response], Application]] = {
    "truncated": _truncated,
    "invalid_json": _with(lambda body: _NOT_JSON),
    "empty": _with(lambda body: b""),
    "other": _with(lambda body: b"[" + body + b"]"),
    "endless": _endless,
    "dripping": _dripping(b"Content-Length: 60000\r\n\r\n"),
    "dripping_headers": _dripping(b"X-Slow: "),
    "dripping_chunk": _dripping(b"Transfer-Encoding: chunked\r\n\r\nffff\r\n"),
    "dripping_until_close": _dripping(b"\r\n"),
    "damaged": lambda _response: _send_damaged,
}
