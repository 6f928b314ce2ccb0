# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret and no token in what a run shows at its loudest, nor on disk after it."""

from __future__ import annotations

import os
import pathlib

import ansible_run
import pytest
from practice import SECRET

INFO = {"msp.entra.named_location_info": {}}


def left_behind(home: pathlib.Path, needles: list[str]) -> list[str]:
    """Files under the run's home that hold one of the needles; the test's own playbooks hold the secret on purpose."""
    found = []
    for path in home.rglob("*"):
        if path.is_file() and path.suffix not in (".yml", ".results"):
            text = path.read_bytes().decode("utf-8", "replace")
            found += [str(path) for needle in needles if needle in text]
    return found


def tokens_start() -> str:
    """How every JWT begins."""
    return "eyJ"


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 0),
        ({"client_secret": "a wrong secret"}, 2),
        ({"client_id": "99999999-9999-4999-8999-999999999999"}, 2),
        ({"bogus": SECRET}, 2),
        ({"tenant_id": SECRET}, 2),
    ],
    ids=["success", "wrong secret", "wrong client", "secret in a wrong option beside its own", "secret for the tenant"],
)
def test_nothing_is_shown_and_nothing_is_left(tenant, change, status):
    task = {"msp.entra.named_location": {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"], **change}}
    done = tenant.tasks(task, INFO, arguments=["-vvvv", "--diff"], ANSIBLE_DISPLAY_ARGS_TO_STDOUT="False")
    assert done.returncode == status, done.output
    shown = done.screen + str(done.results)
    for needle in (SECRET, change.get("client_secret", SECRET), tokens_start()):
        assert needle not in shown
    assert left_behind(tenant.home, [SECRET, tokens_start()]) == []


ABOVE = {
    "defaults of the play": ("      client_secret: 'a wrong secret'\n  tasks:\n", ""),
    "the task before": (
        "  tasks:\n",
        "    - msp.entra.named_location_info:\n        client_secret: 'a wrong secret'\n      ignore_errors: true\n",
    ),
    "a key of several lines": (
        "  tasks:\n",
        "    - msp.entra.named_location_info:\n        certificate: |\n          a wrong secret\n      ignore_errors: true\n",
    ),
}


@pytest.mark.parametrize(("defaults", "before"), ABOVE.values(), ids=ABOVE)
def test_a_secret_written_above_a_task_is_not_printed_with_its_source(tenant, tmp_path, defaults, before):
    """Ansible shows the lines above a failed task, and people do write secrets into the lines above."""
    options = "".join(
        f"      {name}: {value!r}\n" for name, value in tenant.defaults().items() if name != "client_secret"
    )
    play = "- hosts: localhost\n  gather_facts: false\n  module_defaults:\n    group/msp.entra.graph:\n" + options
    play += defaults + before + "    - msp.entra.named_location_info:\n"
    (tmp_path / "plain.yml").write_text(play, encoding="utf-8")
    done = ansible_run.run(tmp_path, str(tmp_path / "plain.yml"), "-vvvv")
    assert done.returncode != 0 and "FAILED" in done.output and "a wrong secret" not in done.output


def test_a_defect_of_ours_shows_no_secret(tenant, tmp_path):
    """A forced exception: the first look at the answer of Graph breaks in a way nobody foresaw."""
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import requests\n"
        "def broken(self, *a, **k):\n"
        "    frame = {'headers': k.get('headers'), 'auth': k.get('auth'), 'data': k.get('data')}\n"
        "    raise KeyError('forced ' + str(k.get('data')))\n"
        "requests.Session.request = broken\n",
        encoding="utf-8",
    )
    done = tenant.tasks(INFO, arguments=["-vvvv"], PYTHONPATH=str(tmp_path))
    assert done.returncode != 0 and "forced" in done.of("0")["msg"]
    shown = done.output + str(done.results)
    assert SECRET not in shown and "Traceback" not in shown


def test_a_run_that_is_killed_leaves_no_token(tenant, tmp_path):
    """SIGTERM is how a job is cancelled, and ansible has no time to tidy up then. The run is stopped while a task of it waits."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    waiting = {"ansible.builtin.shell": f"echo here > {fifo} && cat {fifo}", "name": "wait"}
    tenant.emulator.clear()
    with ansible_run.started(tmp_path, [INFO, waiting], tenant.defaults()) as process:
        assert fifo.read_text(encoding="utf-8") == "here\n"
        process.terminate()
        process.wait(timeout=60)
        assert left_behind(tenant.home, [SECRET, tokens_start()]) == []
        assert left_behind(tmp_path / "tmp", [SECRET, tokens_start()]) == []
    assert len(ansible_run.token_requests(tenant.log())) == 1


def test_forks_that_start_together_ask_for_one_token(tenant, tmp_path):
    hosts = {f"h{number}": {"ansible_connection": "local"} for number in range(6)}
    import yaml

    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    play = {
        "name": "Six hosts of one tenant",
        "hosts": "all",
        "gather_facts": False,
        "module_defaults": {"group/msp.entra.graph": tenant.defaults()},
        "tasks": [{"name": "one", **INFO}, {"name": "two", **INFO}],
    }
    playbook = tmp_path / "six.yml"
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    tenant.emulator.clear()
    done = ansible_run.run(tmp_path, str(playbook), "-i", str(inventory), "--forks", "6")
    assert done.returncode == 0, done.output
    assert len(ansible_run.token_requests(tenant.log())) == 1
    assert len(ansible_run.graph_requests(tenant.log())) == 12
