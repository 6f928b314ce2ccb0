# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: two practice tenants are protected, looked at, deployed again, and tampered with.

Each step is checked, not only shown: the demo ends with an error where one does not hold.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import time

from tenant_view import PracticeTenant

from graph_emulator.launch import RunningEmulator

HERE = pathlib.Path(__file__).parent
INVENTORY = HERE / "inventory.yml"
SEED = HERE / "tenants.yml"

TENANTS = {
    "Northwind MSP": "11111111-1111-4111-8111-111111111111",
    "Fabrikam": "66666666-6666-4666-8666-666666666666",
}


class StepFailed(Exception):
    """A step did not do what the demo says it does."""


def say(text: str) -> None:
    """A paragraph between the steps."""
    print()
    print(textwrap.fill(" ".join(text.split()), width=100))
    sys.stdout.flush()


def headline(number: int, text: str) -> None:
    """The title of a step."""
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold}{number}. {text}{plain}")


class Demo:
    """The practice server, and ansible-playbook pointed at it."""

    def __init__(self, emulator: RunningEmulator, home: pathlib.Path):
        self.emulator = emulator
        self.home = home
        self.tenants = [PracticeTenant(emulator, name, tenant_id) for name, tenant_id in TENANTS.items()]

    def playbook(self, *arguments: str) -> tuple[dict[str, int], str]:
        """Run a playbook as the reader would, show it, and return the recap's sums and the output. Raises StepFailed."""
        shown = [os.path.relpath(a) if a == str(INVENTORY) else a for a in arguments]
        print(f"\n$ ansible-playbook {' '.join(shown)}")
        sys.stdout.flush()
        self.emulator.clear()
        done = subprocess.run(
            [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout.strip("\n"))
        if done.returncode:
            raise StepFailed(f"ansible-playbook ended with {done.returncode}")
        plain = re.sub(r"\033\[[0-9;]*m", "", done.stdout)
        recap = plain.rsplit("PLAY RECAP", 1)[1]
        sums: dict[str, int] = {}
        for name, value in re.findall(r"(\w+)=(\d+)", recap):
            sums[name] = sums.get(name, 0) + int(value)
        return sums, plain

    def _environment(self) -> dict[str, str]:
        """The reader's environment, less what would make the demo behave otherwise than on another machine."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "AZURE_"))}
        return {
            **kept,
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "ANSIBLE_FORCE_COLOR": "1" if sys.stdout.isatty() else "0",
            "ANSIBLE_NOCOLOR": "0" if sys.stdout.isatty() else "1",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0",
            "PRACTICE_URL": self.emulator.url,
            "PRACTICE_CA": str(self.emulator.ca_file),
        }

    def show(self) -> None:
        """What exists in the tenants now, in people's names."""
        for tenant in self.tenants:
            print()
            print(tenant.table())
        sys.stdout.flush()

    def writes(self) -> list[str]:
        """Requests of the last run that would change something."""
        return [
            f"{line['method']} {line['path']}"
            for line in self.emulator.requests()
            if line["method"] in ("POST", "PATCH", "PUT", "DELETE") and not line["path"].endswith(("/token", "/$batch"))
        ]

    def requests(self) -> int:
        """Graph requests of the last run, a batch being one."""
        return sum("/v1.0" in line["path"] and not line.get("batch") for line in self.emulator.requests())


def check(holds: bool, otherwise: str) -> None:
    """Stop the demo where a step does not hold."""
    if not holds:
        raise StepFailed(otherwise)


def tell(demo: Demo) -> None:
    """The story, step by step."""
    inventory = ("-i", str(INVENTORY))

    headline(1, "Deploy")
    say(
        """Part A: a trusted named location a site, and a policy that blocks Syncro from anywhere else, in report-only.
        Part B: MFA at every sign-in for the Syncro service account. For both tenants, as for any number of them."""
    )
    recap, dummy = demo.playbook("msp.entra.deploy", *inventory)
    check(recap["changed"] > 0, "the first deploy changed nothing")

    headline(2, "What is there now")
    demo.show()

    headline(3, "Deploy again")
    say("Nothing to do, so nothing is done: changed=0, and every task costs one request.")
    recap, dummy = demo.playbook("msp.entra.deploy", *inventory)
    check(recap["changed"] == 0, "the second deploy changed something")
    check(demo.writes() == [], f"the second deploy wrote: {demo.writes()}")
    print(f"\nGraph requests of this run, both tenants together: {demo.requests()}, none of them a write.")

    headline(4, "Somebody changes the policy by hand")
    victim = demo.tenants[0]
    victim.tamper("Block Syncro - Outside Trusted IPs", "dana@northwind.example")
    say(
        """In the admin center of Northwind MSP, somebody turned the policy off and left Dana out of it. A check shows it,
        and writes nothing:"""
    )
    recap, output = demo.playbook("msp.entra.deploy", *inventory, "--check", "--diff", "--limit", "northwind")
    check(recap["changed"] == 1, "the check did not show exactly one drifted object")
    check("dana@northwind.example" in output, "the diff does not name who was left out")
    check(demo.writes() == [], f"check mode wrote: {demo.writes()}")
    print("\nRequests that would change something: none. A plain deploy puts it back.")


def main() -> int:
    """Run the demo; 0 if every step held."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        home = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="msp-entra-demo-")))
        emulator = stack.enter_context(RunningEmulator(SEED, directory=home))
        say(
            f"""A practice Entra with two tenants serves on {emulator.url} of this machine. Nothing real is touched, and it is
            gone when the demo ends."""
        )
        try:
            tell(Demo(emulator, home))
        except StepFailed as failed:
            print(f"\nThe demo stopped: {failed}.", file=sys.stderr)
            return 1
    print(f"\nThat was all, in {time.monotonic() - started:.0f} s. The practice server is stopped.")
    print("Next: README.md, 'Your first tenant'.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
