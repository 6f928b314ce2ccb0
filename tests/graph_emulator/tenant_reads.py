# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Graph tells of the tenant: organization, domains, licences, security defaults, MFA registration."""

from __future__ import annotations

from collections.abc import Callable

from . import directory_sets as sets
from .builtin_objects import SERVICE_PLANS
from .directory import find, tenant_of
from .errors import bad_request, directory_object_not_found, premium_needed
from .exchange import NO_CONTENT, Answer, Call
from .graph_types import problems_of
from .odata import list_answer, single_answer
from .tenants import SECURITY_DEFAULTS_ID, JsonObject, Tenant, derived_id

Handler = Callable[[Call], Answer]


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    security_defaults = "policies/identitySecurityDefaultsEnforcementPolicy"
    registration = "reports/authenticationMethods/userRegistrationDetails"
    return [
        ("GET", "organization", _organizations),
        ("GET", "organization/{}", _organization),
        ("GET", "domains", _domains),
        ("GET", "domains/{}", _domain),
        ("GET", "subscribedSkus", _subscribed_skus),
        ("GET", "subscribedSkus/{}", _subscribed_sku),
        ("GET", security_defaults, _security_defaults),
        ("PATCH", security_defaults, _set_security_defaults),
        ("GET", registration, _registrations),
        ("GET", f"{registration}/{{}}", _registration),
    ]


def _plans(tenant: Tenant) -> list[tuple[str, str]]:
    """Return (service plan name, id), the licences of the tenant in a fixed order."""
    return [
        (name, SERVICE_PLANS[name][0] if name in SERVICE_PLANS else derived_id("", "servicePlan", name))
        for name in sorted(tenant.licences)
    ]


def _organization_of(tenant: Tenant) -> JsonObject:
    return {
        "id": tenant.id,
        "deletedDateTime": None,
        "displayName": tenant.name,
        "countryLetterCode": tenant.country,
        "createdDateTime": "2020-01-01T00:00:00Z",
        "onPremisesSyncEnabled": None,
        "tenantType": "AAD",
        "assignedPlans": [
            {
                "assignedDateTime": "2020-01-01T00:00:00Z",
                "capabilityStatus": "Enabled",
                "service": "AADPremiumService" if name.startswith("AAD_PREMIUM") else "Office365",
                "servicePlanId": plan_id,
            }
            for name, plan_id in _plans(tenant)
        ],
        "verifiedDomains": [
            {"capabilities": "Email", "isDefault": first, "isInitial": first, "name": domain, "type": "Managed"}
            for domain, first in ((one, one == tenant.domain) for one in tenant.domains)
        ],
    }


def _organizations(call: Call) -> Answer:
    return list_answer(call, sets.ORGANIZATION, [_organization_of(tenant_of(call))])


def _organization(call: Call) -> Answer:
    tenant = tenant_of(call)
    if call.keys[0].lower() != tenant.id:
        raise directory_object_not_found(call.keys[0])
    return single_answer(call, sets.ORGANIZATION, _organization_of(tenant))


def _domains_of(tenant: Tenant) -> list[JsonObject]:
    return [
        {
            "id": domain,
            "authenticationType": "Managed",
            "availabilityStatus": None,
            "isAdminManaged": True,
            "isDefault": domain == tenant.domain,
            "isInitial": domain == tenant.domain,
            "isRoot": True,
            "isVerified": True,
            "passwordNotificationWindowInDays": 14,
            "passwordValidityPeriodInDays": 2147483647,
            "state": None,
            "supportedServices": ["Email", "OfficeCommunicationsOnline"],
        }
        for domain in tenant.domains
    ]


def _domains(call: Call) -> Answer:
    return list_answer(call, sets.DOMAINS, _domains_of(tenant_of(call)))


def _domain(call: Call) -> Answer:
    for domain in _domains_of(tenant_of(call)):
        if domain["id"] == call.keys[0].lower():
            return single_answer(call, sets.DOMAINS, domain)
    raise directory_object_not_found(call.keys[0])


def _skus(tenant: Tenant) -> list[JsonObject]:
    """Return the subscriptions that bring the tenant's service plans."""
    skus: dict[str, JsonObject] = {}
    for name, plan_id in _plans(tenant):
        _plan, part_number, sku_id = SERVICE_PLANS.get(name, ("", name, derived_id("", "sku", name)))
        sku = skus.setdefault(
            sku_id,
            {
                "accountId": tenant.id,
                "accountName": tenant.domain.split(".")[0],
                "appliesTo": "User",
                "capabilityStatus": "Enabled",
                "consumedUnits": len(tenant.objects["users"]),
                "id": f"{tenant.id}_{sku_id}",
                "prepaidUnits": {"enabled": 1000, "lockedOut": 0, "suspended": 0, "warning": 0},
                "servicePlans": [],
                "skuId": sku_id,
                "skuPartNumber": part_number,
                "subscriptionIds": [derived_id(tenant.id, "subscription", sku_id)],
            },
        )
        sku["servicePlans"].append(
            {
                "appliesTo": "User",
                "provisioningStatus": "Success",
                "servicePlanId": plan_id,
                "servicePlanName": name,
            }
        )
    return list(skus.values())


def _subscribed_skus(call: Call) -> Answer:
    return list_answer(call, sets.SUBSCRIBED_SKUS, _skus(tenant_of(call)))


def _subscribed_sku(call: Call) -> Answer:
    for sku in _skus(tenant_of(call)):
        if sku["id"] == call.keys[0].lower():
            return single_answer(call, sets.SUBSCRIBED_SKUS, sku)
    raise directory_object_not_found(call.keys[0])


def _security_defaults(call: Call) -> Answer:
    policy = tenant_of(call).get("tenantPolicies", SECURITY_DEFAULTS_ID)
    return single_answer(call, sets.SECURITY_DEFAULTS, policy or {})


def _set_security_defaults(call: Call) -> Answer:
    tenant = tenant_of(call)
    body = call.json_object()
    problems = list(problems_of(body, "identitySecurityDefaultsEnforcementPolicy", "body"))
    if problems:
        raise bad_request("Invalid request body: it does not match the schema of the policy.", problems)
    if body.get("isEnabled") and any(one["state"] == "enabled" for one in tenant.all("policies")):
        raise bad_request("Security defaults cannot be enabled while Conditional Access policies are enabled.")
    before = tenant.latest("tenantPolicies", SECURITY_DEFAULTS_ID) or {}
    tenant.put("tenantPolicies", {**before, "isEnabled": body.get("isEnabled", before["isEnabled"])})
    return NO_CONTENT


def _licensed(call: Call) -> Tenant:
    tenant = tenant_of(call)
    if not tenant.is_premium:
        raise premium_needed()
    return tenant


def _registrations(call: Call) -> Answer:
    return list_answer(call, sets.REGISTRATION_DETAILS, _licensed(call).all("userRegistrationDetails"))


def _registration(call: Call) -> Answer:
    tenant = _licensed(call)
    user = find(tenant, "users", call.keys[0])
    return single_answer(call, sets.REGISTRATION_DETAILS, tenant.get("userRegistrationDetails", user["id"]) or {})
