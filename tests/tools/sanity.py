# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs `ansible-test sanity` on the checkout as it is now.

VENV/bin/python tests/tools/sanity.py [ansible-test's own arguments, such as --test pylint]

ansible-test wants its collection in a certain place, keeps its environments in HOME and downloads pip from a server of its
own. Here it gets a copy of the checkout without the tests, a HOME beside it and the pip of this environment, so that nothing
but the package index is needed, and nothing of the user's is touched.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path

from second_python import NEW, find
from working_copy import CHECKOUT, files, lay_out

# What is left out, and why: what cannot run anywhere this runner is used.
LEFT_OUT = {
    "pslint": "there is no PowerShell in this collection, and its checker is not on the package index",
    "shellcheck": "it reads *.sh only, of which there are none",
}
# The tests are three times what is tested, and not in the package; ruff looks at them. Whatever is found is mended, so the lists
# of what may stay, which would be below this folder too, are not missed.
OTHERS_LOOK_AT = "tests/"
# What is left out beside a run with the newer Ansible.
LEFT_TO_THE_NEWER = {
    "pylint": "the newer Ansible brings a newer release of it under the same settings, and it takes longest of all",
}

# ansible-test asks for get-pip.py's command line: packages to install, and two switches that pip itself does not know.
GET_PIP = """\
import subprocess
import sys

wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([{pip_owner!r}, "-m", "pip", "--python", sys.executable, "install", *wanted]))
"""


def main(arguments: list[str]) -> int:
    version = ".".join(map(str, sys.version_info[:2]))
    # One place for each Python: two of these may run at once.
    place = CHECKOUT / ".cache" / f"sanity-{version}"
    home = place / "home"
    provide_pip(home)
    collection = lay_out(place, [name for name in files() if not name.startswith(OTHERS_LOOK_AT)])
    command = [sys.executable, str(Path(sys.executable).with_name("ansible-test")), "sanity", "--python", version]
    command += ["--color", "no"] if not sys.stdout.isatty() else []
    command += [word for test in left_out() for word in ("--skip-test", test)] if "--test" not in arguments else []
    environment = os.environ | {
        "HOME": str(home),
        "PATH": f"{real_interpreter_folder()}{os.pathsep}{os.environ['PATH']}",
    }
    code = subprocess.call(command + arguments, cwd=collection, env=environment, stdin=subprocess.DEVNULL)
    verdict = "findings, see above" if code else "nothing found"
    print(f"ansible-test sanity of ansible-core {package_version('ansible-core')} on Python {version}: {verdict}")
    return code


def left_out() -> list[str]:
    is_beside_newer = sys.version_info < (3, 12) and any(find(version) for version in NEW)
    return [*LEFT_OUT, *(LEFT_TO_THE_NEWER if is_beside_newer else ())]


def provide_pip(home: Path) -> None:
    """Puts our stand-in where this release of ansible-test keeps its download of get-pip.py."""
    source = Path(find_spec("ansible_test").origin).parent / "_internal" / "python_requirements.py"
    version = re.search(r"pip='([0-9.]+)'", source.read_text()).group(1)
    cached = home / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_text(GET_PIP.format(pip_owner=sys.executable))
    # ansible-test hands none of pip's variables on, and the user's own settings are in the HOME we replace.
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    settings = dict(re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed.stdout, re.MULTILINE))
    pip_settings = home / ".config" / "pip" / "pip.conf"
    pip_settings.parent.mkdir(parents=True, exist_ok=True)
    pip_settings.touch(mode=0o600)  # an index address may carry a password
    pip_settings.write_text(
        "\n".join(["[global]", "quiet = 2", *(f"{name} = {value}" for name, value in settings.items()), ""])
    )


def real_interpreter_folder() -> Path:
    # ansible-test looks for python3.X on PATH; a version switcher's stand-in found there may refuse to start.
    return Path(sys.executable).resolve().parent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
