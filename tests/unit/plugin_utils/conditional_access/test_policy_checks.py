# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a policy's options before any request, and what is not."""

from __future__ import annotations

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import policy_checks

ID = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab"
USERS, APPS, FREQUENCY = "conditions.users", "conditions.applications", "session_controls.sign_in_frequency"


def conditions(**groups):
    return {"conditions": groups}


def users(**lists):
    return conditions(users=lists)


def applications(**lists):
    return conditions(applications=lists)


def grant(*controls, **more):
    return {"grant_controls": {"built_in_controls": list(controls), **more}}


def frequency(**values):
    return {"session_controls": {"sign_in_frequency": values}}


FINE = [
    pytest.param({}, id="nothing"),
    pytest.param({"conditions": None, "grant_controls": None, "session_controls": None}, id="all-left-out"),
    pytest.param(users(include_users=["All"], exclude_users=["a@b.c", ID, "GuestsOrExternalUsers"]), id="users"),
    pytest.param(users(include_groups=["No address"], include_roles=["Global Administrator"]), id="names"),
    pytest.param(users(include_groups=["None"], include_roles=["All"]), id="names-that-are-keywords-elsewhere"),
    pytest.param(applications(include_applications=["All"], exclude_applications=["Office365"]), id="applications"),
    pytest.param(applications(include_user_actions=["urn:user:registerdevice"]), id="user-action"),
    pytest.param(applications(include_applications=[], include_user_actions=["x"]), id="switched-to-a-user-action"),
    pytest.param(conditions(locations={"include_locations": ["All"], "exclude_locations": ["Office"]}), id="locations"),
    pytest.param(conditions(locations={"include_locations": ["AllTrusted", "Office"]}), id="trusted-and-one"),
    pytest.param(conditions(locations={"include_locations": [], "exclude_locations": []}), id="emptied-locations"),
    pytest.param(conditions(locations={"include_locations": None, "exclude_locations": ["O"]}), id="exclusion-alone"),
    pytest.param(conditions(platforms={"include_platforms": ["all"], "exclude_platforms": ["iOS"]}), id="platforms"),
    pytest.param(conditions(client_app_types=["browser", "other"]), id="client-apps"),
    pytest.param(grant("block"), id="block"),
    pytest.param(grant("mfa", "compliantDevice", terms_of_use=["x"]), id="several-controls"),
    pytest.param(grant("compliantDevice", authentication_strength="MFA"), id="strength-beside-a-control"),
    pytest.param(grant("mfa", authentication_strength=""), id="strength-taken-out"),
    pytest.param(frequency(value=4, type="hours"), id="frequency"),
    pytest.param(frequency(frequency_interval="timeBased", value=365, type="days"), id="frequency-said-in-full"),
    pytest.param(frequency(frequency_interval="everyTime", value=None, type=None), id="every-time"),
    pytest.param(frequency(enabled=False), id="frequency-switched-off"),
]


@pytest.mark.parametrize("options", FINE)
def test_fine(options):
    assert policy_checks.problems_of(options) == []


WRONG = [
    pytest.param(users(include_users=["all"]), f"{USERS}.include_users[0]: 'all' is written All.", id="keyword"),
    pytest.param(
        users(exclude_groups=["x", " "]),
        f"{USERS}.exclude_groups[1]: is empty; the name or id of a group is needed.",
        id="empty",
    ),
    pytest.param(
        users(include_users=["Dana"]),
        f"{USERS}.include_users[0]: 'Dana' is neither a UPN, such as dana@contoso.com, nor an id, "
        "nor one of All, None, GuestsOrExternalUsers.",
        id="display-name",
    ),
    pytest.param(
        users(include_users=["All", ID]),
        f"{USERS}.include_users: All stands alone; take it out, or the other 1.",
        id="all-and-one",
    ),
    pytest.param(
        users(include_users=["a@b.c", "None", ID]),
        f"{USERS}.include_users: None stands alone; take it out, or the other 2.",
        id="none-and-two",
    ),
    pytest.param(
        users(exclude_users=["All"]),
        f"{USERS}.exclude_users[0]: All cannot be left out; name what is.",
        id="everyone-left-out",
    ),
    pytest.param(
        applications(exclude_applications=["Syncro", "None"]),
        f"{APPS}.exclude_applications[1]: None cannot be left out; name what is.",
        id="nothing-left-out",
    ),
    pytest.param(
        conditions(locations={"include_locations": ["All", "Office"]}),
        "conditions.locations.include_locations: All stands alone; take it out, or the other 1.",
        id="all-locations-and-one",
    ),
    pytest.param(
        applications(include_applications=["All", "Syncro"]),
        f"{APPS}.include_applications: All stands alone; take it out, or the other 1.",
        id="all-applications-and-one",
    ),
    pytest.param(
        applications(include_applications=["Syncro"], include_user_actions=["urn:user:registerdevice"]),
        f"{APPS}: include_applications and include_user_actions are 2 kinds of target; give one.",
        id="two-kinds-of-target",
    ),
    pytest.param(
        conditions(client_app_types=["all", "browser"]),
        "conditions.client_app_types: all stands alone; take it out, or the other 1.",
        id="all-client-apps-and-one",
    ),
    pytest.param(
        conditions(client_app_types=[]),
        "conditions.client_app_types: is empty; Graph needs one or more, and [all] is what the admin center writes.",
        id="no-client-app",
    ),
    pytest.param(
        conditions(platforms={"include_platforms": ["iOS", "all"]}),
        "conditions.platforms.include_platforms: all stands alone; take it out, or the other 1.",
        id="all-platforms-and-one",
    ),
    pytest.param(
        conditions(locations={"include_locations": [], "exclude_locations": ["Office"]}),
        "conditions.locations.include_locations: is empty; Graph takes an exclusion only from what is included, such as all.",
        id="left-out-of-nothing",
    ),
    pytest.param(
        conditions(platforms={"include_platforms": [], "exclude_platforms": ["iOS"]}),
        "conditions.platforms.include_platforms: is empty; Graph takes an exclusion only from what is included, such as all.",
        id="platform-left-out-of-nothing",
    ),
    pytest.param(
        grant("block", "mfa"),
        "grant_controls.built_in_controls: block stands alone, and mfa is there too; take one of them out.",
        id="block-and-mfa",
    ),
    pytest.param(
        grant("block", terms_of_use=["x"], authentication_strength="S"),
        "grant_controls.built_in_controls: block stands alone, and authentication_strength, terms_of_use is there too; "
        "take one of them out.",
        id="block-and-others",
    ),
    pytest.param(
        grant("mfa", authentication_strength="S"),
        "grant_controls: mfa and authentication_strength ask for the same in two ways; Graph takes one of them.",
        id="mfa-and-a-strength",
    ),
    pytest.param(
        grant("compliantDevice", authentication_strength="  "),
        "grant_controls.authentication_strength: is empty; the name or id of an authentication strength is needed.",
        id="blank-strength",
    ),
    pytest.param(
        frequency(frequency_interval="everyTime", value=4),
        f"{FREQUENCY}.value: goes with timeBased only; at everyTime there is nothing to count.",
        id="every-time-and-a-value",
    ),
    pytest.param(
        frequency(frequency_interval="everyTime", type="days"),
        f"{FREQUENCY}.type: goes with timeBased only; at everyTime there is nothing to count.",
        id="every-time-and-a-unit",
    ),
    pytest.param(
        frequency(value=4),
        f"{FREQUENCY}.type: is missing; a time-based frequency is a value and a type (days or hours).",
        id="no-unit",
    ),
    pytest.param(
        frequency(type="days"),
        f"{FREQUENCY}.value: is missing; a time-based frequency is a value and a type (days or hours).",
        id="no-value",
    ),
    pytest.param(
        frequency(frequency_interval="timeBased"),
        f"{FREQUENCY}.value: is missing; a time-based frequency is a value and a type (days or hours).",
        id="time-based-on-nothing",
    ),
    pytest.param(frequency(value=0, type="days"), f"{FREQUENCY}.value: 0 is not between 1 and 365.", id="too-often"),
    pytest.param(frequency(value=366, type="days"), f"{FREQUENCY}.value: 366 is not between 1 and 365.", id="too-rare"),
    pytest.param(
        {"break_glass_accounts": ["a@b.c", "Dana"]},
        "break_glass_accounts[1]: 'Dana' is neither a UPN, such as dana@contoso.com, nor an id.",
        id="break-glass-account",
    ),
]


@pytest.mark.parametrize(("options", "problem"), WRONG)
def test_wrong(options, problem):
    assert policy_checks.problems_of(options) == [problem]


def test_all_problems_at_once():
    options = {
        **conditions(users={"include_users": ["all", "Dana"]}, client_app_types=[]),
        **grant("block", "mfa"),
        **frequency(value=0, type="days"),
    }
    assert len(policy_checks.problems_of(options)) == 5


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {"break_glass_accounts": [ID], "service_account": "a@b.c", "application": "Syncro"}, [], id="fine"
        ),
        pytest.param({"application": ID}, [], id="application-by-id"),
        pytest.param({"service_account": "Dana"}, ["service_account"], id="display-name"),
        pytest.param({"service_account": ""}, ["service_account"], id="empty-account"),
        pytest.param({"application": " "}, ["application"], id="empty-application"),
        pytest.param({"service_account": "All"}, ["service_account"], id="a-keyword-is-no-account"),
        pytest.param(
            {"break_glass_accounts": ["", "x"], "service_account": "y", "application": ""},
            ["break_glass_accounts[0]", "break_glass_accounts[1]", "service_account", "application"],
            id="all-at-once",
        ),
    ],
)
def test_accounts(options, paths):
    assert [problem.split(":")[0] for problem in policy_checks.account_problems(options)] == paths
