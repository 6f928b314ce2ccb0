# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graph's own What If (https://learn.microsoft.com/graph/api/conditionalaccessroot-evaluate): which of the policies that are
there would apply to a sign-in that nobody makes. It judges those in report-only too, and sends nothing but the question."""

from __future__ import annotations

import ipaddress
import typing as t

from .. import directory
from ..graph.errors import BadInput, EntraError, GraphError, Unreachable
from ..graph.reads import Reads
from ..guids import is_guid
from ..options import ArgumentSpec, Options
from ..shape import Json, Named, Reference
from .policy_schema import ENFORCEMENT, PLATFORM

EVALUATE = "/identity/conditionalAccess/evaluate"

USER, APPLICATION = Reference("user"), Reference("application")
PRINCIPAL, CONTEXT = Reference("service principal"), Reference("authentication context")

USER_ACTIONS = {
    "register_security_information": "registerSecurityInformation",
    "register_or_join_devices": "registerOrJoinDevices",
}
CLIENT_APPS = ("all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other")
RISKS = ("none", "low", "medium", "high")

# Option, property of signInConditions, and its choices.
CONDITIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("ip_address", "ipAddress", ()),
    ("country", "country", ()),
    ("device_platform", "devicePlatform", PLATFORM),
    ("client_app_type", "clientAppType", CLIENT_APPS),
    ("sign_in_risk", "signInRiskLevel", RISKS),
    ("user_risk", "userRiskLevel", RISKS),
    ("service_principal_risk", "servicePrincipalRiskLevel", RISKS),
    ("insider_risk", "insiderRiskLevel", ("none", "minor", "moderate", "elevated")),
)
DEVICE = {
    "compliant": ("isCompliant", "bool"),
    "trust_type": ("trustType", "str"),
    "display_name": ("displayName", "str"),
    "manufacturer": ("manufacturer", "str"),
    "model": ("model", "str"),
    "operating_system": ("operatingSystem", "str"),
    "operating_system_version": ("operatingSystemVersion", "str"),
    "ownership": ("ownership", "str"),
}

_NAMES = {
    "user": USER,
    "service_principal": PRINCIPAL,
    "application": APPLICATION,
    "authentication_context": CONTEXT,
}


def _choice(choices: t.Sequence[str]) -> Options:
    return {"type": "str", "choices": list(choices)} if choices else {"type": "str"}


def _problems(options: Options) -> list[str]:
    problems = []
    ip, country = options["ip_address"], options["country"]
    if ip is not None:
        try:
            ipaddress.ip_address(ip)
        except ValueError:
            problems.append(f"ip_address: '{ip}' is not an address, such as 198.51.100.7.")
    if country is not None and not (
        len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()
    ):
        problems.append(f"country: '{country}' is not a two-letter code in capitals, such as DE (ISO 3166-1).")
    problems += [
        f"{name}: is empty; name who or what is asked about, or leave it out."
        for name in _NAMES
        if options[name] is not None and not options[name].strip()
    ]
    user = options["user"]
    if user and user.strip() and "@" not in user and not is_guid(user):
        problems.append(f"user: '{user}' is neither a UPN, such as dana@contoso.com, nor an id.")
    return problems


SPEC = ArgumentSpec(
    {
        **{name: {"type": "str"} for name in _NAMES},
        "user_action": _choice(list(USER_ACTIONS)),
        **{option: _choice(choices) for option, dummy, choices in CONDITIONS},
        "transfer_method": _choice(("none", "deviceCodeFlow", "authenticationTransfer")),
        "device": {"type": "dict", "options": {option: {"type": kind} for option, (dummy, kind) in DEVICE.items()}},
        "applied_only": {"type": "bool", "default": False},
    },
    mutually_exclusive=(("user", "service_principal"), ("application", "user_action", "authentication_context")),
    required_one_of=(("user", "service_principal"), ("application", "user_action", "authentication_context")),
    checks=(_problems,),
)


def question(identity: Json, context: Json, options: Options) -> Json:
    """The body of the request. ``options`` are those of the conditions; what is None is not said."""
    said: Json = {graph: options.get(option) for option, graph, dummy in CONDITIONS if options.get(option) is not None}
    if options.get("transfer_method"):
        said["authenticationFlow"] = {"transferMethod": options["transfer_method"]}
    device = {DEVICE[option][0]: value for option, value in (options.get("device") or {}).items() if value is not None}
    if device:
        said["deviceInfo"] = device
    return {
        "signInIdentity": identity,
        "signInContext": context,
        "signInConditions": said,
        "appliedPoliciesOnly": bool(options.get("applied_only")),
    }


def as_user(user_id: str) -> Json:
    """A signInIdentity."""
    return {"@odata.type": "#microsoft.graph.userSignIn", "userId": user_id}


def to_application(app_id: str) -> Json:
    """A signInContext."""
    return {"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": [app_id]}


def answers(reads: Reads, questions: t.Sequence[Json]) -> list[list[Options] | EntraError]:
    """What Graph says to each question, 20 to a request: for each policy whether it applies, and why not; or the error that it
    says to this one. Raises what concerns all of them, such as OutOfPatience."""
    session = reads.session
    found: list[list[Options] | EntraError] = []
    for answer in session.evaluations(EVALUATE, questions):
        try:
            value = session.check(EVALUATE, answer, "POST").get("value")
        except GraphError as error:
            found.append(error)
            continue
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            found.append([_shown(one) for one in value])
        else:
            found.append(Unreachable(f"POST {EVALUATE} was answered with something that is no answer of What If."))
    return found


_STATES = {graph: option for option, graph in ENFORCEMENT.items()}


def _shown(one: Json) -> Options:
    controls = (one.get("grantControls") or {}).get("builtInControls") or []
    return {
        "id": one.get("id"),
        "display_name": one.get("displayName"),
        "enforcement": _STATES.get(str(one.get("state")), one.get("state")),
        "applies": one.get("policyApplies"),
        "reason": one.get("analysisReasons"),
        "blocks": "block" in controls,
    }


def asked(options: Options, reads: Reads) -> Options:
    """One What If. Raises EntraError."""
    named = {
        option: Named(option, options[option], reference) for option, reference in _NAMES.items() if options[option]
    }
    wanted = directory.Wanted(named.values())
    reads.listings(wanted.paths())
    found = wanted.found(reads)
    if problems := found.problems():
        raise BadInput(problems, looked=True)
    ids = {option: found.id(one) for option, one in named.items()}
    if "user" in ids:
        identity = as_user(t.cast(str, ids["user"]))
    else:
        identity = {
            "@odata.type": "#microsoft.graph.servicePrincipalSignIn",
            "servicePrincipalId": ids["service_principal"],
        }
    (policies,) = answers(reads, [question(identity, _context(options, ids), options)])
    if isinstance(policies, EntraError):
        raise policies
    applying = [policy for policy in policies if policy["applies"]]
    return {
        "changed": False,
        "policies": policies,
        "blocked_by": [p["display_name"] for p in applying if p["blocks"] and p["enforcement"] == "enabled"],
        "would_be_blocked_by": [
            p["display_name"] for p in applying if p["blocks"] and p["enforcement"] == "report_only"
        ],
    }


def _context(options: Options, ids: t.Mapping[str, str | None]) -> Json:
    if "application" in ids:
        return to_application(t.cast(str, ids["application"]))
    if "authentication_context" in ids:
        return {
            "@odata.type": "#microsoft.graph.authContext",
            "authenticationContextValue": ids["authentication_context"],
        }
    action = USER_ACTIONS[options["user_action"]]
    return {"@odata.type": "#microsoft.graph.userActionContext", "userAction": action}
