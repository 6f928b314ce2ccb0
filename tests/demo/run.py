# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: a practice tenant on the way from nothing to an enforced restriction and back, next to a second that is not ready.

Each step is checked, not only shown: the demo ends with an error, and with all that the step's playbook printed, where one does
not hold.
"""

from __future__ import annotations

import contextlib
import pathlib
import sys
import tempfile
import time

from playbook import StepFailed
from screen import put, say
from story import HERE, Demo, tell

from graph_emulator.launch import RunningEmulator

INTRODUCTION = """msp.entra lets technicians sign in to Syncro from the sites you list and from nowhere else, and makes
Syncro's service account do MFA at every sign-in. It does so through Conditional Access of Microsoft
Entra, and enforces only what is proven. This is how that goes, on two practice tenants, Northwind and
Fabrikam, with a week of sign-ins."""

NOTHING_REAL = """Nothing real is touched, and no account anywhere is needed: the practice Entra serves on {url} of this
machine, and is gone when the demo ends. The commands are the ones you would type, inventory.yml is a
copy of tests/demo/inventory.yml, and of what the commands print the lines that matter are shown."""


def main() -> int:
    """Run the demo; 0 if every step held."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        home = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="msp-entra-demo-")))
        emulator = stack.enter_context(RunningEmulator(HERE / "tenants.yml", directory=home / "emulator"))
        say(INTRODUCTION)
        say(NOTHING_REAL.format(url=emulator.url))
        demo = Demo(emulator, home)
        try:
            tell(demo)
        except StepFailed as failed:
            put(f"\n{demo.printed}")
            print(f"\nThe demo stopped: {failed}. Above is all that its last playbook printed.", file=sys.stderr)
            return 1
        except Exception:
            # A mistake of the demo's own, which a developer wants to see next to what came before it.
            put(f"\n{demo.printed}")
            raise
    put(
        f"\nThat was all, in {time.monotonic() - started:.0f} s. The practice server is stopped, and nothing is left of it."
    )
    put(
        "Next: README.md, 'Your first real tenant'. To try more on these two tenants: `make emulator`, and README.md, "
        "'Practising'."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
