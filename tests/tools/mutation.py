# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes the code that judges sign-ins and lockouts in small ways, one at a time, and sees whether a test notices.

.venv/bin/python tests/tools/mutation.py [--minutes 30] [MUTANT...]

A change that no test notices has survived. Survivors that cannot be told from the code as it is are listed, with the reason, in
mutation_survivors.yml beside this file; any other is shown with its difference, and is an error.

What was found out is kept in .cache/mutation: a run goes on where the last one stopped, asks again about survivors, and about
functions that have changed. MUTANT is a name as it is shown, with * for any part of it. It reads `mutmut`, which does the work.
"""

from __future__ import annotations

import argparse
import ast
import collections
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import yaml
from working_copy import CHECKOUT, lay_out

PLACE = CHECKOUT / ".cache" / "mutation"
JUDGED = Path(__file__).with_name("mutation_survivors.yml")
COLLECTION = "ansible_collections/msp/entra"
FOLDER = f"{COLLECTION}/plugins/plugin_utils/conditional_access"
MUTATED = [
    f"{FOLDER}/{name}.py"
    for name in (
        *("evaluation", "lockout", "lockout_rules", "policy_lockout"),
        *("location_guard", "way_back", "policy_guard", "site_coverage", "caller", "conditions"),
    )
]
TESTS = f"{COLLECTION}/tests/unit/plugin_utils/conditional_access"
# Not the properties with generated input: a survivor would take them a minute each time.
SELECTED = [
    f"{TESTS}/test_{name}.py"
    for name in (
        *("evaluation_conditions", "evaluation_outcomes", "evaluation_questions", "policy_set", "logged_sign_ins"),
        *("lockout_rules", "lockout_decisions", "ways_past_policies", "guard_judgement", "guard_writes"),
        *("one_location", "one_location_guarded", "one_policy_guarded", "one_policy_way_back", "site_locations"),
        *("service_account", "rollback"),
    )
]
SURVIVED = ("survived", "no tests")
SETTINGS = f"""\
[tool.mutmut]
source_paths = ["ansible_collections"]
only_mutate = {MUTATED!r}
pytest_add_cli_args = ["-c", "{COLLECTION}/pyproject.toml", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = {SELECTED!r}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Look for code that no test looks at.")
    parser.add_argument("--minutes", type=float, default=120, help="stop after so long (default: %(default)s)")
    parser.add_argument("mutants", nargs="*", metavar="MUTANT", help="only these, such as '*policy_lockout*'")
    arguments = parser.parse_args()
    prepare()
    if arguments.mutants:
        run(arguments.mutants, arguments.minutes)
    else:
        survivors = [name for name, outcome in outcomes().items() if outcome in SURVIVED]
        run([], arguments.minutes)
        if survivors:
            run(survivors, arguments.minutes)
    return told(outcomes())


def prepare() -> None:
    """The collection as it is now, and of the copy that is changed only what has not been changed itself."""
    collection = lay_out(PLACE)
    for name in MUTATED:
        undecorate(PLACE / name)
    shutil.rmtree(collection / ".git")
    (PLACE / "pyproject.toml").write_text(SETTINGS)
    kept = {PLACE / "mutants" / name for name in MUTATED}
    for path in (PLACE / "mutants" / "ansible_collections").rglob("*"):
        if path.is_file() and path.with_suffix("") not in kept and path not in kept:
            path.unlink()


def undecorate(path: Path) -> None:
    """Writes ``@property`` as an assignment after the method: mutmut leaves alone what is decorated, and much of it decides."""
    lines = path.read_text().split("\n")
    methods = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    properties = [
        method
        for method in methods
        if len(method.decorator_list) == 1 and ast.unparse(method.decorator_list[0]) == "property"
    ]
    for method in sorted(properties, key=lambda method: -method.lineno):
        lines.insert(method.end_lineno, f"    {method.name} = property({method.name})")
        del lines[method.decorator_list[0].lineno - 1]
    times = path.stat()
    path.write_text("\n".join(lines))
    os.utime(path, (times.st_atime, times.st_mtime))


def run(mutants: list[str], minutes: float) -> None:
    log = PLACE / "log"
    print(f"mutmut is at work; what it prints is in {log.relative_to(CHECKOUT)}", flush=True)
    with log.open("w") as written:
        process = mutmut("run", "--max-children", str(os.cpu_count()), *mutants, stdout=written)
        try:
            code = process.wait(minutes * 60)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            stop(process)
            return
    if code:
        sys.exit(f"{log.read_text()[-3000:]}\nmutmut could not run")


def stop(process: subprocess.Popen) -> None:
    """What is found out is kept as it is found out, so that nothing is lost."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:  # started in the background of a shell it does not hear that
        process.kill()
        process.wait()


def mutmut(*arguments: str, stdout: object) -> subprocess.Popen:
    # Ansible's loader wants whole paths, and the copy that is changed comes before the checkout.
    environment = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(PLACE / "mutants")}
    command = [Path(sys.executable).with_name("mutmut"), *arguments]
    return subprocess.Popen(
        command,
        cwd=PLACE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said(*arguments: str) -> str:
    return mutmut(*arguments, stdout=subprocess.PIPE).communicate()[0]


def outcomes() -> dict[str, str]:
    """What became of each mutant, by its name."""
    if not (PLACE / "mutants" / MUTATED[0]).exists():
        return {}
    return dict(re.findall(r"^ +(\S+): (.+)$", said("results", "--all", "true"), re.MULTILINE))


def told(found: dict[str, str]) -> int:
    judged = {(one["in"], one["is"], one["becomes"]) for one in yaml.safe_load(JUDGED.read_text())["survivors"] or []}
    rows: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    new = []
    for name, outcome in found.items():
        file = name.rpartition(".")[0].rpartition(".")[2]
        if outcome in SURVIVED:
            difference = said("show", name)
            outcome = "judged" if key(name, difference) in judged else "survived"
            new += [(name, difference)] if outcome == "survived" else []
        rows[file][outcome] += 1
    for name, difference in new:
        print(f"\n{name}\n{difference.strip()}")
    kinds = sorted({kind for row in rows.values() for kind in row} | {"killed", "judged", "survived"})
    print(f"\n{'':16}" + "".join(f"{kind:>14}" for kind in kinds))
    for file, row in sorted(rows.items()):
        print(f"{file:16}" + "".join(f"{row[kind]:14}" for kind in kinds))
    all_of_them = sum(sum(row.values()) for row in rows.values())
    # A test that never ends has noticed something, too.
    killed = sum(row["killed"] + row["timeout"] for row in rows.values())
    print(f"\n{killed} of {all_of_them} mutants killed, {len(new)} survived and are not in {JUDGED.name}")
    return 1 if new else 0


def key(name: str, difference: str) -> tuple[str, str, str]:
    """A mutant by its function and its changed lines: its number changes as soon as something else of the function does."""
    lines = [line for line in difference.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    before, after = ("\n".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    file, dummy, mangled = name.rpartition("__mutmut_")[0].rpartition(".")
    function = ".".join(mangled.removeprefix("x").strip("ǁ_").split("ǁ")) if "ǁ" in mangled else mangled[2:]
    return f"{file.rpartition('.')[2]}.{function}", before, after


if __name__ == "__main__":
    sys.exit(main())
