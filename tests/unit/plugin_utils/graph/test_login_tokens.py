# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One token request a tenant a run: what is kept, who shares it, and when another is asked for."""

from __future__ import annotations

import dataclasses
import os

import pytest
from fake_transport import CLOUD, Watch, Wire, token_with
from forks import FORK, LONG, all_in_forks, in_fork

from ansible_collections.msp.entra.plugins.plugin_utils.graph.clouds import CLOUDS
from ansible_collections.msp.entra.plugins.plugin_utils.graph.credentials import Credential, GivenToken
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import LoginError, TokenRefused
from ansible_collections.msp.entra.plugins.plugin_utils.graph.login import MARGIN, Login, refused_token

# pytest-xdist's workers have a thread of their own beside the one that forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

# Enough for the seconds that a test itself may take.
SLACK = 30


class Issuer:
    """Gives out token-1, token-2 and so on, and puts each into the cache as MSAL does."""

    def __init__(self, lasting=3600):
        self.lasting = lasting
        self.given = []
        self.words = "token-{}".format

    def __call__(self, cache):
        self.given.append(self.words(len(self.given) + 1))
        answer = {"access_token": self.given[-1], "expires_in": self.lasting, "token_type": "Bearer"}
        event = {"client_id": "c", "scope": ["s"], "token_endpoint": "https://login.test/t/oauth2/v2.0/token"}
        cache.add(event | {"response": dict(answer)})
        return answer


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Asking(Credential):
    """A credential that asks an Issuer. The issuer stands for the server, so it is no part of the identity."""

    NAME = "fake"
    client_secret: str = "s3cr3t"

    def request_token(self, http, cloud, cache):
        return ISSUERS[self.tenant_id](cache)


ISSUERS = {}


@pytest.fixture
def issuer():
    ISSUERS["t"] = Issuer()
    yield ISSUERS["t"]
    ISSUERS.clear()


@pytest.fixture
def login(token_file):
    """A new Login, as a fork makes one; on one file, as all forks of a run."""

    def made(cloud=CLOUD, **more):
        return Login(Asking(**{"tenant_id": "t", "client_id": "c", **more}), cloud, Wire(), Watch())

    return made


def test_nothing_is_asked_for_before_it_is_needed(issuer, login):
    login()
    assert issuer.given == []


def test_one_request_however_often_it_is_used(issuer, login):
    one = login()
    assert {one.token() for dummy in range(5)} == {"token-1"}
    assert issuer.given == ["token-1"]


def test_another_login_uses_the_token_of_the_first(issuer, login):
    assert [login().token() for dummy in range(5)] == ["token-1"] * 5
    assert issuer.given == ["token-1"]


def test_forks_use_the_token_of_the_first(issuer, login):
    """Also where it was itself a fork: none of them can hand anything back to the process they come from."""

    def task():
        return login().token(), issuer.given

    assert [in_fork(task) for dummy in range(3)] == [("token-1", ["token-1"]), ("token-1", []), ("token-1", [])]
    assert (login().token(), issuer.given) == ("token-1", [])


def test_forks_that_start_together_ask_for_one_token(issuer, login):
    count = 4
    here, asked = FORK.Barrier(count), FORK.Value("i", 0)

    def counted(number):
        with asked.get_lock():
            asked.value += 1
        return f"token-{number}-of-{asked.value}"

    issuer.words = counted

    def task():
        one = login()
        here.wait(LONG)
        return one.token()

    assert all_in_forks([task] * count) == ["token-1-of-1"] * count
    assert asked.value == 1


@pytest.mark.parametrize(
    ("lasting", "used"),
    [
        pytest.param(MARGIN + SLACK, True, id="long enough"),
        pytest.param(MARGIN - 1, False, id="within the margin"),
        pytest.param(-60, False, id="over"),
    ],
)
def test_a_token_near_its_end_is_not_begun_with(issuer, login, lasting, used):
    issuer.lasting = lasting
    login().token()
    assert login().token() == ("token-1" if used else "token-2")


def test_the_margin_is_two_minutes():
    """A task may wait that long by default (wait_timeout)."""
    assert MARGIN == 120


@pytest.mark.parametrize(
    ("more", "cloud"),
    [
        pytest.param({"client_secret": "other"}, CLOUD, id="another secret"),
        pytest.param({"client_id": "d"}, CLOUD, id="another application"),
        pytest.param({}, CLOUDS["global"], id="another cloud"),
    ],
)
def test_another_identity_asks_for_itself(issuer, login, more, cloud):
    login().token()
    assert login(cloud, **more).token() == "token-2"


def test_a_refused_token_is_not_given_again(issuer, login):
    one = login()
    first = one.token()
    assert (one.token(first), one.token(first), one.token()) == ("token-2", "token-2", "token-2")
    assert issuer.given == ["token-1", "token-2"]


def test_a_refused_token_is_gone_for_the_other_forks(issuer, login):
    one = login()
    one.token(one.token())
    assert login().token() == "token-2"
    assert len(issuer.given) == 2


def test_forks_whose_token_was_revoked_renew_it_once(issuer, login):
    forks = [login() for dummy in range(3)]
    refused = {fork.token() for fork in forks}
    assert refused == {"token-1"}
    assert {fork.token("token-1") for fork in forks} == {"token-2"}
    assert issuer.given == ["token-1", "token-2"]


def test_a_fork_that_was_refused_by_hearsay_has_no_token_yet(issuer, login):
    """A new Login is told what Graph refused before it ever read the cache: the token in there is that one."""
    login().token()
    assert login().token("token-1") == "token-2"


def test_a_login_that_failed_is_not_remembered(issuer, login, monkeypatch):
    one = login()
    refusal = {"error": "invalid_client", "error_description": "no"}
    monkeypatch.setitem(ISSUERS, "t", lambda cache: refusal)
    with pytest.raises(LoginError):
        one.token()
    monkeypatch.setitem(ISSUERS, "t", issuer)
    assert one.token() == "token-1"


def test_it_is_renewable(issuer, login):
    assert login().renewable is True


class TestPermissions:
    """Those in the token that was sent last, for the words about a 403."""

    def test_none_before_there_is_a_token(self, issuer, login):
        assert login().permissions is None
        assert issuer.given == []

    def test_a_token_that_does_not_say(self, issuer, login):
        one = login()
        one.token()
        assert one.permissions is None

    def test_those_of_the_newest_token(self, issuer, login):
        """An administrator may have consented in between, which a token of before does not know."""
        issuer.words = lambda number: token_with(roles=["A", "B"][:number])
        one = login()
        first = one.token()
        assert one.permissions == {"A"}
        one.token(first)
        assert one.permissions == {"A", "B"}

    def test_those_of_a_token_that_another_asked_for(self, issuer, login):
        issuer.words = lambda number: token_with(roles=["A"])
        login().token()
        one = login()
        one.token()
        assert (one.permissions, len(issuer.given)) == ({"A"}, 1)

    @pytest.mark.parametrize(
        ("token", "expected"),
        [(token_with(roles=["A"]), {"A"}), (token_with(scp="A"), None), ("opaque", None)],
        ids=["app", "user", "opaque"],
    )
    def test_those_of_a_given_token(self, token_file, token, expected):
        assert Login(GivenToken(access_token=token), CLOUD, Wire(), Watch()).permissions == expected


class TestGivenToken:
    @pytest.fixture
    def given(self, token_file):
        return Login(GivenToken(access_token="given"), CLOUD, Wire(), Watch())

    def test_it_is_given_as_it_is_and_never_renewed(self, given):
        assert (given.token(), given.token("given"), given.renewable) == ("given", "given", False)

    def test_it_is_kept_in_no_file(self, given, token_file):
        given.token()
        assert os.fstat(token_file).st_size == 0

    def test_the_words_where_graph_does_not_take_it(self):
        said = TokenRefused(
            status=401,
            code="InvalidAuthenticationToken",
            message="Lifetime validation failed.",
            inner="",
            request="GET /users",
            request_id="r",
            client_request_id="c",
        )
        error = refused_token(said)
        assert isinstance(error, LoginError) and error.aadsts is None
        assert "cannot be renewed here" in str(error) and "Lifetime validation failed." in str(error)
        assert "does not take the access_token that was given" in str(error)
        assert "the entra_access_token that was given" in str(error.named(lambda names: [f"entra_{n}" for n in names]))
