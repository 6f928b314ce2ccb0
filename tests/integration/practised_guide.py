# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader with one guide, a folder and a practice server of their own."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import typing as t

import ansible_run
import yaml
from application_keys import Keys
from guide_pages import CHECKOUT, SHELL, YAML, Block, blocks, command_lines
from tenant_view import PracticeTenant

from graph_emulator.launch import RunningEmulator

BIN = pathlib.Path(sys.executable).parent
DEMO = CHECKOUT / "tests" / "demo" / "tenants.yml"
# Whose inventory a page has that does not write one.
FIRST = "guide_first_tenant"
# What a line of a shell block may begin with; what begins with anything else is not run here.
RUNS = {
    "ansible-playbook",
    "ansible-inventory",
    "ansible-doc",
    "ansible-vault",
    "ansible",
    "export",
    "unset",
    "mkdir",
    "cp",
    "ls",
    "cat",
    "test",
    "chmod",
    "openssl",
}
KEYS = {
    *(
        "seed",
        "faults",
        "before",
        "environment",
        "job_token",
        "variables",
        "exit",
        "says",
        "sign_ins",
        "simulate",
        "by_hand",
    ),
    "printed",
}
# What asks Graph.
ASKS = {"ansible-playbook", "ansible-inventory", "ansible"}
# The practice server's addresses, given to each ansible-playbook of the page, whose inventory is a real tenant's. What the page
# itself gives with -e comes later, and wins.
WRAPPER = """#!/bin/sh
exec '{command}' -e '@{variables}' "$@"
"""


class GuideFailed(AssertionError):
    """What a page says, and what came of it."""


class PractisedGuide:
    """Goes through the blocks of a page."""

    def __init__(self, page: str, home: pathlib.Path, around: pathlib.Path):
        self.page = page
        self.home = home
        self._around = around
        self._server: RunningEmulator | None = None
        self._seed: t.Any = DEMO
        self._environment = {"NORTHWIND_SECRET": "practice-secret"}
        self._variables: dict[str, t.Any] = {}
        self._output = ""

    def go_through(self) -> None:
        """Every block, in its order."""
        self._write_inventory()
        try:
            for block in blocks(self.page):
                self._one(block)
        finally:
            if self._server is not None:
                self._server.stop()

    def _one(self, block: Block) -> None:
        unknown = set(block.practice) - KEYS
        if unknown:
            raise GuideFailed(f"{self._at(block)}: no key of practice: {sorted(unknown)}")
        self._seed = block.practice.get("seed", self._seed)
        self._environment |= {name: str(value) for name, value in block.practice.get("environment", {}).items()}
        self._variables |= block.practice.get("variables", {})
        self._let_happen(block)
        if block.language in YAML and block.caption:
            path = self.home / block.caption
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text + self._addresses_in(block.text), encoding="utf-8")
        elif block.language in SHELL and block.not_run is None:
            self._run(block)
        elif block.practice.get("printed"):
            self._compare(block)

    def _addresses_in(self, text: str) -> str:
        """What the file of an inventory plugin needs at its end, since no variable reaches the plugin."""
        if not re.search(r"^plugin: msp\.entra\.", text, re.MULTILINE):
            return ""
        server = self.server()
        return yaml.safe_dump({"login_url": server.url, "graph_url": server.url, "ca_path": server.ca_file})

    def _at(self, block: Block) -> str:
        return f"{self.page}.rst, line {block.line}"

    def _write_inventory(self) -> None:
        """A real reader has it from the first guide."""
        for block in blocks(FIRST):
            if block.caption == "inventory.yml":
                (self.home / "inventory.yml").write_text(block.text, encoding="utf-8")

    def server(self) -> RunningEmulator:
        """The practice server, from the first block on that needs one."""
        if self._server is None:
            seed = self._seed
            if isinstance(seed, str):
                seed = self.home / seed if (self.home / seed).exists() else CHECKOUT / seed
            self._server = RunningEmulator(seed, directory=self._around / "server")
        return self._server

    def _let_happen(self, block: Block) -> None:
        if name := block.practice.get("job_token"):
            issuer = self._around / "issuer"
            issuer.mkdir()
            self._environment[name] = Keys(issuer).assertion()
        for one in block.practice.get("sign_ins", []):
            self.server().sign_in(
                one.pop("tenant", "northwind.example"), **{"app": "Syncro SSO", "country": "DE", **one}
            )
        if "simulate" in block.practice:
            wanted = dict(block.practice["simulate"])
            self.server().simulate(wanted.pop("tenant", "northwind.example"), wanted)
        if "faults" in block.practice:
            self.server().set_faults(block.practice["faults"])
        for name, left_out in block.practice.get("by_hand", {}).items():
            tenant = PracticeTenant(self.server(), "Northwind MSP", "11111111-1111-4111-8111-111111111111")
            tenant.tamper(name, left_out)

    def _run(self, block: Block) -> None:
        lines = command_lines(block.text)
        strange = [line for line in lines if line.split()[0] not in RUNS]
        if strange:
            raise GuideFailed(
                f"{self._at(block)}: {strange[0]!r} is not among what is run. "
                "Say before the block '.. not run here: REASON', or give the line a block of its own."
            )
        lines = [*filter(None, [block.practice.get("before")]), *lines]
        kept = self._around / "exports"
        script = [f"[ ! -e '{kept}' ] || . '{kept}'", f"trap 'export -p >{kept}' EXIT", *self._exports(lines)]
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", "\n".join(script)],
            cwd=self.home,
            # What a seed names, such as a certificate, may have to be made ahead of the server.
            env=self._shell_environment(any(line.split()[0] in ASKS for line in lines)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=ansible_run.LONGEST,
            check=False,
        )
        self._output = done.stdout
        expected = block.practice.get("exit", 0)
        if done.returncode != expected:
            raise GuideFailed(f"{self._at(block)}: ended with {done.returncode}, not {expected}:\n{done.stdout}")
        missing = [word for word in block.practice.get("says", []) if _plain(word) not in _plain(done.stdout)]
        if missing:
            raise GuideFailed(f"{self._at(block)}: {missing} is not said:\n{done.stdout}")

    def _exports(self, lines: t.Iterable[str]) -> list[str]:
        """The lines, with the practice server's values in place of those that the page exports, such as ``SECRET=...``."""
        kept = [f"export {name}={shlex.quote(value)}" for name, value in self._environment.items()]
        for line in lines:
            if line.startswith("export "):
                words = [word for word in line.split() if word.partition("=")[0] not in self._environment]
                kept += [" ".join(words)] if len(words) > 1 else []
            else:
                kept.append(line)
        return kept

    def _shell_environment(self, asks: bool) -> dict[str, str]:
        commands = self._around / "bin"
        commands.mkdir(exist_ok=True)
        path = os.pathsep.join([str(commands), str(BIN), os.environ["PATH"]])
        more = {"PATH": path, **(self._addresses(commands) if asks else {}), **self._environment}
        without_results = ansible_run.environment(self.home, **more)
        # As little as a reader has: neither our callback nor our settings.
        return {
            name: value for name, value in without_results.items() if not re.search("CALLBACK|ANSIBLE_CONFIG", name)
        }

    def _addresses(self, commands: pathlib.Path) -> dict[str, str]:
        """The practice server's, in the environment, and given to each ansible-playbook by a command of that name."""
        server = self.server()
        variables = self._around / "practice.json"
        addresses = {"entra_login_url": server.url, "entra_graph_url": server.url, "entra_ca_path": server.ca_file}
        variables.write_text(json.dumps({**addresses, **self._variables}), encoding="utf-8")
        wrapper = commands / "ansible-playbook"
        wrapper.write_text(WRAPPER.format(command=BIN / "ansible-playbook", variables=variables), encoding="utf-8")
        wrapper.chmod(0o700)
        return {"PRACTICE_URL": server.url, "PRACTICE_CA": server.ca_file}

    def _compare(self, block: Block) -> None:
        """Each line that is shown was printed by the last commands; … stands for others, or for the rest of a line."""
        printed = _plain(self._output)
        for line in block.text.splitlines():
            for part in line.split("…"):
                if _plain(part) not in printed:
                    raise GuideFailed(f"{self._at(block)}: not printed: {part.strip()!r} in\n{self._output}")


def _plain(text: str) -> str:
    """Without line breaks, blanks and the quotes of YAML and JSON, which are the callback's."""
    return "".join(text.split()).replace('"', "").replace("'", "").replace("\\", "")
