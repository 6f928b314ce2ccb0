# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``POST /identity/conditionalAccess/evaluate``: What If, over the policies there are.

Sources: the reference page of the action with its examples, the page of signInConditions (what is left out is ``none``
or ``all``), and Microsoft's page on the What If tool: what a policy asks about and the request does not say cannot be
evaluated, and groups of applications such as Office365 are no application.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

from .directory import tenant_of
from .errors import NOT_LICENSED, GraphError, bad_request, refused
from .exchange import Answer, Call
from .graph_types import is_guid, problems_of
from .iso_countries import COUNTRIES
from .judgement import Rules
from .policy_shape import with_relationships
from .sign_in_attempts import device_of
from .sign_in_facts import Identity, SignIn
from .tenants import JsonObject, Tenant

Handler = Callable[[Call], Answer]
_PARAMETERS = {
    "signInIdentity": "signInIdentity",
    "signInContext": "signInContext",
    "signInConditions": "signInConditions",
    "appliedPoliciesOnly": "Edm.Boolean",
}
_REQUIRED = ("signInIdentity", "signInContext", "signInConditions")
# what policies call the client apps that a request calls "all": nobody said which
_NOT_SAID = ("all", None)


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    return [("POST", "identity/conditionalAccess/evaluate", _evaluate)]


def _evaluate(call: Call) -> Answer:
    tenant = tenant_of(call)
    if not tenant.is_premium:
        raise GraphError(403, "AccessDenied", NOT_LICENSED)
    body = _checked(call.json_object())
    rules = Rules(tenant)
    findings = rules.findings(_sign_in(tenant, rules, body))
    if body.get("appliedPoliciesOnly"):
        findings = [one for one in findings if one.applies]
    results = [
        with_relationships(tenant, one.policy, call.base_url)
        | {"policyApplies": one.applies, "analysisReasons": one.reason}
        for one in findings
    ]
    context = f"{call.base_url}/v1.0/$metadata#Collection(microsoft.graph.whatIfAnalysisResult)"
    return Answer(body={"@odata.context": context, "value": results})


def _checked(body: JsonObject) -> JsonObject:
    """Return a body that is of the action's types, or refuse it."""
    for name in body:
        if name not in _PARAMETERS and "@" not in name:
            raise bad_request(
                f"The parameter '{name}' in the request payload is not a valid parameter for the operation 'evaluate'."
            )
    for name in _REQUIRED:
        if body.get(name) is None:
            raise bad_request(f"The parameter '{name}' of the operation 'evaluate' is missing in the request payload.")
    body = {**body, "signInIdentity": _with_user_type(body["signInIdentity"])}
    problems = [
        problem
        for name, type_name in _PARAMETERS.items()
        if name in body
        for problem in problems_of(body[name], type_name, name)
    ]
    if problems:
        raise bad_request("Invalid request body: it does not match the types of the operation 'evaluate'.", problems)
    return body


def _with_user_type(identity: Any) -> Any:
    """``externalUserType`` may not be null, and may be left out: everybody leaves it out for members."""
    kind = str(identity.get("@odata.type")).rpartition(".")[2] if isinstance(identity, dict) else ""
    return {"externalUserType": "none", **identity} if kind == "userSignIn" else identity


def _sign_in(tenant: Tenant, rules: Rules, body: JsonObject) -> SignIn:
    for reason in _reasons(body):
        raise refused(reason)
    context, said = body["signInContext"], body["signInConditions"]
    address, device = said.get("ipAddress"), said.get("deviceInfo")
    return SignIn(
        identity=_identity(tenant, rules, body["signInIdentity"]),
        applications=tuple(one.lower() for one in context.get("includeApplications") or ()),
        user_action=context.get("userAction"),
        authentication_context=context.get("authenticationContextValue"),
        ip=ip_address(address) if address else None,
        country=said.get("country"),
        platform=None if said.get("devicePlatform") in _NOT_SAID else said["devicePlatform"],
        client_app=None if said.get("clientAppType") in _NOT_SAID else said["clientAppType"],
        sign_in_risk=said.get("signInRiskLevel") or "none",
        user_risk=said.get("userRiskLevel") or "none",
        service_principal_risk=said.get("servicePrincipalRiskLevel") or "none",
        insider_risk=said.get("insiderRiskLevel") or "none",
        transfer_method=(said.get("authenticationFlow") or {}).get("transferMethod") or "none",
        device=device_of(device) if device else None,
        is_whole=False,
    )


def _reasons(body: JsonObject) -> Iterator[str]:
    """Give what is wrong with a body that is of the right types."""
    context, said = body["signInContext"], body["signInConditions"]
    kind = str(context["@odata.type"]).rpartition(".")[2]
    applications = context.get("includeApplications")
    if kind == "applicationContext" and not applications:
        yield "The 'includeApplications' of the sign-in context must name at least one application."
    for name in applications or ():
        if not is_guid(name):
            yield f"The application '{name}' of the sign-in context is no application id."
    if kind == "userActionContext" and not context.get("userAction"):
        yield "The 'userAction' of the sign-in context must be specified."
    if kind == "authContext" and not context.get("authenticationContextValue"):
        yield "The 'authenticationContextValue' of the sign-in context must be specified."
    if said.get("ipAddress") and not _is_address(said["ipAddress"]):
        yield f"Invalid IP address: '{said['ipAddress']}'."
    if said.get("country") and said["country"] not in COUNTRIES:
        yield f"Invalid country or region code: '{said['country']}'. Two-letter codes of ISO 3166-1 are required."


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _identity(tenant: Tenant, rules: Rules, given: JsonObject) -> Identity:
    """Return who signs in: somebody of the directory, or one of a kind of guests who is not in it."""
    if "servicePrincipalId" in given:
        principal = tenant.get("servicePrincipals", given["servicePrincipalId"] or "")
        if principal is None:
            raise refused(f"ServicePrincipal with id {given['servicePrincipalId']} does not exist in the directory.")
        return rules.identities.service_principal(principal)
    user_id, kind = given.get("userId"), given.get("externalUserType", "none")
    user = tenant.get("users", user_id) if user_id else None
    if user_id and user is None:
        raise refused(f"User with id {user_id} does not exist in the directory.")
    if user is None and kind == "none":
        raise refused("The sign-in identity must be a user, a kind of external user or a service principal.")
    known = rules.identities.user(user) if user else Identity(None)
    if kind == "none":
        return known
    home = given.get("externalTenantId")
    return Identity(
        known.id, groups=known.groups, roles=known.roles, guest_kind=kind, home_tenant=home and home.lower()
    )
