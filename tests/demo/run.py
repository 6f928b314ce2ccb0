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

from graph_emulator.launch import EmulatorFailed, PracticeRefused, RunningEmulator


def main() -> int:
    """Run the demo; 0 if every step held."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        home = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="msp-entra-demo-")))
        try:
            emulator = stack.enter_context(RunningEmulator(HERE / "tenants.yml", directory=home / "emulator"))
            say(
                f"""A practice Entra with two tenants serves on {emulator.url} of this machine. Nothing real is touched, no
                account anywhere is needed, and it is gone when the demo ends. The commands are the ones you would type; of what
                they print, the lines that matter are shown."""
            )
            tell(Demo(emulator, home))
        except (StepFailed, EmulatorFailed, PracticeRefused) as failed:
            put()
            put(getattr(failed, "output", ""))
            print(f"\nThe demo stopped: {failed}.", file=sys.stderr)
            return 1
    put(
        f"\nThat was all, in {time.monotonic() - started:.0f} s. The practice server is stopped, and nothing is left of it."
    )
    put(
        "Next: README.md, 'Your first tenant'. To try more on these two tenants: `make emulator`, and README.md, 'Practising'."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
