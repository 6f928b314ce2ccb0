# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every condition of a policy, as a table of policies, sign-ins and answers with the page that has the rule."""

from __future__ import annotations

import evaluation_application_cases
import evaluation_circumstance_cases
import evaluation_device_cases
import evaluation_people_cases
import pytest
from evaluation_tenant import PAGES, Missing, policy, policy_set, sign_in

MODULES = [
    evaluation_people_cases,
    evaluation_application_cases,
    evaluation_circumstance_cases,
    evaluation_device_cases,
]
CASES = [case for module in MODULES for case in module.CASES]


@pytest.mark.parametrize(
    ("page", "conditions", "circumstances", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_condition(page, conditions, circumstances, expected):
    assert page in PAGES
    (found,) = policy_set(policy(**conditions)).evaluate(sign_in(**circumstances)).policies
    if isinstance(expected, Missing):
        assert (found.applies, found.reason, found.missing) == (None, "notEnoughInformation", expected.facts)
    else:
        assert (found.applies, found.reason, found.missing) == (expected == "notSet", expected, ())


def test_every_case_has_a_name_of_its_own():
    names = [case[0] for case in CASES]
    assert sorted(set(names)) == sorted(names)
