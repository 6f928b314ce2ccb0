# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Graph does not say is unknown, and neither passed nor failed."""

from __future__ import annotations

import pytest
from fake_tenant import METHODS, SECURITY_DEFAULTS, guid, refusal

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import permissions, readiness

ADMIN, SERVICE = guid(1), guid(3)


@pytest.fixture
def tenant(tenant):
    """One with two accounts, whose application has not said what it may."""
    people = [
        {"id": one, "userPrincipalName": f"{name}@contoso.com", "accountEnabled": True, "onPremisesSyncEnabled": None}
        for name, one in (("admin", ADMIN), ("syncro", SERVICE))
    ]
    tenant.objects |= {
        "/subscribedSkus": [],
        "/roleManagement/directory/roleAssignments": [],
        "/auditLogs/signIns": [],
        "/users": people,
        METHODS: [
            {"id": one, "isMfaRegistered": True, "methodsRegistered": ["fido2SecurityKey"]} for one in (ADMIN, SERVICE)
        ],
    }
    tenant.permissions = None
    # Nobody signs in unless a test says so.
    tenant.log = []
    tenant.each = lambda path: iter(tenant.log)
    return tenant


def assessed(tenant, **more):
    """The checks by their ids."""
    options = {"break_glass_accounts": ["admin@contoso.com"], "service_account": "syncro@contoso.com", **more}
    result = readiness.assessed(readiness.SPEC.validate(options), tenant.reads())
    return {check["id"]: check for check in result["checks"]}


@pytest.fixture
def answers(tenant):
    """The status of each check of the tenant, once something was changed in what it says."""

    def ask(where, name, value):
        found = {
            "security": tenant.single[SECURITY_DEFAULTS],
            "account": tenant.objects["/users"][0],
            "methods": tenant.objects[METHODS][0],
            "service": tenant.objects[METHODS][1],
        }[where]
        if value is ...:
            found.pop(name, None)
        else:
            found[name] = value
        return {name: check["status"] for name, check in assessed(tenant).items()}

    return ask


@pytest.mark.parametrize(
    ("where", "name", "check", "expected"),
    [
        ("security", "isEnabled", "security-defaults", {True: "fail", False: "pass", None: "unknown", ...: "unknown"}),
        # Graph has null for who never was synchronised (https://learn.microsoft.com/graph/api/resources/user).
        (
            "account",
            "onPremisesSyncEnabled",
            "break-glass-cloud-only",
            {True: "fail", False: "pass", None: "pass", ...: "unknown"},
        ),
        (
            "account",
            "accountEnabled",
            "break-glass-enabled",
            {True: "pass", False: "fail", None: "unknown", ...: "unknown"},
        ),
        (
            "methods",
            "isMfaRegistered",
            "break-glass-mfa",
            {True: "pass", False: "fail", None: "unknown", ...: "unknown"},
        ),
        (
            "service",
            "isMfaRegistered",
            "service-account-mfa",
            {True: "pass", False: "fail", None: "unknown", ...: "unknown"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_said_is_unknown(answers, where, name, check, expected):
    assert {value: answers(where, name, value)[check] for value in expected} == expected


def test_a_way_back_that_graph_does_not_tell_of_is_unknown(answers):
    assert answers("account", "accountEnabled", True)["break-glass-way-back"] == "pass"
    assert answers("account", "accountEnabled", None)["break-glass-way-back"] == "unknown"
    assert answers("account", "accountEnabled", False)["break-glass-way-back"] == "fail"


# --- permissions ---


def refuses_users(tenant, held):
    """A tenant that refuses to list users, to an application that holds these permissions."""
    lacking = refusal(403, "Insufficient privileges to complete the operation.")
    lacking.lacks = ("User.Read.All",)
    tenant.permissions, tenant.refused = frozenset(held), {"/users"}
    plain = tenant.check

    def check(path, answer):
        if answer.status == 403:
            raise lacking
        return plain(path, answer)

    tenant.check = check


def test_a_permission_that_is_missing_is_told_once(tenant):
    refuses_users(tenant, permissions.BY_PLAYBOOK["readiness"][:2])
    checks = assessed(tenant, playbooks=["readiness"])
    assert "readiness lacks User.Read.All" in checks["permissions"]["evidence"]
    (told,) = {(checks[name]["evidence"], checks[name]["remedy"]) for name in ("break-glass", "service-account-mfa")}
    assert told == ("it cannot be told without User.Read.All", "See to the check permissions first.")
    assert checks["break-glass"]["unread"] and checks["break-glass"]["status"] == "unknown"


def test_a_refusal_that_the_check_of_permissions_does_not_explain_is_told_in_full(tenant):
    """Directory.Read.All is as good as User.Read.All, so that it is for something else."""
    refuses_users(tenant, ["Directory.Read.All", *permissions.BY_PLAYBOOK["readiness"]])
    told = assessed(tenant, playbooks=["readiness"])["break-glass"]
    assert "Insufficient privileges" in told["evidence"] and "Nothing is known to be wrong" in told["remedy"]


def test_an_application_without_any_permission_is_told_first(tenant):
    tenant.permissions = frozenset()
    first = next(iter(assessed(tenant, playbooks=["readiness", "relax"]).values()))
    assert first["id"] == "permissions" and first["status"] == "fail"
    assert first["evidence"] == (
        "it has none at all: none was added, or nobody granted admin consent; needed are Policy.Read.All, Application.Read.All, "
        "User.Read.All, AuditLog.Read.All, LicenseAssignment.Read.All, RoleManagement.Read.Directory, "
        "Policy.ReadWrite.ConditionalAccess"
    )


# --- sites ---

OFFICE = {"name": "Office", "cidrs": ["198.51.100.10/32"]}
TRAVEL = {"name": "Travel", "cidrs": ["192.0.2.7/32"], "expires": "2999-01-01T00:00:00Z"}
APPLICATION = {"id": guid(5), "appId": guid(6), "displayName": "Syncro SSO", "accountEnabled": True}


def test_without_a_site_nothing_is_said_of_sites(tenant):
    checks = assessed(tenant)
    assert checks["sites"]["status"] == "fail"
    told = checks["sites-plausible"]
    assert (told["status"], told["evidence"]) == ("unknown", "there is no site to look at")
    assert told["remedy"] == "See to the check sites first."
    assert assessed(tenant, sites=[OFFICE])["sites-plausible"]["status"] == "pass"


def test_a_site_with_an_end_need_not_be_seen(tenant):
    tenant.objects["/servicePrincipals"] = [APPLICATION]
    given = {"application": "Syncro SSO", "sites": [OFFICE, TRAVEL]}
    told = assessed(tenant, **given)["sites-seen"]
    assert told["status"] == "unknown" and "nobody signed in from 'Office', 'Travel' in 14 days" in told["evidence"]
    entry = {"id": "1", "createdDateTime": "2026-11-01T00:00:00Z", "appId": guid(6), "userId": ADMIN}
    tenant.log = [{**entry, "ipAddress": "198.51.100.10", "status": {"errorCode": 0}}]
    told = assessed(tenant, **given)["sites-seen"]
    assert told["status"] == "pass", told
    assert told["evidence"] == ("in 14 days: 'Office' 1 sign-in; not seen, and need not be, as it has an end: 'Travel'")
