# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every guide worked through as a reader does: its files written, its commands run, on a practice server of its own.

How a guide is written, so that this can be done:

``.. code-block:: yaml`` with ``:caption: NAME``
    is a file of that name in the reader's folder (``host_vars/northwind.yml`` makes the folder too). A later one of the same name
    takes its place; one of an inventory plugin of ours gets the server's addresses at its end. Without a caption it is a
    fragment: not run, but every variable, option and module in it has to exist.
``.. code-block:: shell``
    is run, as one script per block, in the reader's folder; ``export`` holds for the rest of the page. Lines begin with what
    ``practised_guide.RUNS`` lists: Ansible's commands and a few of the shell. It has to end with 0.
``.. not run here: REASON``
    a comment before a block that cannot be run: ``make``, ``ansible-galaxy``, ``ansible-builder``, a portal's command line.
``.. practice:``
    a comment before a block, with a mapping in YAML, indented below it. All keys may be left out:

    ``seed``         a file in the reader's folder, in the repository, or the tenants themselves; before the first command.
                     Left out: ``tests/demo/tenants.yml``, Northwind and Fabrikam with a week of sign-ins
    ``environment``  variables of the environment from here on, before what the page exports
    ``job_token``    the variable of the environment that has a token of the issuer ``https://ci.example`` for the subject
                     ``repo:msp/tenants``, whose public key is the file ``../issuer/issuer.pem`` of the seed
    ``before``       a command of what has happened before, run ahead of the block
    ``variables``    variables of Ansible from here on, given to each ``ansible-playbook`` with ``-e``, as the addresses of the
                     practice server are: a guide's inventory is that of a real tenant. What the guide gives with ``-e`` wins
    ``exit``         the block ends with this code in place of 0. ``ansible-playbook`` ends with 2 where a task failed; the last
                     command of the block, since none runs after one that fails
    ``says``         a list of what the block has to print. Blanks, line breaks and quotes do not count
    ``sign_ins``     a list of sign-ins that happen before the block: ``{user, ip}`` and more, as in the practice server's README;
                     ``tenant: northwind.example``, ``app: Syncro SSO`` and ``country: DE`` are the defaults
    ``simulate``     a simulation of days, as in that README
    ``faults``       faults of the practice server from here on, as in that README
    ``by_hand``      ``{POLICY: UPN}``: somebody turns the policy off in the admin center and leaves that account out of it
    ``printed``      true, before ``.. code-block:: text``: each of its lines was printed by the last commands. ``…`` stands for
                     other lines, or for a part of one

A page that writes no ``inventory.yml`` has the one of guide_first_tenant: host ``northwind``, its secret in ``NORTHWIND_SECRET``,
which is set. A run of ansible-playbook takes two seconds or more: a page runs what it is about, and no more.
"""

from __future__ import annotations

import re
import textwrap
from types import SimpleNamespace

import practised_guide
import pytest
import yaml
from guide_pages import CHECKOUT, GUIDES, SHELL, YAML, blocks, blocks_of, fenced, inline_commands, pages
from written_examples import known, mistakes

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.lockout_rules import RULES

COMMAND = re.compile(r"(?:ansible-playbook|ansible-doc(?: -t (?P<type>\w+))?) msp\.entra\.(?P<name>\w+)")
KINDS = {
    None: "plugins/modules/{}.yml",
    "role": "roles/{}",
    "inventory": "plugins/inventory/{}.py",
    "filter": "plugins/filter/{}.yml",
}
READMES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "roles").glob("*/README.md"))]


@pytest.mark.one_ansible
@pytest.mark.parametrize("page", pages())
def test_a_guide_does_what_it_says(page, tmp_path):
    for folder in ("reader", "around"):
        (tmp_path / folder).mkdir()
    practised_guide.PractisedGuide(page, tmp_path / "reader", tmp_path / "around").go_through()


@pytest.mark.parametrize("page", pages())
def test_no_comment_of_a_guide_is_passed_over(page):
    """A misspelt one would be a comment like any other, and what it says never looked at."""
    text = (GUIDES / f"{page}.rst").read_text(encoding="utf-8")
    comments = re.findall(r"^ *\.\. +(?!_|[\w+-]+::|\|)(.*)$", text, re.MULTILINE)
    assert [one for one in comments if not re.match(r"practice:$|not run here: \w", one)] == []
    assert [block.line for block in blocks(page) if block.not_run and block.language not in SHELL] == []


@pytest.mark.parametrize("page", pages())
def test_the_yaml_of_a_guide_is_what_it_is_for(page):
    wrong = [f"line {b.line}: {m}" for b in blocks(page) if b.language in YAML for m in mistakes(b.text)]
    assert wrong == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.parent.name)
def test_the_yaml_of_a_readme_is_what_it_is_for(readme):
    wrong = [
        f"line {block.line}: {mistake}"
        for block in fenced(readme.read_text(encoding="utf-8"))
        if block.language in YAML
        for mistake in mistakes(block.text)
    ]
    assert wrong == []


def test_the_commands_in_sentences_are_of_what_there_is():
    files = [*READMES, *(GUIDES / f"{page}.rst" for page in pages())]
    said = [(file.name, command) for file in files for command in inline_commands(file.read_text(encoding="utf-8"))]
    of_ours = [(name, found, command) for name, command in said if (found := COMMAND.match(command))]
    assert of_ours
    gone = []
    for name, found, command in of_ours:
        kind = (
            "playbooks/{}.yml" if command.startswith("ansible-playbook") else KINDS.get(found["type"], "plugins/{}.py")
        )
        if not found["name"].isupper() and not (CHECKOUT / kind.format(found["name"])).exists():
            gone.append(f"{name}: {command}")
    assert gone == []


def test_the_variables_and_rules_in_sentences_are_of_what_there_is():
    gone = []
    for page in pages():
        text = (GUIDES / f"{page}.rst").read_text(encoding="utf-8")
        gone += [(page, one) for one in re.findall(r"``((?:syncro|fleet_report)_\w+)``", text) if not known(one)]
        gone += [
            (page, one) for one in re.findall(r"``((?:NO|SITE|BREAK|SERVICE)-[A-Z-]+)``", text) if one not in RULES
        ]
    assert gone == []


def practised(text, tmp_path, monkeypatch):
    """A page of that text worked through."""
    for folder in ("reader", "around"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(practised_guide, "blocks", lambda page: blocks_of(textwrap.dedent(text)))
    practised_guide.PractisedGuide("guide_of_a_test", tmp_path / "reader", tmp_path / "around").go_through()


A_COMMAND = """
    .. code-block:: shell

       {}
    """


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (A_COMMAND.format("cat nothing.yml"), "line 2: ended with 1, not 0"),
        (A_COMMAND.format("make demo"), "is not among what is run"),
        ("\n    .. practice:\n       exit: 3" + A_COMMAND.format("test -d ."), "ended with 0, not 3"),
        ("\n    .. practice:\n       says: [something]" + A_COMMAND.format("test -d ."), "is not said"),
        ("\n    .. practice:\n       sings: [something]" + A_COMMAND.format("test -d ."), "no key of practice"),
        (
            A_COMMAND.format("ls")
            + "\n    .. practice:\n       printed: true\n\n    .. code-block:: text\n\n       other.yml\n",
            "not printed",
        ),
    ],
)
def test_a_guide_that_says_otherwise_fails(text, said, tmp_path, monkeypatch):
    monkeypatch.setattr(practised_guide.PractisedGuide, "server", lambda self: SimpleNamespace(url="", ca_file=""))
    with pytest.raises(practised_guide.GuideFailed, match=said):
        practised(text, tmp_path, monkeypatch)


def test_what_a_guide_exports_and_writes_is_there_further_on(tmp_path, monkeypatch):
    monkeypatch.setattr(practised_guide.PractisedGuide, "server", lambda self: SimpleNamespace(url="", ca_file=""))
    written = "\n    .. code-block:: yaml\n       :caption: host_vars/northwind.yml\n\n       accept_risks: []\n"
    environment = "\n    .. practice:\n       environment: {SECRET: practice-secret}\n"
    shown = "\n    .. practice:\n       says: ['accept_risks: []']\n"
    practised(
        written
        + environment
        + A_COMMAND.format("export SECRET=... NAME=northwind")
        + A_COMMAND.format('test "$SECRET $NAME" = "practice-secret northwind"')
        + shown
        + A_COMMAND.format("cat host_vars/$NAME.yml"),
        tmp_path,
        monkeypatch,
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("syncro_sitse: []", "syncro_sitse"),
        ("syncro_sites: [{name: Office, cidr: [198.51.100.10/32]}]", "cidr"),
        ("- msp.entra.named_location: {display_name: Office, ip_range: []}", "ip_range"),
        ("- msp.entra.named_locations: {display_name: Office}", "msp.entra.named_locations"),
        ("plugin: msp.entra.gdap\nexpiring_day: 60", "expiring_day"),
        ("entra_tenants: {hosts: {northwind: {entra_tenant: x}}}", "entra_tenant"),
        ("- {hosts: all, roles: [{role: msp.entra.fleet_report, vars: {fleet_report_paht: x}}]}", "fleet_report_paht"),
        ("tenants: [{name: Northwind, domian: northwind.example}]", "domian"),
        ("collections: [{name: msp.entra, versoin: 0.1.0}]", "versoin"),
        ("a: [", "not YAML"),
    ],
)
def test_a_mistake_in_an_example_is_found(written, said):
    assert [mistake for mistake in mistakes(written) if said in mistake]


def test_an_example_of_no_known_kind_is_found():
    assert mistakes(yaml.safe_dump("a line of text")) != []
