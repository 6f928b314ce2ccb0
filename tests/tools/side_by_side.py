# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one make target beside a row of others, and prints what each said in one piece.

.venv/bin/python tests/tools/side_by_side.py --last test-pytest lint test-sanity

The targets of the row run one after another; of those that pass, the last line is shown. The target named by --last runs
beside them from the start, but its output comes after theirs, so that its closing line ends everything.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description="Run make targets side by side.")
    parser.add_argument("--last", required=True, help="the target whose output comes last")
    parser.add_argument("row", nargs="+", help="the targets to run one after another beside it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        last = start(arguments.last, output)
        try:
            failed = [target for target in arguments.row if not passes(target, Path(folder) / target)]
            if failed:
                print(f"\nFAILED: {' '.join(failed)}. To run one alone: make {failed[0]}")
            print(f"\n{arguments.last}", flush=True)
            follow(last, output)
        finally:
            if last.poll() is None:
                last.terminate()
    return 1 if failed or last.returncode else 0


def passes(target: str, output: Path) -> bool:
    print(f"{target} ...", end=" ", flush=True)
    began = time.monotonic()
    code = start(target, output).wait()
    print(f"{'FAILED' if code else 'ok'} ({time.monotonic() - began:.0f} s)", flush=True)
    text = output.read_text().strip()
    shown = text if code else text.rpartition("\n")[2]
    if shown:
        print("    " + shown.replace("\n", "\n    "), flush=True)
    return code == 0


def start(target: str, output: Path) -> subprocess.Popen[bytes]:
    # MAKEFLAGS would offer the job slots of the make that started us, and they are not ours to hand on. What was set on its
    # command line, such as PYTHON=python3.12, comes through the environment all the same.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    }
    if not sys.stdout.isatty():
        environment["NO_COLOR"] = "1"  # some tools colour their output as soon as they see CI=true
    with output.open("wb") as written:
        return subprocess.Popen(
            ["make", "--no-print-directory", target],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=environment,
        )


def follow(process: subprocess.Popen[bytes], output: Path) -> None:
    """Copies what is in the file and what is still being written to it, until the process is done."""
    with output.open(errors="replace") as written:
        while True:
            ended = process.poll() is not None
            sys.stdout.write(written.read())
            sys.stdout.flush()
            if ended:
                return
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
