# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant with a restriction in report-only, a sign-in log and a What If, all in memory, to validate."""

from __future__ import annotations

import datetime
import types

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import validation
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import GraphError, error_type
from ansible_collections.msp.entra.plugins.plugin_utils.graph.session import Answer

TENANT_ID = "99999999-9999-4999-8999-999999999999"
APP = {"id": "5", "appId": "33333333-3333-4333-8333-333333333333", "displayName": "Syncro SSO", "accountEnabled": True}
BREAK_GLASS, SERVICE, DANA, ALEX = (
    {"id": f"4b1d7a35-3f0c-4d25-8f6a-6a6d5a0e0b0{number}", "userPrincipalName": f"{name}@x.example"}
    for number, name in enumerate(("breakglass", "syncro-svc", "dana", "alex"))
)
OFFICE_IP, HOME_IP = "198.51.100.10", "203.0.113.80"
NOW = datetime.datetime.now(datetime.UTC)


def ago(**time):
    return (NOW - datetime.timedelta(**time)).isoformat()


def place(number, name, *cidrs, **more):
    return {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": f"8f2b0c54-6f0e-4a52-9d5c-3a1f7f4f6b2{number}",
        "displayName": name,
        "createdDateTime": ago(days=30),
        "isTrusted": True,
        "ipRanges": [{"cidrAddress": cidr} for cidr in cidrs],
        **more,
    }


def countries(number, name, *codes, **more):
    return {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "id": f"8f2b0c54-6f0e-4a52-9d5c-3a1f7f4f6b2{number}",
        "displayName": name,
        "createdDateTime": ago(days=30),
        "countriesAndRegions": list(codes),
        "includeUnknownCountriesAndRegions": False,
        "countryLookupMethod": "clientIpAddress",
        **more,
    }


OFFICE = place(1, "Trusted - Office", f"{OFFICE_IP}/32")


def broken_off(by):
    """End what is going on with this exception, if it is one."""
    if by:
        raise by


class Tenant:
    """Its parts can be changed before it is validated. ``refuses`` says, by object id, with which status What If is refused;
    ``answer`` is put in place of every answer of What If."""

    def __init__(self, *locations):
        self.locations = list(locations or (OFFICE,))
        self.users = [BREAK_GLASS, SERVICE, DANA, ALEX]
        self.log = []
        self.refuses = {}
        self.failure = self.log_failure = None
        self.answer = None
        self.questions = []
        self.assignments = [{"principalId": BREAK_GLASS["id"], "directoryScopeId": "/"}]
        excluded = [BREAK_GLASS["id"], SERVICE["id"]]
        self.policy = {
            "id": "2d0f3f0e-9b64-4b0b-8f37-5b1c3f7d1a44",
            "displayName": "Wall",
            "state": "enabledForReportingButNotEnforced",
            "createdDateTime": ago(days=20),
            "conditions": {
                "users": {"includeUsers": ["All"], "excludeUsers": excluded},
                "applications": {"includeApplications": [APP["appId"]]},
                "clientAppTypes": ["all"],
                "locations": {
                    "includeLocations": ["All"],
                    "excludeLocations": [one["id"] for one in self.locations],
                },
            },
            "grantControls": {"operator": "OR", "builtInControls": ["block"]},
        }
        self.session = types.SimpleNamespace(
            tenant_id=TENANT_ID, permissions=None, each=self._each, evaluations=self._evaluations, check=self._check
        )

    def signs_in(self, who=DANA, ip=OFFICE_IP, result="reportOnlyNotApplied", times=1, country="US", **more):
        """Entries of the log; ``result`` is the policy's, None where the entry does not tell of it."""
        applied = [{"id": self.policy["id"].upper(), "displayName": "Wall", "result": result}] if result else []
        entry = {
            "createdDateTime": ago(days=1),
            "userId": who["id"],
            "userPrincipalName": who["userPrincipalName"],
            "homeTenantId": TENANT_ID,
            "resourceTenantId": TENANT_ID,
            "appId": APP["appId"],
            "resourceId": APP["appId"],
            "ipAddress": ip,
            "clientAppUsed": "Browser",
            "location": {"countryOrRegion": country},
            "status": {"errorCode": 0},
            "deviceDetail": {"operatingSystem": "Windows 10"},
            "appliedConditionalAccessPolicies": applied,
            **more,
        }
        self.log += [entry] * times
        return self

    def validated(self, **options):
        given = {
            "policy": "Wall",
            "application": "Syncro SSO",
            "break_glass_accounts": [BREAK_GLASS["userPrincipalName"]],
            "service_account": SERVICE["userPrincipalName"],
            "minimum_sign_ins": 1,
            **options,
        }
        return validation.validated(validation.SPEC.validate({k: v for k, v in given.items() if v is not None}), self)

    def check(self, name, **options):
        """The status and the evidence of one check."""
        (found,) = [one for one in self.validated(**options)["checks"] if one["id"] == name]
        return found["status"], found["evidence"]

    # What Reads and GraphSession offer.

    def listings(self, paths):
        return [self._listing(path.split("?")[0]) for path in paths]

    def listings_beside(self, paths, wished):
        return self.listings(paths), dict.fromkeys(wished, self.assignments)

    def _listing(self, path):
        return {
            "/identity/conditionalAccess/policies": [self.policy],
            "/identity/conditionalAccess/namedLocations": self.locations,
            "/users": self.users,
            "/servicePrincipals": [APP],
        }[path]

    def attempts(self, paths):
        return {path: [] for path in paths}

    def _each(self, path):
        broken_off(self.log_failure)
        return iter(self.log)

    def _evaluations(self, path, bodies):
        broken_off(self.failure)
        self.questions += bodies
        return [self._said(body) for body in bodies]

    def _said(self, body):
        who, where = body["signInIdentity"]["userId"], body["signInConditions"]
        if who in self.refuses:
            return Answer(self.refuses[who], {}, None)
        if self.answer is not None:
            return Answer(200, {}, self.answer)
        elsewhere = where["ipAddress"].startswith("24") and "country" not in where
        spared = who in self.policy["conditions"]["users"]["excludeUsers"]
        return Answer(200, {}, {"value": [{**self.policy, "policyApplies": elsewhere and not spared}]})

    @staticmethod
    def _check(path, answer, method="GET"):
        if answer.status >= 400:
            raise refusal(answer.status)
        return answer.body


def refusal(status) -> GraphError:
    return error_type(status)(
        status=status,
        code="code",
        message="No.",
        inner="",
        request="POST /evaluate",
        request_id="1",
        client_request_id="2",
    )
