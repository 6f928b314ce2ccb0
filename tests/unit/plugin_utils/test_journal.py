# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of all writes: on disk before the write and after it, by whom, and with what Entra calls the requests."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import stat

import pytest
from fake_tenant import LOCATIONS, TENANT_ID, refusal

from ansible_collections.msp.entra.plugins.plugin_utils import durable_lines
from ansible_collections.msp.entra.plugins.plugin_utils.backup import BackupFailed
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import named_location
from ansible_collections.msp.entra.plugins.plugin_utils.graph.claims import Caller
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput, GraphError, OutcomeUnknown
from ansible_collections.msp.entra.plugins.plugin_utils.journal import JournalFailed

OFFICE = {"display_name": "Office", "ip_ranges": ["93.184.216.34/32"]}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "kept" / "journal.jsonl"


@pytest.fixture
def does(tenant, file):
    tenant.caller = Caller("5d1e9a0c-7f0b-4f65-9a57-2b1c1f9f8e22", True, "The automation")

    def ensure(check_mode=False, **options):
        options = named_location.SPEC.validate({"journal_path": str(file), **OFFICE, **options})
        return named_location.ensure(options, tenant.reads(), check_mode)

    return ensure


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_write_is_told_before_and_after(does, file):
    made = does()["named_location"]["id"]
    begun, done = lines(file)
    assert (begun["event"], done["event"]) == ("begun", "done")
    for line in (begun, done):
        assert (line["format"], line["tenant"], line["noun"], line["verb"]) == (
            1,
            TENANT_ID,
            "named location",
            "create",
        )
        assert (line["display_name"], line["check"], line["before"]) == ("Office", False, None)
        assert (
            line["who"]["user"] == pwd.getpwuid(os.getuid()).pw_name
            and line["who"]["entra"]["name"] == "The automation"
        )
    assert (begun["id"], done["id"], done["after"]["id"]) == (None, made, made)
    assert begun["write"] == done["write"] and begun["run"] == done["run"]


def test_it_is_for_its_owner_alone_and_only_added_to(does, file):
    old = os.umask(0)
    try:
        does()
        first = file.read_text(encoding="utf-8")
        does(state="absent")
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.read_text(encoding="utf-8").startswith(first)
    assert [line["verb"] for line in lines(file)] == ["create", "create", "delete", "delete"]


def test_what_changes_nothing_is_not_told(does, file):
    does()
    before = file.read_text(encoding="utf-8")
    does()
    assert file.read_text(encoding="utf-8") == before


def test_a_check_run_tells_what_it_would_do(does, file, tenant):
    does(check_mode=True)
    (line,) = lines(file)
    assert (line["event"], line["check"], line["verb"], line["after"]["displayName"]) == (
        "planned",
        True,
        "create",
        "Office",
    )
    assert tenant.writes() == []


@pytest.mark.parametrize(
    ("fault", "event", "words"),
    [
        pytest.param(refusal(403, "Not you."), "refused", "Not you.", id="refused"),
        pytest.param((OutcomeUnknown("lost."), False), "failed", "Gave up", id="unknown"),
    ],
)
def test_what_goes_wrong_is_told_too(does, file, tenant, fault, event, words):
    tenant.faults, tenant.patience.budget = {"POST": [fault if event == "refused" else fault[0]] * 100}, 40
    with pytest.raises((GraphError, Exception), match=words):
        does()
    begun, ended = lines(file)
    assert (begun["event"], ended["event"]) == ("begun", event) and words in ended["error"]


def test_what_cannot_be_told_is_not_done(does, file, tenant):
    file.parent.mkdir()
    file.mkdir()
    with pytest.raises(JournalFailed, match="so it was not done: create of named location 'Office'"):
        does()
    assert tenant.writes() == [] and tenant.objects[LOCATIONS] == []


def test_a_link_is_not_followed(does, file, tmp_path, tenant):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    file.parent.mkdir()
    file.symlink_to(elsewhere)
    with pytest.raises(JournalFailed):
        does()
    assert elsewhere.read_text(encoding="utf-8") == "" and tenant.writes() == []


def test_what_cannot_be_kept_is_not_told_as_begun(does, file, tmp_path, tenant):
    (tmp_path / "file").touch()
    with pytest.raises(BackupFailed):
        does(backup_path=str(tmp_path / "file"))
    assert not file.exists() and tenant.writes() == []


def test_a_check_run_sees_that_nothing_could_be_kept(does, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BackupFailed, match="is a file, not a folder"):
        does(backup_path=str(tmp_path / "file"), check_mode=True)
    does(backup_path=str(tmp_path / "new"), check_mode=True)
    assert not (tmp_path / "new").exists()


def test_who_it_was_is_not_what_anybody_can_set(does, file, monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "mallory")
    monkeypatch.setenv("SUDO_USER", "dana")
    monkeypatch.setattr(os, "getlogin", lambda: "robin")
    does()
    who = lines(file)[0]["who"]
    assert "mallory" not in who.values()
    assert (who["user"], who["login"], who["sudo_user"]) == (pwd.getpwuid(os.getuid()).pw_name, "robin", "dana")


def test_a_service_has_no_login_and_a_container_no_name(does, file, monkeypatch):
    def none(*_):
        raise OSError(6, "No such device or address")

    monkeypatch.setattr(os, "getlogin", none)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    does()
    assert (lines(file)[0]["who"]["login"], lines(file)[0]["who"]["user"]) == (None, "4000000")


@pytest.mark.parametrize("mode", [0o666, 0o620, 0o602])
def test_a_file_that_others_can_write_is_refused(does, file, tenant, mode):
    file.parent.mkdir()
    file.touch()
    file.chmod(mode)
    with pytest.raises(JournalFailed, match=f"its mode {mode:04o} lets others write it"):
        does()
    assert file.read_text(encoding="utf-8") == "" and tenant.writes() == []


def test_a_file_of_somebody_else_is_refused(does, file, tenant, monkeypatch):
    file.parent.mkdir()
    file.touch(mode=0o600)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(JournalFailed, match="it belongs to user"):
        does()
    assert file.read_text(encoding="utf-8") == "" and tenant.writes() == []


def test_what_is_no_plain_file_is_refused(does, file, tenant):
    file.parent.mkdir()
    os.mkfifo(file, 0o600)
    with pytest.raises(JournalFailed, match="it is no plain file"):
        does()
    assert tenant.writes() == []


@pytest.fixture
def clock(monkeypatch):
    """Time that passes by sleeping alone; ``then`` is called at each sleep."""

    class Clock:
        now, then = 100.0, staticmethod(lambda: None)

        def monotonic(self):
            return self.now

        def sleep(self, seconds):
            self.now += seconds
            self.then()

    monkeypatch.setattr(durable_lines, "time", clock := Clock())
    return clock


@pytest.fixture
def held(file):
    """The file, locked by somebody else."""
    file.parent.mkdir()
    with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield held


def test_a_lock_that_does_not_go_away_is_not_waited_for_without_end(does, file, tenant, clock, held):
    with pytest.raises(JournalFailed, match=rf"{file} cannot be written: another process has kept it locked for 30 s"):
        does()
    assert 30 <= clock.now - 100 < 31 and tenant.writes() == []


def test_a_lock_that_goes_away_is_waited_for(does, file, clock, held):
    clock.then = lambda: clock.now > 101 and fcntl.flock(held, fcntl.LOCK_UN)
    does()
    assert len(lines(file)) == 2 and clock.now < 102


def test_a_new_file_and_its_new_folders_are_on_disk_with_the_first_line(does, file, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda it: synced.append(os.fstat(it).st_ino) or fsync(it))
    does()
    # At the second line, both are known to be there.
    assert synced == [one.stat().st_ino for one in (file, file.parent, file.parent.parent, file)]


@pytest.mark.parametrize("option", ["journal_path", "backup_path"])
def test_an_empty_path_is_no_wish_to_have_none(does, tenant, option):
    with pytest.raises(BadInput, match=f"{option}: is empty; give a path, as with -e {option}="):
        does(**{option: ""})
    assert tenant.writes() == []


@pytest.mark.parametrize("option", ["journal_path", "backup_path"])
def test_a_path_that_yaml_made_a_truth_of_is_refused(does, option):
    with pytest.raises(BadInput, match=f"{option}: is True, as YAML reads yes, on and true without quotes"):
        does(**{option: True})


def test_null_is_left_out(does, file):
    does(journal_path=None)
    assert not file.exists()
