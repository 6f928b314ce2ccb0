# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entra's login endpoints as clients really call them: discovery, keys, tokens, managed identity.

Each function takes a ``Call`` whose ``keys`` are the variable parts of its path, and returns an ``Answer``.
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from .client_assertions import ASSERTION_TYPE, check_assertion
from .clock import now
from .errors import LoginError
from .exchange import Answer, Call
from .tenants import Client, Directory, Tenant
from .tokens import LIFETIME, TokenIssuer, resources

# Tenants of these names are Entra's own doors for "whoever signs in"; discovery works there, application tokens do not.
_SHARED_DOORS = ("common", "organizations", "consumers")


class Login:
    """The login endpoints over one directory."""

    def __init__(self, directory: Directory, issuer: TokenIssuer) -> None:
        self._directory = directory
        self._issuer = issuer

    def routes(self) -> list[tuple[str, str, Callable[[Call], Answer]]]:
        """Return (method, pattern, function); ``{}`` is a variable part."""
        return [
            ("GET", "{}/v2.0/.well-known/openid-configuration", self.openid_configuration),
            ("GET", "{}/.well-known/openid-configuration", self.openid_configuration),
            ("GET", "{}/discovery/instance", self.instance_discovery),
            ("GET", "{}/discovery/v2.0/keys", self.signing_keys),
            ("GET", "{}/discovery/keys", self.signing_keys),
            ("POST", "{}/oauth2/v2.0/token", self.token),
            ("POST", "{}/oauth2/token", self.token),
            ("GET", "msi/token", self.managed_identity_token),
        ]

    def answer(self, function: Callable[[Call], Answer], call: Call) -> Answer:
        """Call one of the functions and put a refusal into the token endpoint's form."""
        try:
            return function(call)
        except LoginError as refusal:
            correlation = call.headers.get("client-request-id") or str(uuid4())
            return Answer(refusal.status, refusal.body(call.request_id, correlation, call.base_url))

    def tenant_of(self, name: str) -> Tenant:
        """Return the tenant named in the path, or refuse as Entra does."""
        tenant = self._directory.find(name)
        if tenant is None:
            raise LoginError(
                400,
                "invalid_request",
                90002,
                f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into "
                "the correct cloud. Check with your subscription administrator, this may happen if there are no active "
                "subscriptions for the tenant.",
            )
        return tenant

    def openid_configuration(self, call: Call) -> Answer:
        """Tell where the tenant's endpoints are."""
        name = call.keys[0]
        tenant_id = "{tenantid}" if name.lower() in _SHARED_DOORS else self.tenant_of(name).id
        root = f"{call.base_url}/{name if tenant_id == '{tenantid}' else tenant_id}"
        return Answer(
            body={
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": f"{call.base_url}/{tenant_id}/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
                "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
                "tenant_region_scope": "NA",
                "cloud_instance_name": call.base_url.removeprefix("https://"),
                "cloud_graph_host_name": call.base_url.removeprefix("https://"),
                "msgraph_host": call.base_url.removeprefix("https://"),
            }
        )

    def instance_discovery(self, call: Call) -> Answer:
        """Tell MSAL that this host is a login host of its own."""
        host = call.base_url.removeprefix("https://")
        name = next(iter(self._directory.tenants), "common")
        return Answer(
            body={
                "tenant_discovery_endpoint": f"{call.base_url}/{name}/v2.0/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            }
        )

    def signing_keys(self, call: Call) -> Answer:
        """Publish the key that access tokens are signed with."""
        if call.keys[0].lower() not in _SHARED_DOORS:
            self.tenant_of(call.keys[0])
        return Answer(body={"keys": [self._issuer.jwk]})

    def token(self, call: Call) -> Answer:
        """Answer the client credentials grant, with a secret or with a signed assertion."""
        tenant = call.tenant = self.tenant_of(call.keys[0])
        body = call.body if isinstance(call.body, (bytes, bytearray)) else b""
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if not form.get("grant_type"):
            raise LoginError(
                400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."
            )
        if form["grant_type"] != "client_credentials":
            raise LoginError(
                400,
                "unsupported_grant_type",
                70003,
                f"The app requested an unsupported grant type '{form['grant_type']}'.",
            )
        client = _client(tenant, form.get("client_id", ""))
        _prove(client, form, _token_audiences(call, tenant))
        audience = _audience(form, call)
        value, expires = self._issuer.issue(tenant, client, audience)
        answer: dict[str, Any] = {"token_type": "Bearer", "expires_in": LIFETIME - 1, "ext_expires_in": LIFETIME - 1}
        if "resource" in form:  # the v1 endpoint answers with more, and with numbers as text
            answer = {key: str(text) for key, text in answer.items()}
            answer |= {"expires_on": str(expires), "not_before": str(expires - LIFETIME), "resource": form["resource"]}
        return Answer(body={**answer, "access_token": value}, headers={"Cache-Control": "no-store"})

    def managed_identity_token(self, call: Call) -> Answer:
        """Answer as App Service's identity endpoint: the header's value says which client this machine is."""
        value = call.headers.get("x-identity-header", "")
        found = [
            (tenant, client)
            for tenant in self._directory.tenants.values()
            for client in tenant.clients.values()
            if client.identity_header and value and compare_digest(client.identity_header.encode(), value.encode())
        ]
        if not found or call.query.get("client_id", found[0][1].client_id) != found[0][1].client_id:
            return Answer(401, {"statusCode": 401, "message": "No managed identity is available for this header."})
        if call.query.get("api-version") != "2019-08-01" or not call.query.get("resource"):
            return Answer(400, {"statusCode": 400, "message": "api-version=2019-08-01 and resource are required."})
        tenant, client = found[0]
        call.tenant = tenant
        resource = call.query["resource"].rstrip("/")
        if resource not in resources(call.base_url):
            return Answer(400, {"statusCode": 400, "message": f"AADSTS500011: no resource named {resource}."})
        token, expires = self._issuer.issue(tenant, client, resource)
        return Answer(
            body={
                "access_token": token,
                "expires_on": str(expires),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": client.client_id,
            }
        )


def _client(tenant: Tenant, client_id: str) -> Client:
    if not client_id:
        raise LoginError(
            400, "invalid_request", 900144, "The request body must contain the following parameter: 'client_id'."
        )
    client = tenant.clients.get(client_id.lower())
    if client is None:
        raise LoginError(
            400,
            "unauthorized_client",
            700016,
            f"Application with identifier '{client_id}' was not found in the directory '{tenant.name}'. This can "
            "happen if the application has not been installed by the administrator of the tenant or consented to by "
            "any user in the tenant. You may have sent your authentication request to the wrong tenant.",
        )
    if not client.enabled:
        raise LoginError(
            401,
            "unauthorized_client",
            7000112,
            f"Application '{client.client_id}'({client.display_name}) is disabled.",
        )
    return client


def _prove(client: Client, form: dict[str, str], audiences: set[str]) -> None:
    """Check the client's proof: a secret, or an assertion signed by its certificate or by a trusted issuer."""
    if "client_assertion" in form:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise LoginError(
                400, "invalid_request", 900144, f"The 'client_assertion_type' parameter must be '{ASSERTION_TYPE}'."
            )
        check_assertion(client, form["client_assertion"], audiences)
        return
    if "client_secret" not in form:
        raise LoginError(
            401,
            "invalid_client",
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    if client.secret is None or not compare_digest(client.secret.encode(), form["client_secret"].encode()):
        raise LoginError(
            401,
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{client.client_id}'.",
        )
    if client.secret_expires and client.secret_expires <= now():
        raise LoginError(
            401,
            "invalid_client",
            7000222,
            f"The provided client secret keys for app '{client.client_id}' are expired. Visit the Azure portal to "
            "create new keys for your app.",
        )


def _token_audiences(call: Call, tenant: Tenant) -> set[str]:
    """Return the names under which clients address this token endpoint in a certificate assertion."""
    names = {tenant.id, tenant.domain, call.keys[0]}
    ends = ("oauth2/v2.0/token", "oauth2/token", "v2.0")
    return {f"{call.base_url}/{name}/{end}" for name in names for end in ends}


def _audience(form: dict[str, str], call: Call) -> str:
    """Return the resource that the scope (or the v1 ``resource``) names; only Graph is served."""
    if "resource" in form:
        resource = form["resource"].rstrip("/")
    else:
        scope = form.get("scope", "")
        if not scope:
            raise LoginError(
                400, "invalid_request", 900144, "The request body must contain the following parameter: 'scope'."
            )
        if not scope.endswith("/.default") or " " in scope:
            raise LoginError(
                400,
                "invalid_scope",
                1002012,
                f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
                "with /.default suffixed to the resource identifier (application ID URI).",
            )
        resource = scope.removesuffix("/.default").rstrip("/")
    if resource not in resources(call.base_url):
        raise LoginError(
            400,
            "invalid_resource",
            500011,
            f"The resource principal named {resource} was not found in the tenant. This can happen if the application "
            "has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
        )
    return resource
