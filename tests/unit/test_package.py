# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is packed where somebody has worked in a checkout: what git knows, and nothing of a tenant's."""

from __future__ import annotations

import subprocess
import sys
import tarfile

import pytest
from documented import CHECKOUT, tool

pytestmark = pytest.mark.one_ansible

KNOWN = {"galaxy.yml": None, "README.md": "It.\n", "plugins/modules/some.py": "\n"}
STRAYS = ("hosts.yml", "prod/hosts", "customers.yml", "reports/report.json", "conditional-access/northwind.yml")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with files that git knows, and others."""
    place = tmp_path / "checkout"
    for name, content in {**KNOWN, **dict.fromkeys(STRAYS, "a tenant's\n")}.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((CHECKOUT / name).read_text(encoding="utf-8") if content is None else content, encoding="utf-8")
    for command in (["init", "--quiet"], ["add", *KNOWN]):
        subprocess.run(["git", *command], cwd=place, check=True)
    monkeypatch.syspath_prepend(str(CHECKOUT / "tests" / "tools"))
    package = tool("package")
    monkeypatch.setattr(sys.modules["working_copy"], "CHECKOUT", place)
    return package


def test_nothing_but_what_git_knows_is_packed(checkout, tmp_path):
    package = checkout.built(tmp_path / "made")
    with tarfile.open(package) as archive:
        names = {one.name for one in archive.getmembers() if one.isfile()}
    assert names == {*KNOWN, "MANIFEST.json", "FILES.json"} - {"galaxy.yml"}
