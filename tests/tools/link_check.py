# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says which links within the documentation lead nowhere, without a network.

.venv/bin/python tests/tools/link_check.py [BUILT]

Without an argument: of the Markdown files of the repository each relative link and anchor, with those that lead to the
repository by its own address, and of the guides each picture and each reference to another guide. What the README links
relatively has to be in the package as well, since whoever has installed it has the README without the repository. With
BUILT, a folder that `make docs` has made, also every link and anchor between its pages, and references to labels of ours
that no page has: Sphinx is told to pass over those to Ansible's own documentation, and so over all.
"""

from __future__ import annotations

import fnmatch
import html.parser
import re
import subprocess
import sys
import typing as t
import urllib.parse
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
GUIDES = CHECKOUT / "docs" / "docsite" / "rst"
OURS = "ansible_collections.msp.entra."
# The address of a file or folder of the repository, and of a picture.
_REPOSITORY = re.compile(
    r"^https://(?:github\.com/msp-entra/msp\.entra/(?:blob|tree)|raw\.githubusercontent\.com/msp-entra/msp\.entra)/main/"
)
_ELSEWHERE = re.compile(r"^(?:[a-z]+:|//)")
_LABEL = re.compile(r"^ *\.\. _([^:]+):", re.MULTILINE)
_REFERENCE = re.compile(r":(?:ansible)?ref:`(?:[^`<]*<)?([^`<>]+)>?`")
_PICTURE = re.compile(r"^ *\.\. (?:image|figure):: *(\S+)", re.MULTILINE)
_FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def of_markdown(file: Path) -> list[str]:
    """The links of a file that lead to no file of the repository, or to no heading of it."""
    text = _FENCED.sub("", file.read_text(encoding="utf-8"))
    wrong = []
    for link in _LINK.findall(text):
        ours = _REPOSITORY.match(link)
        path, dummy, anchor = link[ours.end() if ours else 0 :].partition("#")
        target = (CHECKOUT if ours else file.parent) / path if path else file
        if _ELSEWHERE.match(link) and not ours:
            continue
        if not target.exists():
            wrong.append(f"{file.name}: {link}: there is no such file")
        elif anchor and target.suffix == ".md" and anchor not in _anchors(target):
            wrong.append(f"{file.name}: {link}: there is no such heading")
    return wrong


def out_of_the_package(file: Path) -> list[str]:
    """The relative links of a file of the checkout that lead to what the package does not hold."""
    ignored = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    wrong = []
    for link in _LINK.findall(_FENCED.sub("", file.read_text(encoding="utf-8"))):
        path = link.partition("#")[0]
        parents = [*Path(path).parents, Path(path)]
        if (
            path
            and not _ELSEWHERE.match(link)
            and any(fnmatch.fnmatch(str(one), pattern) for one in parents for pattern in ignored)
        ):
            wrong.append(f"{file.name}: {link}: it is not in the package; give it by its address in the repository")
    return wrong


def _anchors(file: Path) -> set[str]:
    """The anchors that GitHub makes of a file's headings."""
    text = _FENCED.sub("", file.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def of_guides(folder: Path = GUIDES) -> list[str]:
    """Pictures that are not there, and references to a label of a guide that no guide has."""
    texts = {file: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.rst"))}
    labels = {label for text in texts.values() for label in _LABEL.findall(text)}
    wrong = []
    for file, text in texts.items():
        wrong += [
            f"{file.name}: no picture {one}" for one in _PICTURE.findall(text) if not (file.parent / one).exists()
        ]
        wrong += [
            f"{file.name}: no label {one}"
            for one in _REFERENCE.findall(text)
            if one.startswith(f"{OURS}docsite.") and one not in labels
        ]
    return wrong


def of_sources(folder: Path) -> list[str]:
    """References to labels of ours that no page of the built documentation has, by page."""
    texts = {file: file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.rst"))}
    labels = {label for text in texts.values() for label in _LABEL.findall(text)}
    return [
        f"{file.name}: no label {one}"
        for file, text in texts.items()
        for one in sorted(set(_REFERENCE.findall(text)))
        if one.startswith(OURS) and one not in labels
    ]


class _Page(html.parser.HTMLParser):
    """The ids and links of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif name in ("href", "src") and value and not _ELSEWHERE.match(value):
                self.links.add(value)


def of_pages(folder: Path) -> list[str]:
    """Links between built pages that lead to no file, or to no place in it."""
    pages = {file: _Page(file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.html"))}
    wrong = []
    for file, page in pages.items():
        for link in sorted(page.links):
            path, dummy, anchor = urllib.parse.unquote(link).partition("#")
            target = (file.parent / path.partition("?")[0]).resolve() if path else file
            if not target.exists():
                wrong.append(f"{file.name}: {link}: there is no such file")
            elif anchor and target in pages and anchor not in pages[target].ids:
                wrong.append(f"{file.name}: {link}: there is no such place")
    return wrong


def markdown_files() -> list[Path]:
    """Those under version control."""
    shown = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    return [CHECKOUT / line for line in shown.splitlines()]


def main(arguments: t.Sequence[str]) -> int:
    """Print what is wrong; 1 where anything is."""
    wrong = [one for file in markdown_files() for one in of_markdown(file)] + of_guides()
    wrong += out_of_the_package(CHECKOUT / "README.md")
    for built in map(Path, arguments):
        wrong += of_sources(built / "rst") + of_pages((built / "html").resolve())
    print("\n".join(wrong) if wrong else "Every link within the documentation leads somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
