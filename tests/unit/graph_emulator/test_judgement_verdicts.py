# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a policy that applies: by its controls, and by what the sign-in has shown.

Source: the table of results on Microsoft's page on report-only mode, its pages on grant controls, authentication
strengths and session lifetime.
"""

from __future__ import annotations

from typing import Any

import pytest
from graph_calls import STRENGTH, SYNCRO_APP, TERMS_OF_USE, policy, read_tenant, tenant_document

from graph_emulator.judgement import Rules
from graph_emulator.policy_rules import checked_body
from graph_emulator.sign_in_facts import Identity, Proof, SignIn
from graph_emulator.tenants import Tenant

KEY = "77777777-0000-4000-8000-000000000000"
PHISHING_RESISTANT = "00000000-0000-0000-0000-000000000004"
PUSH = "password,microsoftAuthenticatorPush"


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    return read_tenant(tmp_path_factory.mktemp("tenant"), tenant_document())


def controls(*names: str, operator: str = "OR", **more: Any) -> dict[str, Any]:
    return {"grantControls": {"operator": operator, "builtInControls": list(names), **more}}


def strength(key: str) -> dict[str, Any]:
    return {"grantControls": {"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": key}}}


def terms(*names: str, operator: str = "AND") -> dict[str, Any]:
    return controls(*names, operator=operator, termsOfUse=[TERMS_OF_USE])


def frequency(
    value: int | None = None, unit: str | None = None, which: str = "primaryAndSecondaryAuthentication"
) -> Any:
    interval = "timeBased" if value else "everyTime"
    return {
        "sessionControls": {
            "signInFrequency": {
                "isEnabled": True,
                "value": value,
                "type": unit,
                "frequencyInterval": interval,
                "authenticationType": which,
            }
        }
    }


def shown(*methods: str, **more: Any) -> Proof:
    return Proof(methods=frozenset(methods or ("password",)), **more)


NOTHING = shown()
MFA = shown("password", PUSH, mfa_age=0)
OLD_MFA = shown(PUSH, mfa_age=1800)
FIDO = shown("fido2", mfa_age=0)
COMPLIANT = shown(is_compliant=True)
LEGACY = shown(can_be_asked=False)
ACCEPTED = shown(accepted_terms=frozenset({TERMS_OF_USE}))
SUCCESS = ("success", "reportOnlySuccess")
FAILURE = ("failure", "reportOnlyFailure")
ASKED = ("failure", "reportOnlyInterrupted")
MANAGED = ("compliantDevice", "domainJoinedDevice")
ROWS: list[tuple[str, dict[str, Any], Proof, tuple[str, str]]] = [
    ("block", controls("block"), NOTHING, FAILURE),
    ("block, whatever is shown", controls("block"), MFA, FAILURE),
    ("mfa not done", controls("mfa"), NOTHING, ASKED),
    ("mfa done", controls("mfa"), MFA, SUCCESS),
    ("mfa by claim", controls("mfa"), OLD_MFA, SUCCESS),
    ("mfa, a client that cannot be asked", controls("mfa"), LEGACY, FAILURE),
    ("compliant device", controls("compliantDevice"), COMPLIANT, SUCCESS),
    ("no compliant device", controls("compliantDevice"), MFA, FAILURE),
    ("hybrid joined device", controls("domainJoinedDevice"), shown(is_hybrid_joined=True), SUCCESS),
    ("no hybrid joined device", controls("domainJoinedDevice"), COMPLIANT, FAILURE),
    ("approved app", controls("approvedApplication"), shown(has_approved_app=True), SUCCESS),
    ("no approved app", controls("approvedApplication"), NOTHING, FAILURE),
    ("protected app", controls("compliantApplication"), shown(has_protected_app=True), SUCCESS),
    ("no protected app", controls("compliantApplication"), NOTHING, FAILURE),
    ("one of: the device", controls("mfa", *MANAGED), COMPLIANT, SUCCESS),
    ("one of: mfa", controls("mfa", *MANAGED), MFA, SUCCESS),
    ("one of: mfa could still be asked", controls("mfa", *MANAGED), NOTHING, ASKED),
    ("one of: nothing to be had", controls(*MANAGED), NOTHING, FAILURE),
    ("all of: both", controls("mfa", "compliantDevice", operator="AND"), shown(mfa_age=0, is_compliant=True), SUCCESS),
    ("all of: mfa is missing", controls("mfa", "compliantDevice", operator="AND"), COMPLIANT, ASKED),
    ("all of: the device is missing", controls("mfa", "compliantDevice", operator="AND"), MFA, FAILURE),
    ("strength of Microsoft's, key", strength(PHISHING_RESISTANT), FIDO, SUCCESS),
    ("strength of Microsoft's, push", strength(PHISHING_RESISTANT), MFA, ASKED),
    ("strength of the tenant's, in another order", strength(STRENGTH), shown("sms,password", mfa_age=0), SUCCESS),
    ("strength of the tenant's, not allowed", strength(STRENGTH), MFA, ASKED),
    ("terms accepted", terms(), ACCEPTED, SUCCESS),
    ("terms not accepted", terms(), NOTHING, ASKED),
    ("terms and mfa", terms("mfa"), ACCEPTED, ASKED),
    ("terms or mfa", terms("mfa", operator="OR"), ACCEPTED, SUCCESS),
    ("custom control", controls(customAuthenticationFactors=["Duo"]), MFA, ASKED),
    ("session controls alone", {"grantControls": None, **frequency(4, "hours")}, NOTHING, SUCCESS),
    ("every time, mfa now", controls("mfa") | frequency(), MFA, SUCCESS),
    ("every time, five minutes ago", controls("mfa") | frequency(), shown(PUSH, mfa_age=300), SUCCESS),
    ("every time, by claim", controls("mfa") | frequency(), OLD_MFA, ASKED),
    ("every hour, half an hour ago", controls("mfa") | frequency(1, "hours"), OLD_MFA, SUCCESS),
    ("every hour, two hours ago", controls("mfa") | frequency(1, "hours"), shown(PUSH, mfa_age=7201), ASKED),
    ("every day, two hours ago", controls("mfa") | frequency(1, "days"), shown(PUSH, mfa_age=7201), SUCCESS),
    ("strength every time, by claim", strength(PHISHING_RESISTANT) | frequency(), shown("fido2", mfa_age=900), ASKED),
]


def verdict_of(tenant: Tenant, body: dict[str, Any], proof: Proof, sign_in: SignIn | None = None) -> str:
    rules = Rules(tenant)
    rules._policies = [checked_body(body) | {"id": KEY}]
    facts = sign_in or SignIn(Identity("dana"), applications=(SYNCRO_APP,))
    (verdict,) = rules.verdicts(facts, rules.findings(facts), proof)
    return verdict.result


@pytest.mark.parametrize(("changes", "proof", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_results(tenant: Tenant, changes: dict[str, Any], proof: Proof, expected: tuple[str, str]) -> None:
    body = policy(**changes)
    enforced = verdict_of(tenant, {**body, "state": "enabled"}, proof)
    reported = verdict_of(tenant, {**body, "state": "enabledForReportingButNotEnforced"}, proof)
    assert (enforced, reported) == expected
    assert verdict_of(tenant, {**body, "state": "disabled"}, proof) == "notEnabled"


@pytest.mark.parametrize(
    ("state", "expected"), [("enabled", "notApplied"), ("enabledForReportingButNotEnforced", "reportOnlyNotApplied")]
)
def test_not_applied(tenant: Tenant, state: str, expected: str) -> None:
    elsewhere = SignIn(Identity("dana"), applications=("00000003-0000-0000-c000-000000000000",))
    assert verdict_of(tenant, policy(state=state), NOTHING, elsewhere) == expected


@pytest.mark.parametrize(
    ("state", "expected"), [("enabled", "failure"), ("enabledForReportingButNotEnforced", "reportOnlyNotApplied")]
)
def test_user_actions_are_not_evaluated_in_report_only(tenant: Tenant, state: str, expected: str) -> None:
    body = policy(state=state, **controls("mfa"))
    body["conditions"]["applications"] = {"includeUserActions": ["urn:user:registersecurityinfo"]}
    registers = SignIn(Identity("dana"), user_action="registerSecurityInformation")
    assert verdict_of(tenant, body, NOTHING, registers) == expected


def test_what_cannot_be_judged_is_unknown(tenant: Tenant) -> None:
    body = policy(state="enabled")
    body["conditions"]["devices"] = {"deviceFilter": {"mode": "include", "rule": "what is this"}}
    assert verdict_of(tenant, body, NOTHING) == "unknown"


@pytest.mark.parametrize(
    ("which", "proof", "expected"),
    [
        ("primaryAndSecondaryAuthentication", Proof(first_factor_age=3601), True),
        ("primaryAndSecondaryAuthentication", Proof(first_factor_age=3599, mfa_age=7200), False),
        ("secondaryAuthentication", Proof(first_factor_age=7200, mfa_age=3599), False),
        ("secondaryAuthentication", Proof(first_factor_age=0, mfa_age=3601), True),
    ],
)
def test_when_a_session_is_too_old(tenant: Tenant, which: str, proof: Proof, expected: bool) -> None:
    rules = Rules(tenant)
    rules._policies = [checked_body(policy(state="enabled", **controls("mfa"), **frequency(1, "hours", which)))]
    facts = SignIn(Identity("dana"), applications=(SYNCRO_APP,))
    assert rules.session_is_over(rules.findings(facts), proof) is expected


def test_controls_as_the_log_shows_them(tenant: Tenant) -> None:
    session = {
        "applicationEnforcedRestrictions": {"isEnabled": True},
        "persistentBrowser": {"isEnabled": True, "mode": "never"},
        **frequency(1, "days")["sessionControls"],
    }
    body = policy(**terms("mfa", "domainJoinedDevice", "compliantDevice"), sessionControls=session)
    rules = Rules(tenant)
    rules._policies = [checked_body(body) | {"id": KEY}]
    facts = SignIn(Identity("dana"))
    (verdict,) = rules.verdicts(facts, rules.findings(facts), NOTHING)
    assert rules.shown(verdict) == {
        "id": KEY,
        "displayName": "Block Syncro",
        "enforcedGrantControls": ["Mfa", "RequireCompliantDevice", "RequireDomainJoinedDevice", "Guests' terms"],
        "enforcedSessionControls": ["AppEnforcedRestrictions", "PersistentBrowserSessionMode", "SignInFrequency"],
        "result": "reportOnlyNotApplied",
    }
