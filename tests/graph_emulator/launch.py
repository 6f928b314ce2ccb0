# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting the emulator from a test, the demo or a benchmark. Needs the standard library and PyYAML only."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

_STOP_SECONDS = 10
_PRACTICE_SECONDS = 300
_PACKAGE_PARENT = Path(__file__).resolve().parent.parent


class EmulatorFailed(Exception):
    """The emulator did not start, or died; the message is what it said."""


class PracticeRefused(Exception):
    """A practice call that cannot be served; the message is everything that is wrong with it."""


class RunningEmulator:
    """An emulator of our own, in a process of its own, on a free port::

        with RunningEmulator(seed, directory=tmp_path) as emulator:
            requests.get(f"{emulator.url}/v1.0/users", verify=emulator.ca_file)

    ``seed`` and ``faults`` are a path or a document; ``directory`` takes the files it makes.
    """

    def __init__(
        self,
        seed: str | Path | dict[str, Any],
        *,
        directory: str | Path,
        request_log: bool = True,
        state: str | Path | None = None,
        faults: str | Path | dict[str, Any] | None = None,
        latency_ms: float = 0,
    ) -> None:
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._log = self._directory / "requests.jsonl" if request_log else None
        self._cleared = 0
        self.ca_file = str(self._directory / "ca.pem")
        self._errors = self._directory / "emulator.err"
        command = [sys.executable, "-m", "graph_emulator", "--port", "0", "--ca-file", self.ca_file]
        command += ["--seed", self._file(seed, "seed.yml")]
        command += ["--request-log", str(self._log)] if self._log else []
        command += ["--state", str(state)] if state else []
        command += ["--faults", self._file(faults, "faults.yml")] if faults else []
        command += ["--latency-ms", str(latency_ms)] if latency_ms else []
        self.clear()
        self._process = self._started(command)
        self.url = self._ready()

    def _file(self, given: str | Path | dict[str, Any], name: str) -> str:
        if not isinstance(given, dict):
            return str(given)
        path = self._directory / name
        path.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
        return str(path)

    def _started(self, command: list[str]) -> subprocess.Popen[str]:
        paths = [str(_PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
        with self._errors.open("w", encoding="utf-8") as errors:
            return subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                text=True,
                env=environment,
            )

    def _ready(self) -> str:
        """Wait for the line that says it serves; the end of the pipe means it died."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith("ready "):
            self.stop()
            raise EmulatorFailed(self._errors.read_text(encoding="utf-8").strip() or "the emulator said nothing")
        return line.split()[1]

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def sign_in(self, tenant: str, **keys: Any) -> dict[str, Any]:
        """Sign somebody in as a person would, and return what became of it. ``tenant`` is an id or a domain::

            emulator.sign_in("northwind.example", user="dana@northwind.example", app="Syncro SSO", ip="198.51.100.7")

        The keys and the answer are described in README.md. Raises PracticeRefused.
        """
        return self._practise(f"{tenant}/sign-ins", keys)

    def simulate(self, tenant: str, simulation: dict[str, Any]) -> dict[str, Any]:
        """Let days of sign-ins have happened, and return their counts. README.md has both. Raises PracticeRefused."""
        return self._practise(f"{tenant}/simulations", simulation)

    def let_entries_arrive(self, tenant: str) -> int:
        """Let readers see the log entries that are on their way, and return how many that were."""
        return int(self._practise(f"{tenant}/arrivals", {})["arrived"])

    @property
    def signing_ca_file(self) -> str:
        """The certificate authority that has really signed: ``ca_file``, unless a fault has another one do it."""
        unknown = f"{self.ca_file}.unknown"
        return unknown if os.path.exists(unknown) else self.ca_file

    def set_faults(self, faults: str | Path | dict[str, Any], tenant: str | None = None) -> None:
        """Let these faults strike in the place of those before, from the next request on; none, with ``{}``::

            emulator.set_faults({"faults": [{"path": "^/users", "nth": [1], "status": 503}]})

        Every rule counts from the beginning. With ``tenant``, an id or a domain, they are that tenant's, in the place of those
        for it alone, and what strikes others goes on. Raises PracticeRefused.
        """
        if not isinstance(faults, dict):
            faults = yaml.safe_load(Path(faults).read_text(encoding="utf-8"))
        self._practise(f"{tenant}/faults" if tenant else "faults", faults)

    def struck(self) -> dict[str, int]:
        """How often each of the faults has struck, by its name; also at requests that are not answered yet."""
        rules = self._practise("faults")["struck"]
        return {
            name: sum(rule["times"] for rule in rules if rule["name"] == name) for name in {r["name"] for r in rules}
        }

    def _practise(self, what: str, document: Any = None) -> dict[str, Any]:
        """Send a document, or read where there is none."""
        request = urllib.request.Request(  # noqa: S310 - our own server, always https
            f"{self.url}/practice/{what}",
            data=None if document is None else json.dumps(document).encode(),
            headers={"Content-Type": "application/json"},
        )
        context = ssl.create_default_context(cafile=self.signing_ca_file)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(request, timeout=_PRACTICE_SECONDS) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                answered = json.load(refusal)
            raise PracticeRefused("\n".join(answered.get("problems", [str(answered)]))) from None
        return found

    def requests(self) -> list[dict[str, Any]]:
        """Return the lines of the request log since the last ``clear``."""
        if self._log is None or not self._log.exists():
            return []
        with self._log.open(encoding="utf-8") as log:
            log.seek(self._cleared)
            # One that has no end is being written.
            return [json.loads(line) for line in log if line.endswith("\n")]

    def clear(self) -> None:
        """Forget the requests so far."""
        self._cleared = self._log.stat().st_size if self._log and self._log.exists() else 0

    def stop(self) -> int:
        """End it and return its exit status."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        return self._process.returncode

    def __enter__(self) -> RunningEmulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
