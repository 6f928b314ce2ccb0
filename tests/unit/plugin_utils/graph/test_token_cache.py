# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that carries a token from one fork to the next: private, without a name, locked, and a part for each identity."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat

import msal
import pytest
from forks import all_in_forks, fork_inside, in_fork

from ansible_collections.msp.entra.plugins.plugin_utils.graph import token_cache
from ansible_collections.msp.entra.plugins.plugin_utils.graph.token_cache import TokenCache

# pytest-xdist's workers have a thread of their own beside the one that forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

IDENTITY = {"kind": "client secret", "tenant_id": "t", "client_id": "c", "client_secret": "s3cr3t"}
OTHER = IDENTITY | {"tenant_id": "other"}


def holding(token):
    """MSAL's cache with this token in it."""
    cache = msal.SerializableTokenCache()
    cache.add(
        {
            "client_id": "c",
            "scope": ["https://graph.test/.default"],
            "token_endpoint": "https://login.test/t/oauth2/v2.0/token",
            "response": {"access_token": token, "expires_in": 3600},
        }
    )
    return cache


def tokens(cache):
    return [entry["secret"] for entry in cache.search(msal.TokenCache.CredentialType.ACCESS_TOKEN)]


def content(file):
    return os.pread(file, os.fstat(file).st_size, 0)


@pytest.fixture
def cache(token_file):
    return TokenCache(IDENTITY)


@pytest.fixture
def written(cache):
    """A cache with one token in its file."""
    cache.write(holding("one"))
    return cache


class TestOneProcess:
    def test_nothing_there_is_an_empty_cache(self, cache, token_file):
        assert tokens(cache.read()) == []
        assert content(token_file) == b""

    def test_what_is_written_is_read(self, written):
        assert tokens(written.read()) == ["one"]
        assert tokens(TokenCache(dict(IDENTITY)).read()) == ["one"]

    def test_another_file_can_be_named(self, written):
        file = token_cache.anonymous_file()
        with contextlib.closing(os.fdopen(file)):
            apart = TokenCache(IDENTITY, file)
            assert tokens(apart.read()) == []
            apart.write(holding("two"))
            assert (tokens(apart.read()), tokens(written.read())) == (["two"], ["one"])

    def test_the_order_of_an_identity_s_parts_does_not_matter(self, written):
        assert tokens(TokenCache(dict(reversed(IDENTITY.items()))).read()) == ["one"]

    @pytest.mark.parametrize("part", IDENTITY)
    def test_two_identities_do_not_share(self, written, part):
        """Another secret is another identity: who has a wrong one must not be let in by the right one's token."""
        other = TokenCache(IDENTITY | {part: "other"})
        assert tokens(other.read()) == []
        other.write(holding("two"))
        assert tokens(written.read()) == ["one"] and tokens(other.read()) == ["two"]

    def test_the_last_write_counts(self, written):
        """Also where others have written in between and after."""
        other = TokenCache(OTHER)
        for token in ("two", "three"):
            other.write(holding(f"other-{token}"))
            written.write(holding(token))
        other.write(holding("other-four"))
        assert (tokens(written.read()), tokens(other.read())) == (["three"], ["other-four"])

    def test_a_cache_that_was_emptied_is_empty(self, written):
        written.write(msal.SerializableTokenCache())
        assert tokens(written.read()) == []

    def test_the_secret_is_not_in_the_file(self, written, token_file):
        assert b"one" in content(token_file) and b"s3cr3t" not in content(token_file)

    def test_a_write_is_a_line(self, written, token_file):
        """With the digest in front; what MSAL lays out over several lines would not be one record."""
        TokenCache(OTHER).write(holding("line\nbreak"))
        lines = [line for line in content(token_file).decode().split("\n") if line]
        assert len(lines) == 2
        assert [len(line.split(" ")[0]) for line in lines] == [64, 64]
        assert tokens(TokenCache(OTHER).read()) == ["line\nbreak"]


class TestHalfAWrite:
    """A fork that is killed, or still at it."""

    @pytest.mark.parametrize("left", [1, 64, 65, 66, 100, -1], ids=lambda left: f"up to {left}")
    @pytest.mark.parametrize("next_one", [IDENTITY, OTHER], ids=["the same", "another"])
    def test_what_is_written_after_half_a_line_is_found(self, written, token_file, left, next_one):
        before = len(content(token_file))
        written.write(holding("half"))
        os.ftruncate(token_file, before + left if left > 0 else len(content(token_file)) + left)
        TokenCache(next_one).write(holding("whole"))
        assert tokens(TokenCache(next_one).read()) == ["whole"]
        # A line that lacks nothing but its end is whole again.
        assert tokens(written.read()) in (["whole"], ["half"], ["one"], [])

    @pytest.mark.parametrize("left", [0, 1, 64, 65, 66, 100, -1], ids=lambda left: f"up to {left}")
    def test_a_last_line_without_its_end_is_ignored(self, written, token_file, left):
        before = len(content(token_file))
        written.write(holding("two"))
        os.ftruncate(token_file, left + (before if left >= 0 else len(content(token_file))))
        assert tokens(written.read()) == ["one"]
        assert tokens(TokenCache(OTHER).read()) == []

    def test_a_first_line_without_its_end_is_ignored(self, written, token_file):
        os.ftruncate(token_file, len(content(token_file)) - 1)
        assert tokens(written.read()) == []

    def test_a_write_that_fails_leaves_all_as_it_was(self, written, token_file):
        class Unserializable:
            def serialize(self):
                raise RuntimeError("full disk")

        before = content(token_file)
        with pytest.raises(RuntimeError, match="full disk"):
            written.write(Unserializable())
        assert content(token_file) == before


class TestFile:
    @pytest.fixture(params=[0o000, 0o077], ids=["umask 000", "umask 077"])
    def umask(self, request):
        before = os.umask(request.param)
        yield
        os.umask(before)

    @pytest.fixture(params=[True, False], ids=["in memory", "a system without memfd"])
    def made(self, request, umask, monkeypatch):
        if not request.param:
            monkeypatch.delattr(os, "memfd_create", raising=False)
        file = token_cache.anonymous_file()
        yield file
        os.close(file)

    def test_only_the_user_can_read_it_and_no_program_that_is_started_inherits_it(self, made):
        assert stat.S_IMODE(os.fstat(made).st_mode) == 0o600
        assert os.get_inheritable(made) is False

    def test_it_has_no_name_in_any_folder(self, made):
        assert os.fstat(made).st_nlink == 0

    def test_it_carries_tokens(self, made):
        TokenCache(IDENTITY, made).write(holding("one"))
        assert tokens(TokenCache(IDENTITY, made).read()) == ["one"]

    def test_the_run_s_own_is_such_a_file(self):
        found = os.fstat(token_cache._FILE)
        assert (stat.S_IMODE(found.st_mode), found.st_nlink) == (0o600, 0)
        assert os.get_inheritable(token_cache._FILE) is False


class TestForks:
    def test_a_fork_sees_what_was_written_before_it_began(self, written):
        assert in_fork(lambda: tokens(TokenCache(IDENTITY).read())) == ["one"]

    def test_what_a_fork_writes_is_seen_outside(self, written):
        in_fork(lambda: TokenCache(IDENTITY).write(holding("two")))
        assert tokens(written.read()) == ["two"]

    def test_a_fork_sees_what_was_written_after_it_began(self, cache):
        with fork_inside(contextlib.nullcontext()):
            cache.write(holding("one"))
            assert in_fork(lambda: tokens(cache.read())) == ["one"]

    def test_forks_that_write_at_once_lose_nothing(self, token_file):
        names = [f"fork-{number}" for number in range(4)]

        def many(name):
            for number in range(20):
                TokenCache(IDENTITY | {"client_id": name}).write(holding(f"{name}-{number}"))

        all_in_forks([lambda name=name: many(name) for name in names])
        assert [tokens(TokenCache(IDENTITY | {"client_id": name}).read()) for name in names] == [
            [f"{name}-19"] for name in names
        ]
        assert len([line for line in content(token_file).split(b"\n") if line]) == 80


def waits(function):
    """Whether a fork that calls the function now would have to wait for a lock; it does not wait."""
    lockf = fcntl.lockf

    def at_once(file, operation, *where):
        lockf(file, operation | (fcntl.LOCK_NB if operation == fcntl.LOCK_EX else 0), *where)

    def probe():
        fcntl.lockf = at_once
        try:
            function()
        except BlockingIOError:
            return True
        return False

    return in_fork(probe)


def taken(cache):
    """Whether another process holds the cache's lock."""

    def enter():
        with cache.locked():
            pass

    return waits(enter)


class TestLock:
    def test_it_is_held_inside_and_free_after(self, cache):
        assert not taken(cache)
        with cache.locked():
            assert taken(cache) and taken(TokenCache(IDENTITY))
        assert not taken(cache)

    def test_it_is_free_after_a_failure(self, cache):
        with pytest.raises(RuntimeError), cache.locked():
            raise RuntimeError
        assert not taken(cache)

    def test_it_is_held_while_its_holder_reads_and_writes(self, cache):
        """The locks of one file and one process end together where it closes any descriptor of the file."""
        with cache.locked():
            cache.write(holding("one"))
            cache.read()
            assert taken(cache)

    def test_one_that_a_fork_holds_holds_off_the_others(self, cache):
        with fork_inside(cache.locked()):
            assert taken(cache)
        assert not taken(cache)

    def test_a_fork_does_not_hold_what_its_parent_holds(self, cache):
        with cache.locked(), fork_inside(contextlib.nullcontext()):
            assert taken(cache)
        assert not taken(cache)

    def test_one_whose_holder_was_killed_is_free(self, cache):
        with fork_inside(cache.locked()) as fork:
            fork.kill()
            fork.join()
            assert not taken(cache)

    def test_who_adds_a_line_holds_off_all_others_that_add_one(self, cache, monkeypatch):
        """Also those of another identity: both would write to the same place."""
        other, pwrite, seen = TokenCache(OTHER), os.pwrite, []

        def watched(*arguments):
            patch.undo()
            seen.append((waits(lambda: other.write(holding("two"))), waits(other.read), taken(cache)))
            return pwrite(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", watched)
            cache.write(holding("one"))
        assert seen == [(True, False, False)]
        assert not waits(lambda: other.write(holding("two")))

    def test_one_identity_s_does_not_hold_off_another(self, cache):
        other = TokenCache(OTHER)
        with fork_inside(cache.locked()):
            assert not taken(other)
            with other.locked():
                other.write(holding("two"))
        assert tokens(other.read()) == ["two"]
