# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of Ansible's commands that are forks of a Python which has imported what all of them begin with.

Most of what a short run costs is its start: half a second of imports, and of reading Ansible's own tables. A process of the tests
has one such Python, which does nothing but fork; in the fork the command's own script is run from its first line. To whoever
starts it a run is as any other: ``Popen`` is that of ``subprocess``, and the run is a child of the process that asked for it.

What is imported beforehand looks at no setting and no environment. Whatever of Ansible does that (``ansible.constants``, and
all that begins there) and the collection itself are imported by each run. A run that Python would start in another way than the
prepared one was started, as with a PYTHONPATH of its own, gets a Python of its own.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import gc
import importlib
import inspect
import io
import json
import os
import pathlib
import runpy
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import typing as t

# Of Ansible what is the same whatever is set, and first what Ansible itself wants to be first. Of what it and the collection take
# from others, what takes longest.
BEFOREHAND = """
ansible._internal ansible.config.manager ansible.errors ansible.utils.collection_loader ansible.utils.helpers
ansible._internal._ssh._ssh_agent ansible.module_utils.distro ansible.parsing.utils.addresses
cryptography.hazmat.backends.openssl.backend cryptography.hazmat.primitives.ciphers
jinja2.nativetypes jinja2.sandbox msal packaging.specifiers packaging.version requests yaml
argparse configparser ctypes.util curses difflib getpass importlib.metadata logging pprint pty tarfile tomllib uuid
multiprocessing.queues multiprocessing.shared_memory multiprocessing.synchronize xml.dom.minidom xml.etree.ElementTree
""".split()
# The first of Ansible's that looks at settings.
SETTINGS = "ansible.constants"
# Beginnings of variables that Python, or a library that is loaded with it, heeds before the command's first line.
HEEDED = ("PYTHON", "LC_", "LANG", "LD_", "TZ", "MALLOC_", "GLIBC_", "OPENSSL_", "SSL_", "CRYPTOGRAPHY_")
# What else a process has from the one that starts it.
INHERITED = ("Umask:", "SigBlk:", "SigIgn:", "Cpus_allowed:")
# Of the signals there, not the two that are the C library's own, and not the one that a run is told of when it is asked for: what
# is run within a process of the tests, as Ansible and ansible-runner, makes that signal its own.
OTHERS = ~sum(1 << number - 1 for number in (signal.SIGINT, 32, 33))
SCRIPTS = pathlib.Path(sys.executable).parent
PR_SET_CHILD_SUBREAPER = 36
_starting = threading.Lock()


class Popen(subprocess.Popen):
    """That of subprocess, for the commands of this Python's environment, and with as much of it as they need."""

    def __init__(
        self,
        command: t.Sequence[str],
        *,
        env: t.Mapping[str, str],
        cwd: pathlib.Path,
        stdin: int,
        stdout: int,
        stderr: int,
        text: bool = False,
    ) -> None:
        super().__init__(command, env=env, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr, text=text)

    def _execute_child(self, *given: t.Any) -> None:
        call = inspect.signature(super()._execute_child).bind(*given).arguments
        if not _can_be_forked(call["args"][0], call["env"]):
            super()._execute_child(*given)
            return
        pipes = [call[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")]
        try:
            self.pid = _forked(call, [call[name] for name in ("p2cread", "c2pwrite", "errwrite")])
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)


def run(command: t.Sequence[str], *, timeout: float, **how: t.Any) -> subprocess.CompletedProcess[str]:
    """That of subprocess, likewise; what is printed is kept."""
    with Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how) as process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _can_be_forked(command: str, environment: dict[str, str]) -> bool:
    # Coverage measures what a Python does from its first line on.
    if sys.platform != "linux" or any(name.startswith("COVERAGE") for name in environment):
        return False
    return pathlib.Path(command).parent == SCRIPTS and (_heeded(environment), _inherited()) == AT_START


def _heeded(environment: t.Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(HEEDED)}


def _inherited() -> list[str]:
    of_thread = pathlib.Path("/proc/thread-self/status").read_text(encoding="utf-8").splitlines()
    told = [line.split() for line in of_thread if line.startswith(INHERITED)]
    seen = [(name, int(value, 16) & OTHERS if name.startswith("Sig") else value) for name, value in told]
    return [*map(str, seen), pathlib.Path("/proc/self/limits").read_text()]


# What a run has to have in common with the prepared Python. As it is ahead of the first test, so that it does not hang on which
# test is the first to ask for a run, and what that one has changed around itself.
AT_START = (_heeded(os.environ), _inherited() if sys.platform == "linux" else [])


class _Prepared(t.NamedTuple):
    process: subprocess.Popen
    line: socket.socket
    lock: threading.Lock


def _prepared() -> _Prepared:
    """The one of this process."""
    # Tests that run together ask from several threads.
    with _starting:
        return _started()


@functools.cache
def _started() -> _Prepared:
    """It ends when nobody holds the other end of its line any more, however that came about."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            env=AT_START[0],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return _Prepared(process, ours, threading.Lock())


def _forked(call: dict[str, t.Any], files: list[int]) -> int:
    """Ask for a run; returns its process, which is a child of this one."""
    asked = {
        "arguments": [os.fspath(argument) for argument in call["args"]],
        "environment": dict(call["env"]),
        "folder": os.path.abspath(call["cwd"]),
        "deaf": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    }
    prepared = _prepared()
    with prepared.lock:
        # For as long as this takes, a process that loses its parent comes to us, and not to the first of all processes.
        _adopt(True)
        try:
            socket.send_fds(prepared.line, [json.dumps(asked).encode()], files)
            told = [prepared.line.recv(32) for dummy in range(2)]
        finally:
            _adopt(False)
    if told[1] != b"forked":
        raise ChildProcessError(f"{__file__} did not fork; what it says of that is on the screen")
    return int(told[0])


def _adopt(whether: bool) -> None:
    """Whether processes below this one become its children when they lose their parents."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, int(whether), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


# From here on: the prepared Python.


def prepare() -> None:
    """Import, and work out what follows from texts alone: what they are compiled to, and the tables in them."""
    for name in BEFOREHAND:
        importlib.import_module(name)
    if SETTINGS in sys.modules:
        raise SystemExit(f"{SETTINGS} is not to be imported beforehand: it looks at the environment")
    _keep_the_collection_compiled()
    _keep_the_tables()
    # Nothing of this is looked through for what is not needed any more.
    gc.collect()
    gc.freeze()


def _keep_the_collection_compiled() -> None:
    """Ansible compiles a collection's files anew in each process."""
    finder = importlib.import_module("ansible.utils.collection_loader._collection_finder")
    how = {"mode": "exec", "flags": 0, "dont_inherit": True}
    plugins = pathlib.Path(sysconfig.get_path("purelib"), "ansible_collections", "msp", "entra", "plugins")
    files = [file for folder in ("action", "plugin_utils") for file in plugins.joinpath(folder).rglob("*.py")]
    texts = [(file.read_bytes(), str(file)) for file in files]
    kept = {text: compile(*text, **how) for text in texts}

    def compiled(source: t.Any, filename: t.Any, **asked: t.Any) -> t.Any:
        found = kept.get((source, filename)) if asked == how else None
        return found or compile(source, filename, **asked)

    finder.compile = compiled


def _keep_the_tables() -> None:
    """Ansible reads where each of its own plugins has gone to, half a megabyte, in each process."""
    finder = importlib.import_module("ansible.utils.collection_loader._collection_finder")
    read = finder._meta_yml_to_dict
    file = pathlib.Path(importlib.import_module("ansible").__file__).parent / "config" / "ansible_builtin_runtime.yml"
    # Given away once: whoever gets it may change it.
    kept = {file.read_bytes(): read(file.read_bytes(), "ansible.builtin")}
    finder._meta_yml_to_dict = lambda text, content_id: kept.pop(text, None) or read(text, content_id)


def fork_for_each(line: socket.socket) -> dict[str, t.Any]:
    """Returns in the forks only, with what each is to run."""
    while True:
        try:
            asked, files, dummy, dummy = socket.recv_fds(line, 1 << 20, 3)
        except KeyboardInterrupt:
            # It is for the tests, which have us in their group; whoever is to end by it, ends us.
            continue
        if not asked:
            sys.exit()
        held, released = os.pipe()
        between = os.fork()
        if not between:
            # The run's parent ends at once: so the run becomes a child of who asked for it.
            child = os.fork()
            if child:
                line.send(str(child).encode())
                os._exit(0)
            os.close(released)
            os.read(held, 1)
            for own, file in enumerate(files):
                os.dup2(file, own)
                os.close(file)
            os.close(held)
            line.close()
            return json.loads(asked)
        os.waitpid(between, 0)
        # The run begins now, when it has its parent for good.
        for file in (*files, held, released):
            os.close(file)
        line.send(b"forked")


def _open_again(name: str, number: int, mode: str) -> None:
    """One of the three of sys, as Python opens it at its start: whether it is a screen, and can be wound back, is seen there."""
    before = getattr(sys, name)
    raw = io.FileIO(number, mode, closefd=False)
    raw.name = before.name
    buffer = raw if isinstance(before.buffer, io.RawIOBase) else type(before.buffer)(raw)
    by_line = not before.write_through and (name == "stderr" or raw.isatty())
    opened = io.TextIOWrapper(buffer, before.encoding, before.errors, "\n", by_line, before.write_through)
    opened.mode = before.mode
    setattr(sys, name, opened)
    setattr(sys, f"__{name}__", opened)


def main() -> None:
    """What a run finds in sys is what the command's script would find there."""
    number = int(sys.argv[1])
    # This folder is not for what is imported.
    del sys.path[0]
    os.set_inheritable(number, False)
    prepare()
    asked = fork_for_each(socket.socket(fileno=number))
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    # As Python has it at its start.
    signal.signal(signal.SIGINT, signal.SIG_IGN if asked["deaf"] else signal.default_int_handler)
    sys.argv = asked["arguments"]
    sys.path.insert(0, os.path.dirname(sys.argv[0]))
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        _open_again(name, number, mode)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
