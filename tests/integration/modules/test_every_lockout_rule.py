# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule of the lockout guard, on the wire: what breaks it is refused with no request but reads, and its nearest harmless
neighbour passes."""

from __future__ import annotations

import ansible_run
import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.lockout_rules import RULES

pytestmark = pytest.mark.one_ansible

EVERYTHING = {"include_applications": ["All"]}
PORTALS = {"include_applications": ["MicrosoftAdminPortals"]}
NOWHERE = {"include_locations": ["All"]}
ROBOTS = {"include_service_principals": ["ServicePrincipalsInMyTenant"]}

# Ranges that can be no site, by the rule, each with the nearest that can.
RANGES = {
    "SITE-EVERYWHERE": ("0.0.0.0/0", "8.0.0.0/9"),
    "SITE-TOO-WIDE": ("8.0.0.0/8", "8.0.0.0/9"),
    "SITE-HOST-BITS": ("198.51.100.7/24", "198.51.100.7/32"),
    "SITE-PRIVATE": ("192.168.0.0/24", "192.167.0.0/24"),
    "SITE-LOOPBACK": ("127.0.0.1/32", "128.0.0.1/32"),
    "SITE-LINK-LOCAL": ("169.254.7.0/24", "169.253.7.0/24"),
    "SITE-CGNAT": ("100.64.0.0/24", "100.63.0.0/24"),
    "SITE-MULTICAST": ("224.0.0.0/24", "223.0.0.0/24"),
    "SITE-RESERVED": ("240.0.0.0/24", "223.255.255.0/24"),
}
# Only a real tenant refuses it; that it does is in the unit tests, and here that a practice tenant does not.
PASSES_IN_PRACTICE = {"SITE-DOCUMENTATION": "203.0.113.0/24"}
# It is seen with a permission that these tenants' application has not: test_part_b_watch.
SEEN_BY_OTHERS = {"SERVICE-ACCOUNT-NO-MFA"}


class Cases:
    """The tasks of a tenant: for each rule one that breaks it alone, and one against which nothing speaks."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.accounts = [tenant.upn("breakglass")]
        self.left_out = [tenant.upn("breakglass"), tenant.upn("syncro-svc")]
        (mine,) = tenant.graph("GET", f"/servicePrincipals?$filter=appId eq '{tenant.defaults()['client_id']}'")[
            "value"
        ]
        self.robots = {**ROBOTS, "exclude_service_principals": [mine["id"]]}

    def policy(self, name, users=None, control="block", conditions=None, accept_risks=(), **more):
        """One that blocks Syncro for everyone but the break-glass and the service account, except at the office."""
        return {
            "msp.entra.conditional_access_policy": {
                "display_name": name,
                "enforcement": "enabled",
                "conditions": {
                    "users": users or {"include_users": ["All"], "exclude_users": self.left_out},
                    "applications": {"include_applications": ["Syncro SSO"]},
                    "locations": {"include_locations": ["All"], "exclude_locations": ["Office"]},
                    **(conditions or {}),
                },
                "grant_controls": {"built_in_controls": [control]},
                "break_glass_accounts": self.accounts,
                "service_account": self.tenant.upn("syncro-svc"),
                "accept_risks": list(accept_risks),
                **more,
            }
        }

    def _leaving_out(self, *who):
        return {"include_users": ["All"], "exclude_users": [self.tenant.upn(one) for one in who]}

    def _robots(self, value):
        conditions = {"client_applications": value, "applications": EVERYTHING, "users": {}}
        task = self.policy("CALLER-BLOCKED", conditions=conditions)
        options = task["msp.entra.conditional_access_policy"]
        del options["conditions"]["users"], options["service_account"]
        return task

    def _own(self, **conditions):
        users = {"include_users": [self.tenant.upn("syncro-svc")]}
        name = "SERVICE-ACCOUNT-LOCATION"
        task = self.policy(name, users, "mfa", {"locations": None, "applications": EVERYTHING, **conditions})
        options = task["msp.entra.conditional_access_policy"]["conditions"]
        task["msp.entra.conditional_access_policy"]["conditions"] = {k: v for k, v in options.items() if v is not None}
        return task

    def _everywhere(self, rule, applications, *accepted):
        task = self.policy(rule, conditions={"applications": applications}, accept_risks=accepted)
        del task["msp.entra.conditional_access_policy"]["conditions"]["locations"]
        return task

    def _of_policies(self):
        p = self.policy
        devices = {"users": self._leaving_out("syncro-svc"), "conditions": {"applications": PORTALS}}
        devices["accept_risks"] = ["BREAK-GLASS-NOT-EXCLUDED"]
        gone, retired, both = (
            [self.tenant.upn(one) for one in who] for who in (["gone"], ["retired"], ["breakglass", "dana"])
        )
        name = "BREAK-GLASS-NOT-EXCLUDED"
        return {
            "NO-BREAK-GLASS": (
                p("NO-BREAK-GLASS", conditions={"applications": EVERYTHING}, break_glass_accounts=[]),
                p("NO-BREAK-GLASS", break_glass_accounts=[]),
            ),
            "BREAK-GLASS-MISSING": (p("BREAK-GLASS-MISSING", break_glass_accounts=gone), p("BREAK-GLASS-MISSING")),
            "BREAK-GLASS-DISABLED": (
                p("BREAK-GLASS-DISABLED", break_glass_accounts=retired),
                p("BREAK-GLASS-DISABLED"),
            ),
            name: (
                p(name, break_glass_accounts=both),
                p(name, self._leaving_out("breakglass", "syncro-svc", "dana"), break_glass_accounts=both),
            ),
            "NO-WAY-BACK": (
                p("NO-WAY-BACK", control="compliantDevice", **devices),
                p("NO-WAY-BACK", control="mfa", **devices),
            ),
            "CALLER-BLOCKED": (self._robots(ROBOTS), self._robots(self.robots)),
            "BLOCK-ALL": (
                self._everywhere("BLOCK-ALL", EVERYTHING, "NO-TRUSTED-LOCATION"),
                self._everywhere("BLOCK-ALL", {**EVERYTHING, "exclude_applications": ["MicrosoftAdminPortals"]}),
            ),
            "NO-TRUSTED-LOCATION": (
                self._everywhere("NO-TRUSTED-LOCATION", PORTALS),
                self._everywhere("NO-TRUSTED-LOCATION", {"include_applications": ["O'Brien's App & Co"]}),
            ),
            "NO-EVIDENCE": (
                p("NO-EVIDENCE", needs_evidence=True),
                p("NO-EVIDENCE", needs_evidence=True, enforcement="report_only"),
            ),
            "SERVICE-ACCOUNT-NOT-EXCLUDED": (
                p("SERVICE-ACCOUNT-NOT-EXCLUDED", self._leaving_out("breakglass")),
                p("SERVICE-ACCOUNT-NOT-EXCLUDED"),
            ),
            "SERVICE-ACCOUNT-LOCATION": (self._own(locations=NOWHERE), self._own()),
            "SERVICE-ACCOUNT-DROPPED": tuple(
                {"msp.entra.conditional_access_policy": {"display_name": "Drops", "conditions": {"users": users}}}
                for users in (
                    {"exclude_users": self.accounts},
                    {"exclude_users": [*self.left_out, self.tenant.upn("dana")]},
                )
            ),
        }

    def by_rule(self):
        site = {"name": "Office", "cidrs": ["203.0.113.0/24"]}
        guard = [{"msp.entra.lockout_guard": {"sites": s, "break_glass_accounts": self.accounts}} for s in ([], [site])]
        locations = {
            rule: [{"display_name": rule, "ip_ranges": [cidr], "trusted": True} for cidr in cidrs]
            for rule, cidrs in RANGES.items()
        }
        locations["SITE-SHRUNK"] = [
            {"display_name": "Own", "ip_ranges": cidrs} for cidrs in (["198.51.100.10/32"], ["198.51.100.0/23"])
        ]
        locations["TRUST-RELIED-ON"] = [
            {"display_name": "Depot", "trusted": False},
            {"display_name": "Own", "trusted": False},
        ]
        named = {rule: tuple({"msp.entra.named_location": one} for one in both) for rule, both in locations.items()}
        return {**self._of_policies(), **named, "NO-SITE": tuple(guard)}


@pytest.fixture
def cases(tenant):
    """A tenant with two sites and one place that is none, and policies by hand that leave them out, or the service account."""
    places = {"Office": (True, "203.0.113.0/24"), "Depot": (True, "203.0.114.0/28"), "Own": (False, "198.51.100.0/24")}
    tenant.results(
        *(
            {"msp.entra.named_location": {"display_name": name, "trusted": trusted, "ip_ranges": [cidr]}}
            for name, (trusted, cidr) in places.items()
        ),
        *_by_hand(made := Cases(tenant)),
    )
    return made


def _by_hand(cases):
    svc = {"include_users": [cases.tenant.upn("syncro-svc")]}
    own = cases.policy("Own of the service account", svc, "mfa", {"applications": EVERYTHING})
    del own["msp.entra.conditional_access_policy"]["conditions"]["locations"]
    yield own
    for name, left_out in (("Leaves out Own", "Own"), ("Leaves out trusted", "AllTrusted")):
        yield cases.policy(name, conditions={"locations": {**NOWHERE, "exclude_locations": [left_out]}})
    yield cases.policy("Drops", control="mfa")


def test_every_rule_has_its_two_cases(cases):
    assert set(cases.by_rule()) | set(PASSES_IN_PRACTICE) | SEEN_BY_OTHERS == set(RULES)


def test_what_breaks_a_rule_is_refused_with_no_request_but_reads(cases):
    by_rule = cases.by_rule()
    tasks = [{"name": rule, **refused} for rule, (refused, dummy) in by_rule.items()]
    done = cases.tenant.tasks(*tasks, keep_going=True)
    found = {rule: sorted({one["id"] for one in done.of(rule).get("lockout", [])}) for rule in by_rule}
    assert found == {rule: [rule] for rule in by_rule}
    assert all(f"[{rule}] {RULES[rule].title}" in done.of(rule)["msg"] for rule in by_rule)
    log = cases.tenant.log()
    assert log and not ansible_run.writes(log)


def test_the_nearest_harmless_neighbour_passes(cases):
    by_rule = cases.by_rule()
    tasks = [{"name": rule, **harmless} for rule, (dummy, harmless) in by_rule.items()]
    tasks += [
        {"name": rule, "msp.entra.named_location": {"display_name": rule, "ip_ranges": [cidr], "trusted": True}}
        for rule, cidr in PASSES_IN_PRACTICE.items()
    ]
    done = cases.tenant.tasks(*tasks, keep_going=True)
    failed = {task["name"]: done.of(task["name"])["msg"] for task in tasks if done.failed(task["name"])}
    assert failed == {}
    told = {task["name"]: " ".join(done.of(task["name"]).get("warnings", [])) for task in tasks}
    assert [rule for rule, warnings in told.items() if f"[{rule}]" in warnings] == []
