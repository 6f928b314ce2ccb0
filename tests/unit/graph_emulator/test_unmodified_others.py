# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests other clients were seen to make, as they make them: Terraform's azuread provider, azure-cli."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from graph_calls import SECRET, SYNCRO_APP, GraphCaller, client_id, ip_location, policy


class Client:
    """HTTP with nothing on top, so that paths, queries and bodies go out as written here."""

    def __init__(self, graph: GraphCaller) -> None:
        self.url = graph.emulator.url
        self.token = ""
        context = ssl.create_default_context(cafile=graph.emulator.ca_file)
        self._connection = http.client.HTTPSConnection(self.url.removeprefix("https://"), context=context)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        chunked = not isinstance(body, (str, bytes, type(None)))
        self._connection.request(method, path, body=body, headers=headers, encode_chunked=chunked)
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def sign_in(self, tenant: str, scope: str) -> None:
        form = {"client_id": client_id(0), "client_secret": SECRET, "grant_type": "client_credentials", "scope": scope}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer = self.send("POST", f"/{tenant}/oauth2/v2.0/token", urlencode(form), **headers)
        assert status == 200, answer
        self.token = answer["access_token"]


def pieces(body: Any) -> Iterator[bytes]:
    """Give a body in pieces, so that it goes out chunked as Go's client sends it."""
    content = json.dumps(body).encode()
    for start in range(0, len(content), 40):
        yield content[start : start + 40]


def test_terraform(graph: GraphCaller) -> None:
    client = Client(graph)
    status, cloud = client.send("GET", "/metadata/endpoints?api-version=2022-09-01")
    assert status == 200
    for name in ("name", "resourceManager", "microsoftGraphResourceId"):
        assert cloud[name]
    assert cloud["authentication"]["loginEndpoint"] == cloud["microsoftGraphResourceId"] == client.url
    status, _found = client.send("GET", f"/{graph.tenant}/v2.0/.well-known/openid-configuration")
    assert status == 200
    client.sign_in(graph.tenant, f"{cloud['microsoftGraphResourceId']}/.default")
    query = f"$filter=appId+eq+%27{client_id(0)}%27"
    status, found = client.send("GET", f"/v1.0/servicePrincipals?{query}")
    assert (status, [one["appId"] for one in found["value"]]) == (200, [client_id(0)])
    go = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Transfer-Encoding": "chunked",
    }
    root = "/v1.0/identity/conditionalAccess"
    status, location = client.send("POST", f"{root}/namedLocations", pieces(ip_location()), **go)
    assert (status, location["@odata.type"]) == (201, "#microsoft.graph.ipNamedLocation")
    body = policy()
    body["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": [location["id"]]}
    status, made = client.send("POST", f"{root}/policies", pieces(body), **go)
    assert status == 201
    status, seen = client.send("GET", f"{root}/policies/{made['id']}")
    assert (status, seen["conditions"]) == (200, made["conditions"])
    status, _nothing = client.send(
        "PATCH", f"{root}/policies/{made['id']}", pieces({**body, "state": "disabled"}), **go
    )
    assert status == 204
    assert client.send("GET", f"{root}/policies/{made['id']}")[1]["state"] == "disabled"
    assert client.send("DELETE", f"{root}/policies/{made['id']}")[0] == 204
    assert client.send("GET", f"{root}/policies/{made['id']}")[0] == 404
    assert client.send("DELETE", f"{root}/namedLocations/{location['id']}")[0] == 204
    assert client.send("GET", f"{root}/namedLocations/{location['id']}")[0] == 404


def test_azure_cli(graph: GraphCaller) -> None:
    client = Client(graph)
    assert client.send("GET", "/metadata/endpoints?api-version=2022-09-01")[1]["suffixes"] == {}
    assert client.send("GET", "/metadata/endpoints?api-version=2019-05-01")[1][0]["portal"] == client.url
    assert client.send("GET", "/subscriptions?api-version=2022-12-01")[0] == 401
    client.sign_in(graph.tenant, f"{client.url}//.default")
    assert client.send("GET", "/subscriptions?api-version=2022-12-01")[1]["value"] == []
    status, tenants = client.send("GET", "/tenants?api-version=2022-12-01")
    assert (status, tenants["value"][0]["tenantId"]) == (200, graph.tenant)
    query = urlencode({"$filter": "startswith(displayName,'Syncro')"})
    found = client.send("GET", f"/v1.0/servicePrincipals?{query}")[1]["value"]
    assert [one["displayName"] for one in found] == ["Syncro SSO"]
    query = urlencode({"$filter": f"servicePrincipalNames/any(c:c eq '{SYNCRO_APP}')"})
    found = client.send("GET", f"/v1.0/servicePrincipals?{query}")[1]["value"]
    status, principal = client.send("GET", f"/v1.0/servicePrincipals/{found[0]['id']}")
    assert (status, principal["appId"]) == (200, SYNCRO_APP)
    for path in ("users", "groups", "applications", "identity/conditionalAccess/policies"):
        assert client.send("GET", f"/v1.0/{path}")[0] == 200
