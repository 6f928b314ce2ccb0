# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be in the package that Galaxy gets, and what must not: files that git does not know, weight, secrets."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

from working_copy import tracked

NEEDED = {"COPYING", "MANIFEST.json", "FILES.json", "README.md", "CHANGELOG.md", "changelogs", "meta", "plugins"}
# The build takes what nobody told it to leave out, so what may be in the package is listed here.
ALLOWED = NEEDED | {
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs",
    "execution_environment",
    "extensions",
    "playbooks",
    "requirements.txt",
    "roles",
    "tests",
}
# Below these, the same.
ALLOWED_BELOW = {"docs": {"docsite"}, "tests": {"sanity"}}
# The build writes these itself.
WRITTEN = {"MANIFEST.json", "FILES.json"}
# A little above what it weighs; whoever adds weight on purpose changes the number.
HEAVIEST = 530 * 1024
SECRET_NAMES = re.compile(r"(^|/)(\.env|id_[a-z0-9]+|[^/]*\.(pem|key|pfx|p12|jsonl|vault))$")
SECRETS = {
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    "a token": re.compile(rb"\beyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\."),
    "an encrypted file": re.compile(rb"\A\$ANSIBLE_VAULT"),
}


def problems(package: Path) -> list[str]:
    """What is in a built package and should not be, and what is not in it and should."""
    with tarfile.open(package) as archive:
        files = {one.name: archive.extractfile(one).read() for one in archive.getmembers() if one.isfile()}
    found = [f"{name} is in the package; see build_ignore in galaxy.yml" for name in sorted(_strangers(files))]
    found += [f"{name} is not in the package" for name in sorted(NEEDED - {name.split("/")[0] for name in files})]
    found += [f"{name} is in the package, and git does not know it" for name in sorted({*files} - WRITTEN - tracked())]
    found += [
        f"{name} is in the package, and by its name is a secret" for name in sorted(files) if SECRET_NAMES.search(name)
    ]
    found += [
        f"{name} is in the package, and has {what} in it"
        for name, content in sorted(files.items())
        for what, pattern in SECRETS.items()
        if pattern.search(content)
    ]
    if package.stat().st_size > HEAVIEST:
        heavy = sorted(files, key=lambda name: -len(files[name]))[:5]
        found.append(
            f"the package is {package.stat().st_size // 1024} KiB, and {HEAVIEST // 1024} are allowed (HEAVIEST in "
            f"tests/tools/package_contents.py); its largest files are {', '.join(heavy)}"
        )
    return found


def _strangers(files: dict[str, bytes]) -> set[str]:
    places = {tuple(name.split("/")[:2]) for name in files}
    return {
        "/".join(place[: 1 if place[0] not in ALLOWED else 2])
        for place in places
        if place[0] not in ALLOWED or (place[0] in ALLOWED_BELOW and place[1] not in ALLOWED_BELOW[place[0]])
    }
