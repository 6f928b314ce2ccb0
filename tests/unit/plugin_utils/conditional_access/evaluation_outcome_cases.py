# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policies ask for, alone and together, and what comes of it: rows as in ``evaluation_tenant``, with several policies."""

from __future__ import annotations

from evaluation_tenant import SALES, WIKI, dana, policy

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.controls import MFA_STRENGTH
from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.sign_in import UNKNOWN_DEVICE, Device

REPORT_ONLY = "enabledForReportingButNotEnforced"
STRONG = "0a1b2c3d-0020-4bbb-8ccc-0123456789ab"
STRENGTH = f"authenticationStrength/{STRONG}"
NOT_FOR_THIS = {"applications": {"includeApplications": [WIKI]}}
FOR_SALES = {"users": {"includeGroups": [SALES]}}
GROUPS_UNKNOWN = dana(groups=None)
COMPLIANT, NOT_COMPLIANT = Device.of(isCompliant=True), Device.of(isCompliant=False)
HYBRID, JOINED = Device.of(trustType="ServerAD"), Device.of(trustType="AzureAD")


def needing(*controls, operator="AND", state="enabled", name="Needs", session=None, **others):
    """A policy that asks for controls: Graph's words, or property/id."""
    found = policy(state, [control for control in controls if "/" not in control], name, **others)
    grant = {**found["grantControls"], "operator": operator}
    for control in controls:
        prop, slash, object_id = control.partition("/")
        if slash:
            grant[prop] = {"id": object_id} if prop == "authenticationStrength" else [*grant.get(prop, []), object_id]
    return {**found, "grantControls": grant, "sessionControls": session}


def blocking(state="enabled", name="Blocks", **others):
    return policy(state, name=name, **others)


MFA, DEVICE = ("mfa",), ("compliantDevice",)
MFA_OR_DEVICE = ("mfa", "compliantDevice")


def needs(*groups, by=("Needs",)):
    return {"verdict": "needs", "needs": groups, "policies": by}


def blocked(*by):
    return {"verdict": "blocked", "needs": (), "policies": by}


def granted():
    return {"verdict": "granted", "needs": (), "policies": ()}


def unknown(best, worst, by, *groups, facts=("the groups of the user",)):
    return {"verdict": "unknown", "best": best, "worst": worst, "policies": by, "needs": groups, "missing": facts}


# What one policy's controls come to, by what the sign-in has done and can do.
ONE = [
    ("no-policy", "policies", [], {}, granted()),
    ("block", "grant", [blocking()], {}, blocked("Blocks")),
    ("block-with-others", "grant", [needing("block", "mfa", name="Blocks")], {"met": {"mfa"}}, blocked("Blocks")),
    ("mfa", "grant", [needing("mfa")], {}, needs(MFA)),
    ("mfa-done", "grant", [needing("mfa")], {"met": {"mfa"}}, granted()),
    ("mfa-not-yet", "policies", [needing("mfa")], {"not_met": {"mfa"}}, needs(MFA)),
    ("mfa-out-of-reach", "grant", [needing("mfa")], {"out_of_reach": {"mfa"}}, blocked("Needs")),
    ("mfa-by-legacy", "conditions", [needing("mfa")], {"client_app": "other"}, blocked("Needs")),
    ("mfa-by-activesync", "conditions", [needing("mfa")], {"client_app": "exchangeActiveSync"}, blocked("Needs")),
    (
        "terms-by-activesync",
        "conditions",
        [needing("termsOfUse/t")],
        {"client_app": "exchangeActiveSync"},
        blocked("Needs"),
    ),
    (
        "device-by-legacy",
        "conditions",
        [needing("compliantDevice")],
        {"client_app": "other", "device": COMPLIANT},
        blocked("Needs"),
    ),
    ("device", "grant", [needing("compliantDevice")], {"device": COMPLIANT}, granted()),
    ("device-not", "grant", [needing("compliantDevice")], {"device": NOT_COMPLIANT}, blocked("Needs")),
    ("device-unregistered", "grant", [needing("compliantDevice")], {}, blocked("Needs")),
    ("device-unknown", "grant", [needing("compliantDevice")], {"device": UNKNOWN_DEVICE}, needs(DEVICE)),
    ("hybrid", "grant", [needing("domainJoinedDevice")], {"device": HYBRID}, granted()),
    ("hybrid-not", "grant", [needing("domainJoinedDevice")], {"device": JOINED}, blocked("Needs")),
    ("hybrid-unregistered", "grant", [needing("domainJoinedDevice")], {}, blocked("Needs")),
    ("approved", "grant", [needing("approvedApplication")], {}, needs(("approvedApplication",))),
    ("approved-not", "grant", [needing("approvedApplication")], {"not_met": {"approvedApplication"}}, blocked("Needs")),
    ("strength", "strengths", [needing(STRENGTH)], {}, needs((STRENGTH,))),
    (
        "strength-in-capitals",
        "strengths",
        [needing(STRENGTH.replace(STRONG, STRONG.upper()))],
        {"met": {STRENGTH}},
        granted(),
    ),
    ("strength-is-more-than-mfa", "strengths", [needing(STRENGTH)], {"met": {"mfa"}}, needs((STRENGTH,))),
    ("strength-of-mfa", "strengths", [needing(MFA_STRENGTH)], {"met": {"mfa"}}, granted()),
    ("mfa-by-strength-of-mfa", "strengths", [needing("mfa")], {"met": {MFA_STRENGTH}}, granted()),
    ("terms", "grant", [needing("termsOfUse/t")], {"met": {"termsOfUse/t"}}, granted()),
    ("other-terms", "grant", [needing("termsOfUse/t")], {"met": {"termsOfUse/u"}}, needs(("termsOfUse/t",))),
    ("custom", "grant", [needing("customAuthenticationFactors/c")], {}, needs(("customAuthenticationFactors/c",))),
    ("all-of", "grant", [needing("mfa", "compliantDevice")], {"device": COMPLIANT}, needs(MFA)),
    ("all-of-one-fails", "grant", [needing("mfa", "compliantDevice")], {"met": {"mfa"}}, blocked("Needs")),
    ("all-of-are-met", "grant", [needing("mfa", "compliantDevice")], {"met": {"mfa"}, "device": COMPLIANT}, granted()),
    (
        "one-of",
        "grant",
        [needing("mfa", "compliantDevice", operator="OR")],
        {"device": UNKNOWN_DEVICE},
        needs(MFA_OR_DEVICE),
    ),
    ("one-of-is-met", "grant", [needing("mfa", "compliantDevice", operator="OR")], {"device": COMPLIANT}, granted()),
    ("one-of-is-left", "grant", [needing("mfa", "compliantDevice", operator="OR")], {}, needs(MFA)),
    (
        "one-of-none-is-left",
        "grant",
        [needing("mfa", "compliantDevice", operator="OR")],
        {"out_of_reach": {"mfa"}},
        blocked("Needs"),
    ),
    (
        "asked-in-order",
        "policies",
        [needing("termsOfUse/t", "passwordChange", "mfa")],
        {},
        needs(MFA, ("passwordChange",), ("termsOfUse/t",)),
    ),
    (
        "session-only",
        "policies",
        [needing(session={"persistentBrowser": {"mode": "never", "isEnabled": True}})],
        {},
        granted(),
    ),
    ("nothing-is-asked", "policies", [needing()], {}, granted()),
    (
        "token",
        "token",
        [needing(session={"secureSignInSession": {"isEnabled": True}})],
        {},
        needs(("secureSignInSession",)),
    ),
    ("token-off", "token", [needing(session={"secureSignInSession": {"isEnabled": False}})], {}, granted()),
    ("control-of-tomorrow", "evolvable", [needing("smellTest")], {}, needs(("smellTest",))),
    (
        "property-of-tomorrow",
        "evolvable",
        [{**needing("mfa"), "grantControls": {"operator": "OR", "builtInControls": ["mfa"], "smell": "nice"}}],
        {},
        unknown(
            "needs", "blocked", ("Needs",), MFA, facts=("what grantControls.smell asks for, which is of a newer Graph",)
        ),
    ),
    (
        "session-control-of-tomorrow",
        "evolvable",
        [needing(session={"smell": {"isEnabled": True}})],
        {},
        unknown(
            "granted", "blocked", ("Needs",), facts=("what sessionControls.smell asks for, which is of a newer Graph",)
        ),
    ),
    (
        "operator-of-tomorrow",
        "evolvable",
        [needing("mfa", "compliantDevice", operator="XOR")],
        {"device": COMPLIANT},
        unknown(
            "needs",
            "blocked",
            ("Needs",),
            MFA,
            facts=("what grantControls.operator XOR asks for, which is of a newer Graph",),
        ),
    ),
]

# What policies come to together.
SEVERAL = [
    (
        "both-are-asked",
        "policies",
        [needing("mfa"), needing("compliantDevice", name="Device")],
        {"device": UNKNOWN_DEVICE},
        needs(MFA, DEVICE, by=("Device", "Needs")),
    ),
    ("asked-twice", "policies", [needing("mfa"), needing("mfa", name="Again")], {}, needs(MFA, by=("Again", "Needs"))),
    (
        "one-follows-from-the-other",
        "policies",
        [needing("mfa"), needing("mfa", "compliantDevice", operator="OR", name="Or")],
        {"device": UNKNOWN_DEVICE},
        needs(MFA, by=("Needs", "Or")),
    ),
    ("block-wins", "policies", [needing("mfa"), blocking()], {"met": {"mfa"}}, blocked("Blocks")),
    ("block-does-not-apply", "policies", [needing("mfa"), blocking(**NOT_FOR_THIS)], {}, needs(MFA)),
    ("disabled", "report-only", [blocking("disabled")], {}, granted()),
    ("report-only", "report-only", [blocking(REPORT_ONLY), needing("mfa")], {}, needs(MFA)),
    ("may-be-blocked", "users", [blocking(**FOR_SALES)], GROUPS_UNKNOWN, unknown("granted", "blocked", ("Blocks",))),
    ("may-be-asked", "users", [needing("mfa", **FOR_SALES)], GROUPS_UNKNOWN, unknown("granted", "needs", ("Needs",))),
    ("may-be-asked-and-did", "users", [needing("mfa", **FOR_SALES)], {**GROUPS_UNKNOWN, "met": {"mfa"}}, granted()),
    (
        "may-be-asked-for-the-same",
        "users",
        [needing("mfa"), needing("mfa", name="Sales", **FOR_SALES)],
        GROUPS_UNKNOWN,
        needs(MFA),
    ),
    (
        "may-be-asked-for-less",
        "users",
        [needing("mfa"), needing("mfa", "compliantDevice", operator="OR", **FOR_SALES)],
        {**GROUPS_UNKNOWN, "device": UNKNOWN_DEVICE},
        needs(MFA),
    ),
    (
        "may-be-asked-for-more",
        "users",
        [needing("mfa"), needing("mfa", "compliantDevice", name="Sales", **FOR_SALES)],
        {**GROUPS_UNKNOWN, "device": UNKNOWN_DEVICE},
        unknown("needs", "needs", ("Sales",), MFA),
    ),
    ("blocked-whatever-else", "policies", [blocking(), needing("mfa", **FOR_SALES)], GROUPS_UNKNOWN, blocked("Blocks")),
    (
        "may-fail",
        "users",
        [needing("compliantDevice", **FOR_SALES)],
        GROUPS_UNKNOWN,
        unknown("granted", "blocked", ("Needs",)),
    ),
    (
        "may-ask-for-what-cannot-be-read",
        "evolvable",
        [
            {
                **needing("mfa", **FOR_SALES),
                "grantControls": {"operator": "OR", "builtInControls": ["mfa"], "smell": "nice"},
            }
        ],
        {**GROUPS_UNKNOWN, "met": {"mfa"}},
        unknown(
            "granted",
            "blocked",
            ("Needs",),
            facts=("the groups of the user", "what grantControls.smell asks for, which is of a newer Graph"),
        ),
    ),
    ("report-only-unknown", "report-only", [blocking(REPORT_ONLY, **FOR_SALES)], GROUPS_UNKNOWN, granted()),
    (
        "state-of-tomorrow",
        "evolvable",
        [blocking("halfEnabled")],
        {},
        unknown(
            "granted",
            "blocked",
            ("Blocks",),
            facts=("what the policy's state halfEnabled means, a word of a newer Graph",),
        ),
    ),
]

# The same if policies in report-only were on.
IF_ENFORCED = [
    ("report-only", "report-only", [blocking(REPORT_ONLY)], {}, blocked("Blocks")),
    ("both", "report-only", [needing("mfa"), needing("compliantDevice", state=REPORT_ONLY)], {}, blocked("Needs")),
    ("disabled", "report-only", [blocking("disabled")], {}, granted()),
    (
        "unknown",
        "report-only",
        [blocking(REPORT_ONLY, **FOR_SALES)],
        GROUPS_UNKNOWN,
        unknown("granted", "blocked", ("Blocks",)),
    ),
    (
        "user-actions",
        "report-only",
        [blocking(REPORT_ONLY, applications={"includeUserActions": ["urn:user:registerdevice"]})],
        {"user_action": "urn:user:registerdevice"},
        blocked("Blocks"),
    ),
]
