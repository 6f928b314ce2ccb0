# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cloud the options cloud, login_url and graph_url mean, and what is said where they mean none."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.graph import clouds

LOGIN, GRAPH = "https://localhost:8443", "https://localhost:9443"

# Written down here once more: an address that changes by accident sends a secret to the wrong cloud.
ADDRESSES = {
    "global": ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
    "us_government": ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
    "us_government_dod": ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    "china": ("https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
}


def chosen(name=None, login_url=None, graph_url=None):
    cloud, problems = clouds.choose(name, login_url, graph_url)
    assert problems == []
    return cloud


def only_problem(name=None, login_url=None, graph_url=None):
    cloud, problems = clouds.choose(name, login_url, graph_url)
    assert cloud is None
    (problem,) = problems
    return problem


def test_every_cloud_is_in_the_table():
    assert set(ADDRESSES) == set(clouds.CLOUDS)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_cloud_by_its_name(name):
    cloud = chosen(name)
    assert (cloud.name, cloud.login_url, cloud.graph_url, cloud.private) == (name, *ADDRESSES[name], False)


def test_nothing_given_is_the_global_cloud():
    assert chosen().name == "global"


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("end", ["", "/", ":443", ".", ".:443/"], ids=["bare", "slash", "port", "dot", "all of it"])
def test_a_cloud_by_its_graph_address(name, end):
    assert chosen(graph_url=ADDRESSES[name][1] + end) == clouds.CLOUDS[name]


@pytest.mark.parametrize(
    ("name", "login_url", "expected"),
    [
        pytest.param(None, "https://login.microsoftonline.com", "global", id="global"),
        pytest.param(None, "https://LOGIN.MicrosoftOnline.com/", "global", id="capitals"),
        # The two clouds of the government share a login server: without more, the one without "dod" is meant.
        pytest.param(None, "https://login.microsoftonline.us", "us_government", id="shared"),
        pytest.param("us_government_dod", "https://login.microsoftonline.us", "us_government_dod", id="shared, named"),
        pytest.param(None, "https://login.partner.microsoftonline.cn", "china", id="china"),
        pytest.param(None, "https://login.microsoft.com", "global", id="shorter name"),
        pytest.param(None, "https://login.windows.net", "global", id="older name"),
        pytest.param(None, "https://sts.windows.net/", "global", id="oldest name"),
        pytest.param(None, "https://login.microsoftonline.com:443", "global", id="port of https"),
        pytest.param(None, "https://login.microsoftonline.com.", "global", id="dot at the end"),
        pytest.param(None, "https://login.windows.net.:443/", "global", id="all of it"),
        pytest.param(None, "https://login.chinacloudapi.cn", "china", id="older name in china"),
    ],
)
def test_a_cloud_by_its_login_address(name, login_url, expected):
    assert chosen(name, login_url) == clouds.CLOUDS[expected]


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_cloud_by_name_and_both_addresses(name):
    assert chosen(name, *ADDRESSES[name]) == clouds.CLOUDS[name]


def test_an_older_login_name_is_not_what_is_asked():
    """The alias is understood; requests go to the name of today."""
    assert chosen(login_url="https://login.windows.net").login_url == "https://login.microsoftonline.com"


def test_graph_s_address_settles_which_of_two_clouds_with_one_login():
    assert chosen(None, *ADDRESSES["us_government_dod"]).name == "us_government_dod"


def test_a_private_pair():
    cloud = chosen(None, LOGIN + "/", GRAPH + "/")
    assert cloud == clouds.Cloud("private", LOGIN, GRAPH, private=True)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "[::1]", "graph_emulator", "a-b.example", "xn--abc.example.", "h:1", "h:65535"],
)
def test_what_can_be_a_private_server(host):
    assert chosen(None, LOGIN, f"https://{host}") == clouds.Cloud("private", LOGIN, f"https://{host}", private=True)


def test_capitals_in_https():
    """The transport takes small ones only."""
    assert chosen(None, "HTTPS://Localhost:8443", "Https://LOCALHOST:9443").graph_url == "https://LOCALHOST:9443"


@pytest.mark.parametrize(
    ("login_url", "graph_url"),
    [
        pytest.param("https://login.microsoftonline.com", "https://graph.microsoft.us", id="two clouds"),
        pytest.param("https://login.partner.microsoftonline.cn", "https://graph.microsoft.com", id="two more"),
        pytest.param("https://login.microsoftonline.com", GRAPH, id="login, private Graph"),
        pytest.param("https://login.windows.net", GRAPH, id="login of an older name, private Graph"),
        pytest.param("https://LOGIN.microsoftonline.us.:443/", GRAPH, id="login in another spelling, private Graph"),
        pytest.param(LOGIN, "https://graph.microsoft.com", id="private login, Graph"),
        pytest.param(LOGIN, "https://dod-graph.microsoft.us:443", id="private login, Graph with a port"),
    ],
)
def test_a_host_of_microsoft_s_goes_with_its_own_only(login_url, graph_url):
    """A real tenant must not pass for a practice one, nor get the secret or the token of another place."""
    assert only_problem(None, login_url, graph_url) == (
        f"login_url and graph_url: {login_url} and {graph_url} do not belong together; leave both out and name the cloud, "
        "or give both addresses of one private endpoint."
    )


@pytest.mark.parametrize(
    ("given", "missing", "there"),
    [
        pytest.param({"login_url": LOGIN}, "graph_url", "login_url", id="login only"),
        pytest.param({"graph_url": GRAPH}, "login_url", "graph_url", id="graph only"),
    ],
)
def test_one_private_address_needs_the_other(given, missing, there):
    assert only_problem(**given) == (
        f"{missing}: is missing; {there} names a private endpoint, and one needs both addresses."
    )


@pytest.mark.parametrize("option", ["login_url", "graph_url"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("http://localhost:8443", "is not an https address", id="http"),
        pytest.param("localhost:8443", "is not an https address", id="no scheme"),
        pytest.param("ftp://localhost", "is not an https address", id="ftp"),
        pytest.param("https://", "is not the address of a server", id="no host"),
        pytest.param("https://:8443", "is not the address of a server", id="port without host"),
        pytest.param("https://localhost:0", "is not the address of a server", id="port 0"),
        pytest.param("https://localhost:70000", "is not the address of a server", id="port too high"),
        pytest.param("https://localhost:https", "is not the address of a server", id="port in words"),
        pytest.param("https://localhost/v1.0", "is not the address of a server", id="path"),
        pytest.param("https://localhost?tenant=1", "is not the address of a server", id="query"),
        pytest.param("https://localhost#top", "is not the address of a server", id="fragment"),
        pytest.param("https://user@localhost", "is not the address of a server", id="user"),
        pytest.param("https://user:word@localhost", "is not the address of a server", id="user and password"),
        pytest.param("https://:word@localhost", "is not the address of a server", id="password alone"),
        pytest.param("https://@localhost", "is not the address of a server", id="empty user"),
        pytest.param("https://localhost?", "is not the address of a server", id="empty query"),
        pytest.param("https://localhost#", "is not the address of a server", id="empty fragment"),
        pytest.param(" https://localhost", "is not the address of a server", id="blank before"),
        pytest.param("https://localhost\n", "is not the address of a server", id="line break"),
        pytest.param("https://local\thost", "is not the address of a server", id="tab"),
        pytest.param("https://local host", "is not the address of a server", id="blank inside"),
        pytest.param("https://[::1", "is not the address of a server", id="half a bracket"),
        pytest.param("https://a]", "is not the address of a server", id="the other half"),
        pytest.param("https://[abc]", "is not the address of a server", id="a word in brackets"),
    ],
)
def test_an_address_that_cannot_be_one(option, value, words):
    # The other address is fine, so the problem can only be about this one.
    problem = only_problem(**{"login_url": LOGIN, "graph_url": GRAPH, option: value})
    assert problem.startswith(f"{option}: '{value}' {words}")
    assert "such as https://localhost:8443" in problem


def test_both_addresses_are_looked_at_in_one_go():
    cloud, problems = clouds.choose(None, "http://login.test", "https://graph.test/v1.0")
    assert cloud is None
    assert [problem.partition(":")[0] for problem in problems] == ["login_url", "graph_url"]


@pytest.mark.parametrize(
    ("name", "login_url", "graph_url", "shown"),
    [
        pytest.param(
            "china", "https://login.microsoftonline.com", None, "https://login.microsoftonline.com", id="login"
        ),
        pytest.param("china", None, "https://graph.microsoft.com", "https://graph.microsoft.com", id="graph"),
        pytest.param("global", *ADDRESSES["china"], ADDRESSES["china"][0], id="both"),
    ],
)
def test_an_address_of_another_cloud_than_the_one_named(name, login_url, graph_url, shown):
    assert only_problem(name, login_url, graph_url) == (
        f"cloud: '{name}' is not the cloud of {shown}; leave one of them out."
    )


def test_the_names_of_the_azure_tools_lead_to_clouds_there_are():
    assert clouds.SPELLINGS == {
        "azurecloud": "global",
        "azurepubliccloud": "global",
        "azureusgovernment": "us_government",
        "azureusgovernmentcloud": "us_government",
        "azurechinacloud": "china",
    }
