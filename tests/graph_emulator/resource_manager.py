# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clients ask Azure Resource Manager before they turn to Graph: which cloud this is, which subscriptions there are.

Terraform's azuread provider and azure-cli read the cloud's description; azure-cli lists tenants and subscriptions when it
signs in. A cloud with a directory and no subscription is a real thing, and that is what this one is.
"""

from __future__ import annotations

from collections.abc import Callable

from .errors import GraphError
from .exchange import Answer, Call
from .tokens import TokenIssuer


class ResourceManager:
    """The few Resource Manager paths there are."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer = issuer

    def routes(self) -> list[tuple[str, str, Callable[[Call], Answer]]]:
        """Return (method, pattern, function)."""
        return [
            ("GET", "metadata/endpoints", self.cloud),
            ("GET", "subscriptions", self.subscriptions),
            ("GET", "tenants", self.tenants),
        ]

    def cloud(self, call: Call) -> Answer:
        """Describe this server as a cloud: one document for the 2022-09-01 version, a list before it."""
        base = call.base_url
        cloud = {
            "portal": base,
            "authentication": {
                "loginEndpoint": base,
                "audiences": [base, f"{base}/"],
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "graphAudience": f"{base}/",
            "graph": f"{base}/",
            "name": "AzureCloud",
            "suffixes": {},
            "resourceManager": base,
            "activeDirectoryDataLake": base,
            "sqlManagement": base,
            "batch": base,
            "media": base,
            "microsoftGraphResourceId": base,
            "ossrDbmsResourceId": base,
            "logAnalyticsResourceId": base,
            "synapseAnalyticsResourceId": base,
            "attestationResourceId": base,
        }
        return Answer(body=cloud if call.query.get("api-version") == "2022-09-01" else [cloud])

    def subscriptions(self, call: Call) -> Answer:
        """There are none."""
        refusal = self._refusal(call)
        return refusal or Answer(body={"value": [], "count": {"type": "Total", "value": 0}})

    def tenants(self, call: Call) -> Answer:
        """The caller's own tenant."""
        refusal = self._refusal(call)
        if refusal or call.tenant is None:
            return refusal or Answer(404)
        own = call.tenant
        shown = {"id": f"/tenants/{own.id}", "tenantId": own.id, "displayName": own.name, "defaultDomain": own.domain}
        return Answer(body={"value": [shown]})

    def _refusal(self, call: Call) -> Answer | None:
        try:
            call.tenant, call.caller = self._issuer.caller(call.headers.get("authorization"), call.base_url)
        except GraphError as refusal:
            return Answer(401, {"error": {"code": "AuthenticationFailed", "message": refusal.message}})
        return None
