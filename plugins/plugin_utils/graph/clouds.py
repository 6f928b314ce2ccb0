# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's clouds: where to log in and where Graph is (https://learn.microsoft.com/graph/deployments)."""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import urlsplit


@dataclasses.dataclass(frozen=True)
class Cloud:
    """Two https addresses without a trailing slash.

    ``private`` is true for an endpoint that is none of Microsoft's, such as a practice tenant on one's own machine.
    """

    name: str
    login_url: str
    graph_url: str
    private: bool = False


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud("global", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
        Cloud("us_government", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
        Cloud("us_government_dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
        Cloud("china", "https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
    )
}

# How the same clouds are called in the environment that AWX's Azure credential and the Azure tools set.
SPELLINGS = {
    "azurecloud": "global",
    "azurepubliccloud": "global",
    "azureusgovernment": "us_government",
    "azureusgovernmentcloud": "us_government",
    "azurechinacloud": "china",
}

# Older names of login hosts that people still have in their settings.
LOGIN_ALIASES = {
    "login.microsoft.com": "login.microsoftonline.com",
    "login.windows.net": "login.microsoftonline.com",
    "sts.windows.net": "login.microsoftonline.com",
    "login.chinacloudapi.cn": "login.partner.microsoftonline.cn",
}


def _address_problem(option: str, value: str) -> str | None:
    allowed = "allowed is an https address without a path, such as https://localhost:8443"
    try:
        parts = urlsplit(value)
        port_is_sane = parts.port is None or parts.port > 0
    except ValueError:
        return f"{option}: '{value}' is not the address of a server; {allowed}."
    if parts.scheme != "https":
        return f"{option}: '{value}' is not an https address; {allowed}. Tokens and secrets are sent over TLS only."
    # Nothing but a name or an address, and a port: no user, no path, no empty query, no blank.
    if not port_is_sane or not re.fullmatch(r"https://(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:\d+)?/*", value, re.IGNORECASE):
        return f"{option}: '{value}' is not the address of a server; {allowed}."
    return None


def _host(url: str) -> str:
    """The server of an address, with its port where that is not the usual one, in the spelling of the table."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    host = LOGIN_ALIASES.get(host, host)
    return host if parts.port in (None, 443) else f"{host}:{parts.port}"


def _plain(url: str) -> str:
    """An address in the form that is put before paths."""
    parts = urlsplit(url)
    return f"https://{parts.netloc}"


def choose(name: str | None, login_url: str | None, graph_url: str | None) -> tuple[Cloud | None, list[str]]:
    """The cloud that the three options mean, and the problems with them. One of the two is empty."""
    given = {"login_url": login_url, "graph_url": graph_url}
    problems = [p for option, value in given.items() if value and (p := _address_problem(option, value))]
    if problems:
        return None, problems
    if not login_url and not graph_url:
        return CLOUDS[name or "global"], []
    known = [
        cloud
        for cloud in CLOUDS.values()
        if (not login_url or _host(cloud.login_url) == _host(login_url))
        and (not graph_url or _host(cloud.graph_url) == _host(graph_url))
    ]
    if known:
        named = [cloud for cloud in known if cloud.name == name]
        if name and not named:
            return None, [f"cloud: '{name}' is not the cloud of {login_url or graph_url}; leave one of them out."]
        return (named or known)[0], []
    if not login_url or not graph_url:
        missing, there = ("graph_url", "login_url") if login_url else ("login_url", "graph_url")
        return None, [f"{missing}: is missing; {there} names a private endpoint, and one needs both addresses."]
    if any((urlsplit(value).hostname or "").rstrip(".").endswith(_MICROSOFTS) for value in given.values() if value):
        # One of them is private, or they are of two clouds. A real tenant must not pass for a practice one.
        problem = (
            f"login_url and graph_url: {login_url} and {graph_url} do not belong together; leave both out and name the "
            "cloud, or give both addresses of one private endpoint."
        )
        return None, [problem]
    return Cloud("private", _plain(login_url), _plain(graph_url), private=True), []


# Domains in which Microsoft runs its clouds, regional hosts and older names included.
_MICROSOFTS = (
    "microsoftonline.com",
    "microsoftonline.us",
    "microsoftonline.cn",
    "microsoft.com",
    "microsoft.us",
    "chinacloudapi.cn",
    "windows.net",
)
