# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup of a run: on disk before the write, for its owner alone, and read again whole or not at all."""

from __future__ import annotations

import datetime
import json
import multiprocessing
import os
import stat

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.backup import Backup, BackupFailed, Intent, entry_of, read
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput

OFFICE = {"id": "1", "displayName": "Büro", "isTrusted": True}
WRITE = ("named location", "update", "1", OFFICE, {**OFFICE, "isTrusted": False})


@pytest.fixture
def backup(tmp_path):
    return Backup(str(tmp_path / "backups"))


def keep(backup, *write, tenant="the tenant"):
    backup.keep(entry_of(tenant, Intent(*write)))


def test_what_is_kept_is_read_again(backup):
    before = datetime.datetime.now(datetime.UTC)
    keep(backup, *WRITE)
    keep(backup, "named location", "create", None, None, OFFICE)
    backup.note(id="2")
    backup.note(after={**OFFICE, "id": "2"})
    first, second = read(str(backup.file)).entries
    assert (first.tenant, first.noun, first.verb, first.id, first.before, first.after) == ("the tenant", *WRITE)
    assert (second.verb, second.id, second.before, second.after) == ("create", "2", None, {**OFFICE, "id": "2"})
    assert first.write != second.write
    age = (datetime.datetime.fromisoformat(first.at) - before).total_seconds()
    assert -1 < age < 60


def test_it_is_for_its_owner_alone(backup):
    old = os.umask(0)
    try:
        keep(backup, *WRITE)
    finally:
        os.umask(old)
    assert stat.S_IMODE(backup.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.file.parent.stat().st_mode) == 0o700


def test_all_tasks_of_a_run_share_a_file(tmp_path):
    one, other = Backup(str(tmp_path)), Backup(str(tmp_path))
    keep(one, *WRITE, tenant="one")
    keep(other, *WRITE, tenant="other")
    assert one.file == other.file
    assert [entry.tenant for entry in read(str(one.file)).entries] == ["one", "other"]


def _keep_many(folder, tenant):
    backup = Backup(folder)
    for number in range(50):
        keep(backup, "policy", "update", str(number), {"text": "x" * 9000}, None, tenant=tenant)


def test_forks_that_write_at_once_leave_whole_lines(tmp_path):
    context = multiprocessing.get_context("fork")
    forks = [context.Process(target=_keep_many, args=(str(tmp_path), f"tenant {n}")) for n in range(4)]
    for fork in forks:
        fork.start()
    for fork in forks:
        fork.join()
    entries = read(str(Backup(str(tmp_path)).file)).entries
    assert len(entries) == 200
    for number in range(4):
        own = [int(entry.id) for entry in entries if entry.tenant == f"tenant {number}"]
        assert own == list(range(50))


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    backup = Backup(None)
    keep(backup, *WRITE)
    backup.note(id="1")
    assert (backup.result(), backup.where_it_is(), list(tmp_path.iterdir())) == ({}, [], [])


def test_the_file_is_told_where_something_is_in_it(backup):
    assert backup.result() == {} and backup.where_it_is() == []
    keep(backup, *WRITE)
    assert backup.result() == {"backup_file": str(backup.file)}
    assert str(backup.file) in backup.where_it_is()[0]


def test_a_link_is_not_followed(backup, tmp_path):
    backup.file.parent.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    backup.file.symlink_to(elsewhere)
    with pytest.raises(BackupFailed, match="it was not changed: update of named location 'Büro'"):
        keep(backup, *WRITE)
    assert elsewhere.read_text() == "" and backup.result() == {}


def test_a_folder_that_is_none(tmp_path):
    """And what can be done about it on the command line too, where the inventory names the folder."""
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "sub"):
        backup = Backup(str(folder))
        for does, so in (
            (lambda: keep(backup, *WRITE), "so it was not changed: update of named location 'Büro'. "),  # noqa: B023
            (backup.could_keep, "would not change it. "),
        ):
            with pytest.raises(BackupFailed) as caught:
                does()
            said = str(caught.value)
            assert f"{backup.file} cannot be written: {file} is a file, not a folder. " in said and so in said
            assert "-e backup_path=" in said and """-e '{"backup_path": null}'""" in said


def test_whether_it_could_be_kept_is_seen_without_making_anything(backup, tmp_path, monkeypatch):
    backup.could_keep()
    Backup(None).could_keep()
    assert list(tmp_path.iterdir()) == [] and backup.result() == {}
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(BackupFailed, match=f"nothing can be written into {tmp_path}"):
        backup.could_keep()


def test_a_link_to_nowhere_is_no_folder(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    backup = Backup(str(tmp_path / "link"))
    for does in (lambda: keep(backup, *WRITE), backup.could_keep):
        with pytest.raises(BackupFailed, match=f"{tmp_path / 'link'} is a link to nowhere"):
            does()


def test_what_cannot_be_noted_is_said(backup):
    keep(backup, "named location", "create", None, None, OFFICE)
    backup.file.unlink()
    backup.file.mkdir()
    with pytest.raises(BackupFailed, match="was carried out; look at the tenant"):
        backup.note(id="77")


def lines(backup):
    keep(backup, *WRITE)
    keep(backup, "named location", "create", None, None, OFFICE)
    return backup.file.read_text(encoding="utf-8").splitlines(keepends=True)


def test_half_of_a_last_line_was_never_sent(backup):
    first, second = lines(backup)
    for length in range(len(second) - 1):
        backup.file.write_text(first + second[:length], encoding="utf-8")
        assert [entry.verb for entry in read(str(backup.file)).entries] == ["update"], length


def test_a_file_that_has_all_that_it_tells_of_is_in_no_doubt(backup):
    keep(backup, *WRITE)
    backup.note(after=WRITE[-1])
    assert read(str(backup.file)).doubts == []


def test_a_file_that_may_have_lost_its_end_says_so(backup):
    """Nobody knows whether the run was killed there, or the file was not copied to its end."""
    first, second = lines(backup)
    where = f"backup_file: '{backup.file}' "
    backup.file.write_text(first, encoding="utf-8")
    (doubt,) = read(str(backup.file)).doubts
    assert doubt.startswith(f"{where}does not have how 1 write ended (update of named location 'Büro'). Either the run")
    backup.file.write_text(first + second[:30], encoding="utf-8")
    (doubt,) = read(str(backup.file)).doubts
    assert doubt.startswith(f"{where}ends in the middle of line 2, and does not have how 1 write ended (update of ")
    backup.file.write_text(first + second, encoding="utf-8")
    (doubt,) = read(str(backup.file)).doubts
    assert "how 2 writes ended (the last is create of named location 'Büro'). " in doubt


def without(line, *names):
    return json.dumps({name: value for name, value in json.loads(line).items() if name not in names})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda line: line[:40], id="half of it"),
        pytest.param(lambda line: "[]", id="a list"),
        pytest.param(lambda line: "null", id="null"),
        pytest.param(lambda line: "{}", id="nothing"),
        pytest.param(lambda line: without(line, "before"), id="no image"),
        pytest.param(lambda line: line.replace('"format": 1', '"format": 2'), id="another format"),
        pytest.param(lambda line: line.replace('"verb"', '"new": 1, "verb"'), id="more than is known"),
        pytest.param(lambda line: '{"format": 1, "write": "of another", "id": "3"}', id="an id of no write"),
        pytest.param(lambda line: without(line, "tenant"), id="facts of no write"),
    ],
)
def test_a_line_that_is_none_is_named_with_its_number(backup, change):
    first, second = lines(backup)
    backup.file.write_text(first + change(second.rstrip("\n")) + "\n" + first, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read(str(backup.file))
    (problem,) = caught.value.problems
    assert problem.startswith(f"backup_file: '{backup.file}' is no backup: line 2 ")
    assert not any(word in problem for word in ("Entry", "argument", "object", "Error", "(")), "nothing of Python"


@pytest.mark.parametrize("name", ["a\u2028b", "a\u2029b", "a\u0085b", "Zürich", "\ud800"], ids=ascii)
def test_no_character_of_a_name_ends_a_line(backup, name):
    keep(backup, "named location", "update", "1", {"displayName": name}, {"displayName": name + "x"})
    (entry,) = read(str(backup.file)).entries
    assert entry.before == {"displayName": name}


def test_a_line_behind_half_a_line_is_whole(backup):
    """A fork that was killed in the middle of its line does not take the next one with it, and is named."""
    first, second = lines(backup)
    backup.file.write_text(first + second[:40], encoding="utf-8")
    keep(backup, *WRITE)
    with pytest.raises(BadInput, match="line 2") as caught:
        read(str(backup.file))
    assert len(caught.value.problems) == 1


def test_half_a_line_of_a_full_disk_is_taken_back(backup, monkeypatch):
    keep(backup, *WRITE)
    before, real = backup.file.read_bytes(), os.write
    broken = iter([lambda fd, data: real(fd, data[:20])])

    def write(descriptor, data):
        step = next(broken, None)
        if step:
            return step(descriptor, data)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(BackupFailed, match="No space left on device"):
        keep(backup, *WRITE)
    monkeypatch.undo()
    assert backup.file.read_bytes() == before


@pytest.mark.parametrize("names", ["noun", "verb", "tenant", "before", "after"])
def test_a_value_of_another_type_is_named(backup, names):
    first, dummy = lines(backup)
    backup.file.write_text(json.dumps({**json.loads(first), names: ["a"]}) + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match="line 1"):
        read(str(backup.file))


def test_a_path_that_is_none():
    with pytest.raises(BackupFailed, match="null"):
        keep(Backup("a\0b"), *WRITE)
    with pytest.raises(BadInput, match="null"):
        read("a\0b")


@pytest.mark.parametrize(
    ("text", "what"), [("", "is empty"), ('{"format": 1, "wri', "has no whole line")], ids=["empty", "half a line"]
)
def test_a_file_with_nothing_in_it_is_no_backup(tmp_path, text, what):
    """A run that writes nothing makes no file."""
    (tmp_path / "empty").write_text(text, encoding="utf-8")
    (tmp_path / "conditional-access-20261124T221530Z-1.jsonl").touch()
    with pytest.raises(BadInput) as caught:
        read(str(tmp_path / "empty"))
    (problem,) = caught.value.problems
    assert problem.startswith(
        f"backup_file: '{tmp_path / 'empty'}' {what}, so there is nothing to put back. A backup is "
    )
    assert problem.endswith(f"In {tmp_path} there are: conditional-access-20261124T221530Z-1.jsonl.")


def test_a_file_that_is_not_named_is_asked_for(tmp_path, monkeypatch):
    """With those that are where backups are kept."""
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "conditional-access-20261124T221530Z-1.jsonl").touch()
    asked = (
        "backup_file: is empty; name the backup to put back, as with "
        "-e backup_file=backups/conditional-access-20261124T221530Z-4711.jsonl."
    )
    for folder in (str(tmp_path / "backups"), None):
        monkeypatch.chdir(tmp_path if folder is None else "/")
        with pytest.raises(BadInput) as caught:
            read("", folder)
        (problem,) = caught.value.problems
        there = f"In {folder or 'backups'} there are: conditional-access-20261124T221530Z-1.jsonl."
        assert problem.startswith(asked) and problem.endswith(there)


def test_a_file_that_is_not_there_names_those_that_are(tmp_path):
    for moment in ("20261124T221530Z-1", "20261125T221530Z-1"):
        (tmp_path / f"conditional-access-{moment}.jsonl").touch()
    for path in (tmp_path, tmp_path / "conditional-access-20261126T221530Z-1.jsonl"):
        with pytest.raises(BadInput) as caught:
            read(str(path))
        named = "conditional-access-20261125T221530Z-1.jsonl, conditional-access-20261124T221530Z-1.jsonl."
        assert f"In {tmp_path} there are: {named}" in caught.value.problems[0]


def test_of_another_file_one_line_is_named(tmp_path):
    (tmp_path / "inventory.yml").write_text("---\nall:\n  hosts:\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read(str(tmp_path / "inventory.yml"))
    (problem,) = caught.value.problems
    assert problem.startswith(
        f"backup_file: '{tmp_path / 'inventory.yml'}' is no backup: line 1 is not JSON. A backup is "
    )


def test_a_journal_is_called_one(tmp_path):
    line = {"format": 1, "at": "", "run": "1", "event": "begun", "check": False, "write": "w", "tenant": "t"}
    (tmp_path / "journal.jsonl").write_text(f"{json.dumps(line)}\n" * 3, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read(str(tmp_path / "journal.jsonl"))
    (problem,) = caught.value.problems
    assert problem.startswith(f"backup_file: '{tmp_path / 'journal.jsonl'}' is a journal, not a backup. A backup is ")


def test_what_is_no_text(tmp_path):
    (tmp_path / "picture").write_bytes(b"\xff\xfe\x80\n")
    with pytest.raises(BadInput, match="line 1"):
        read(str(tmp_path / "picture"))
