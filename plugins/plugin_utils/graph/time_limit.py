# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit on the time of a whole answer, for servers that drip: requests' own timeout begins anew with each byte.

Every read and write of a socket, also those by which http.client reads headers and a proxy's answer, waits no longer than the
limit leaves. A TLS handshake needs none of this: Python gives the whole of it one timeout.
"""

from __future__ import annotations

import contextvars
import functools
import http.client
import socket
import ssl
import time
import typing as t

from .third_party import NewConnectionError

_Done = t.TypeVar("_Done")

_current: contextvars.ContextVar[TimeLimit | None] = contextvars.ContextVar("time limit", default=None)


class TimeLimit:
    """The seconds that one request and its answer have, from the moment when there is a connection. In force inside ``with``."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._ends = 0.0

    def begin(self) -> None:
        """Count from now."""
        self._ends = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """The seconds that are left, none or fewer when it is over."""
        return self._ends - time.monotonic()

    def __enter__(self) -> TimeLimit:
        self.begin()
        self._outer = _current.set(self)
        return self

    def __exit__(self, *dummy: object) -> None:
        _current.reset(self._outer)


def _in_time(self: socket.socket, work: t.Callable[..., _Done], *arguments: t.Any) -> _Done:
    """One piece of work of a socket within its own timeout and what is left. Raises TimeoutError."""
    limit, own = _current.get(), self.gettimeout()
    if limit is None:
        return work(*arguments)
    left = limit.left
    if left <= 0:
        raise TimeoutError("The time for the whole answer is over")
    if own is not None and own <= left:
        return work(*arguments)
    self.settimeout(left)
    try:
        return work(*arguments)
    finally:
        self.settimeout(own)


class TimelySocket(socket.socket):
    """Without TLS: a proxy is asked for the way on such a one."""

    def recv(self, *arguments: t.Any) -> bytes:
        return _in_time(self, super().recv, *arguments)

    def recv_into(self, *arguments: t.Any) -> int:
        return _in_time(self, super().recv_into, *arguments)

    def send(self, *arguments: t.Any) -> int:
        return _in_time(self, super().send, *arguments)

    def sendall(self, *arguments: t.Any) -> None:
        return _in_time(self, super().sendall, *arguments)


class TimelyTls(ssl.SSLSocket):
    """With TLS: recv, recv_into and sendall of ssl.SSLSocket go through these two."""

    def read(self, *arguments: t.Any) -> t.Any:
        return _in_time(self, super().read, *arguments)

    def send(self, *arguments: t.Any) -> int:
        return _in_time(self, super().send, *arguments)


class Connecting:
    """What a connection of urllib3's does in the same way and within the limit. What goes wrong before there is a TLS connection
    is told apart from what goes wrong on one: then the server has not seen the request."""

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()  # type: ignore[misc]  # of the class that this is mixed into
        timeout = made.gettimeout()
        timely = TimelySocket(made.family, made.type, made.proto, fileno=made.detach())
        timely.settimeout(timeout)
        if limit := _current.get():
            limit.begin()
        return timely

    def connect(self) -> None:
        """Raises NewConnectionError, or ssl.SSLCertVerificationError, which trying again does not mend."""
        try:
            super().connect()  # type: ignore[misc]  # of the class that this is mixed into
        except ssl.SSLCertVerificationError:
            raise
        except (OSError, http.client.HTTPException) as error:
            # Whoever shows it takes the words behind the last colon.
            words = f"no TLS connection came about ({error})".replace(": ", ", ")
            raise NewConnectionError(t.cast(t.Any, self), words) from error


@functools.cache
def timely(pool: type) -> type:
    """A class of urllib3's connection pools, direct or through a proxy of any kind, with connections that keep to the limit."""
    connection = type("TimelyConnection", (Connecting, t.cast(t.Any, pool).ConnectionCls), {})
    return type("TimelyPool", (pool,), {"ConnectionCls": connection})
