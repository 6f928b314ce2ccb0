# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is a fork of the prepared Python is one that nobody can tell from a process of its own."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pathlib
import signal
import subprocess
import sys

import ansible_run
import prepared_python
import pytest
import yaml

# What a command can see of how it was started.
SEEN = """
import gc, json, locale, os, random, resource, signal, sys, tempfile, threading, uuid
streams = (sys.stdin, sys.stdout, sys.stderr)
kinds = ("name", "mode", "encoding", "errors", "line_buffering", "write_through", "closed")
started = {
    "environment": dict(os.environ),
    "arguments": sys.argv,
    "folder": os.getcwd(),
    "path": sys.path,
    "file": __file__,
    "name": __name__,
    "flags": str(sys.flags),
    "parent": os.getppid(),
    "group": os.getpgid(0),
    "session": os.getsid(0),
    "files": sorted(os.listdir("/proc/self/fd"))[:-1],
    "limits": open("/proc/self/limits").read(),
    "mask": os.umask(0o22),
    "signals": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    "streams": [[str(getattr(stream, kind)) for kind in kinds] + [stream.seekable()] for stream in streams],
    "locale": locale.setlocale(locale.LC_ALL),
    "threads": threading.active_count(),
    "temporary": tempfile.gettempdir(),
    "gc": (gc.isenabled(), gc.get_threshold()),
    "warnings": sys.warnoptions,
    "left behind": [hasattr(json, "left"), os.path.exists("left")],
}
"""
TELL = SEEN + "print(json.dumps(started))\nsys.stderr.write(os.path.basename(__file__))\n"
FORKED = "import sys\nprint('msal' in sys.modules)"


@pytest.fixture
def command(tmp_path, monkeypatch):
    """A command in the place of Ansible's, from its text."""

    def written(text):
        file = tmp_path / "command"
        file.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
        file.chmod(0o755)
        return str(file)

    monkeypatch.setattr(prepared_python, "SCRIPTS", tmp_path)
    return written


@contextlib.contextmanager
def begun(kind, command, folder, **more):
    """A run that does not outlast its test, whatever becomes of that."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    with kind(
        command,
        env={**environment, **more},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(kind, command, folder, **more):
    with begun(kind, command, folder, **more) as process:
        return *process.communicate(timeout=60), process.returncode


def both(command, folder, **more):
    """What comes of it in a fork, and in a process of its own."""
    return [ended(kind, command, folder, **more) for kind in (prepared_python.Popen, subprocess.Popen)]


def test_a_playbook(tmp_path):
    tasks = [{"ansible.builtin.debug": {"msg": "{{ 1 + 1 }}"}}, {"msp.entra.named_location": {"name": "Office"}}]
    play = [{"name": "Of a test", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    environment = ansible_run.environment(tmp_path, RESULTS_FILE=str(tmp_path / "results"))
    command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "play.yml"]
    forked, own = both(command, tmp_path, **environment)
    assert forked == own
    assert forked[2] == 2 and "credentials: none given" in forked[0], forked


def test_how_it_is_started(tmp_path, command):
    forked, own = both([command(TELL), "--word", "ä ö"], tmp_path, MORE="of this run")
    assert json.loads(forked[0]) == json.loads(own[0])
    assert forked[1:] == own[1:] == ("command", 0)
    assert json.loads(forked[0])["environment"]["MORE"] == "of this run"


def test_it_is_forked_and_a_child_of_ours(tmp_path, command):
    script = command(FORKED)
    forked, own = both([script], tmp_path)
    assert (forked[0].strip(), own[0].strip()) == ("True", "False")
    with begun(prepared_python.Popen, [script], tmp_path) as process:
        assert os.wait4(process.pid, 0)[0] == process.pid
        process.returncode = 0


@pytest.mark.parametrize(
    "variable", ["PYTHONPATH", "PYTHONHASHSEED", "COVERAGE_PROCESS_START", "LC_ALL", "SSL_CERT_FILE"]
)
def test_what_python_heeds_at_its_start_takes_a_start(tmp_path, command, variable):
    value = {"PYTHONHASHSEED": "7", "LC_ALL": "POSIX"}.get(variable, str(tmp_path / "none"))
    assert ended(prepared_python.Popen, [command(FORKED)], tmp_path, **{variable: value})[0].strip() == "False"


def test_what_the_first_to_ask_has_around_it_does_not_last(tmp_path, command, monkeypatch):
    started = functools.cache(prepared_python._started.__wrapped__)
    monkeypatch.setattr(prepared_python, "_started", started)
    script = command(FORKED)
    with monkeypatch.context() as around:
        around.setenv("PYTHONHASHSEED", "7")
        first = ended(prepared_python.Popen, [script], tmp_path)
    second = ended(prepared_python.Popen, [script], tmp_path)
    started().line.close()
    started().process.wait()
    assert (first[0].strip(), second[0].strip()) == ("False", "True")


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL, signal.default_int_handler])
def test_whether_it_hears_an_interrupt_is_as_with_who_asks(tmp_path, command, handler):
    script = command(FORKED + "\nimport signal\nprint(str(signal.getsignal(signal.SIGINT)).partition(' at ')[0])")
    before = signal.signal(signal.SIGINT, handler)
    try:
        forked, own = both([script], tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    (as_forked, heard), (as_own, heard_alone) = (told[0].splitlines() for told in (forked, own))
    assert (as_forked, as_own, heard) == ("True", "False", heard_alone)


def test_nothing_of_one_is_in_the_next(tmp_path, command):
    script = command(
        SEEN + "json.left = True\nos.environ['LEFT'] = '1'\nos.umask(0)\nos.chdir('/')\nsys.path.append('left')"
    )
    assert ended(prepared_python.Popen, [script], tmp_path, FIRST="1") == ("", "", 0)
    forked, own = both([command(TELL)], tmp_path)
    assert json.loads(forked[0]) == json.loads(own[0])
    assert not {"LEFT", "FIRST"} & set(json.loads(forked[0])["environment"])


def test_chance_is_not_the_same_twice(tmp_path, command):
    script = command("import random, uuid, ssl\nprint(random.random(), uuid.uuid4(), ssl.RAND_bytes(8))")
    first, second = (ended(prepared_python.Popen, [script], tmp_path)[0].split(maxsplit=2) for dummy in range(2))
    assert all(one != other for one, other in zip(first, second, strict=True)), (first, second)


@pytest.mark.parametrize(
    "end",
    [
        "sys.exit(3)",
        "sys.exit('a word')",
        "raise ValueError('x')",
        "os._exit(5)",
        "os.abort()",
        "atexit.register(print, 'last')",
    ],
)
def test_how_it_ends(tmp_path, command, end):
    forked, own = both([command(f"import atexit, os, sys\nprint('first')\n{end}")], tmp_path)
    assert (forked[0], forked[2]) == (own[0], own[2])
    assert forked[1].splitlines()[-1:] == own[1].splitlines()[-1:]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR2])
def test_a_signal(tmp_path, command, number):
    script = command("import signal\nprint('waits', flush=True)\nsignal.pause()")
    codes = []
    for kind in (prepared_python.Popen, subprocess.Popen):
        with begun(kind, [script], tmp_path) as process:
            assert process.stdout.readline() == "waits\n" and process.poll() is None
            process.send_signal(number)
            codes.append(process.wait(60))
    assert codes == [-number, -number]


def test_the_prepared_python_ends_with_the_tests_that_are_killed(tmp_path, command):
    tests = f"""
import signal, sys
sys.path.insert(0, {str(pathlib.Path(prepared_python.__file__).parent)!r})
import prepared_python
print(prepared_python._prepared().process.pid, flush=True)
signal.pause()
"""
    with begun(subprocess.Popen, [command(tests)], tmp_path) as process:
        prepared = int(process.stdout.readline())
        process.kill()
        # It has our end of this pipe as well, for as long as it is there.
        assert process.communicate(timeout=60) == ("", "")
        assert prepared not in ansible_run.living([prepared])
