# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: reads the files, binds the port, says ``ready``, serves until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import errno
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from .certificates import ServerCertificate
from .clock import CLOCK
from .fault_file import read_faults
from .request_log import RequestLog
from .seed import read_seed
from .server import ConnectionProtocol, Emulator
from .state_file import StateFile
from .yaml_file import InvalidFile

_PORT_ATTEMPTS = 20
_KEEP_ALIVE_SECONDS = 120


class UsageError(Exception):
    """Something on the command line that cannot be used."""


class _Server(uvicorn.Server):
    """Says when it serves, and ends by SIGTERM and SIGINT with exit status 0."""

    ready_line = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self.ready_line, flush=True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="graph_emulator", description="Microsoft Entra's login and Microsoft Graph v1.0, for one machine."
    )
    parser.add_argument("--port", type=_port, default=8443, help="0 picks a free one (default: 8443)")
    parser.add_argument("--seed", type=Path, required=True, metavar="FILE", help="the tenants, YAML")
    parser.add_argument("--ca-file", type=Path, required=True, metavar="FILE", help="where to write whom to trust, PEM")
    parser.add_argument("--state", type=Path, metavar="FILE", help="loaded if it exists, written after each write")
    parser.add_argument("--request-log", type=Path, metavar="FILE", help="one JSON line a request is added to it")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="faults on purpose, YAML")
    parser.add_argument("--latency-ms", type=_milliseconds, default=0, metavar="N", help="added to each answer")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: 0 to 65535")
    return int(text)


def _milliseconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 600_000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of milliseconds from 0 to 600000")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the emulator; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        faults = read_faults(options.faults)
        CLOCK.set_ahead(faults.clock_skew_seconds)  # the seed's relative dates go by it
        directory = read_seed(options.seed)
        state = StateFile(options.state, directory) if options.state else None
        log = RequestLog(options.request_log)
        sockets = _bound(options.port)
        # After the port: one that is taken belongs to a server whose clients trust the file as it is.
        certificate = ServerCertificate(options.ca_file, by_unknown=faults.by_unknown_authority)
    except (InvalidFile, UsageError) as unusable:
        print(f"graph_emulator: {unusable}", file=sys.stderr)
        return 2
    except OSError as unusable:
        print(f"graph_emulator: {unusable.filename}: {unusable.strerror}", file=sys.stderr)
        return 2
    config = uvicorn.Config(
        Emulator(
            directory,
            faults=faults,
            certificate=certificate,
            log=log,
            state=state,
            latency_ms=options.latency_ms,
        ),
        http=ConnectionProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_level="error",
        date_header=False,  # it would show the true time
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=2,
        ssl_context_factory=lambda _config, _default: certificate.context,
    )
    server = _Server(config)
    server.ready_line = f"ready https://localhost:{sockets[0].getsockname()[1]}"
    server.run(sockets=sockets)
    log.close()
    return 0


def _bound(port: int) -> list[socket.socket]:
    """Return sockets on the loopback addresses of IPv4 and, where there is one, IPv6: the same port on both."""
    for _attempt in range(_PORT_ATTEMPTS):
        first = _listening(socket.AF_INET, "127.0.0.1", port)
        number = first.getsockname()[1]
        try:
            return [first, _listening(socket.AF_INET6, "::1", number)]
        except UsageError:
            first.close()
            if port:
                raise
        except OSError:  # no IPv6 on this machine
            return [first]
    raise UsageError("no port is free on both 127.0.0.1 and ::1")


def _listening(family: int, host: str, port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named: without it an answer in two packets takes 40 ms
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as taken:
        bound.close()
        if taken.errno in (errno.EADDRINUSE, errno.EACCES):
            raise UsageError(
                f"port {port} cannot be used: {taken.strerror}. Name another with --port, or with PORT= of make"
            ) from taken
        raise
    return bound
