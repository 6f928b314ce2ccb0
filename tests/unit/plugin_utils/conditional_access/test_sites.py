# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites: which count at a moment, what is wrong with how they are written, and what speaks against them."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import moments, sites

NOON = datetime.datetime(2026, 6, 1, 12, 0, tzinfo=datetime.UTC)


def site(name="Office", cidrs=("8.8.8.0/24",), expires=None):
    return {"name": name, "cidrs": list(cidrs), "expires": expires}


@pytest.mark.parametrize(
    ("expires", "active"),
    [
        pytest.param(None, True, id="for-good"),
        pytest.param("2026-06-01T12:00:01Z", True, id="ends-in-a-second"),
        pytest.param("2026-06-01T12:00:00Z", False, id="ends-now"),
        pytest.param("2026-06-01T11:59:59Z", False, id="ended-a-second-ago"),
        pytest.param("2026-06-01T14:00:00+02:00", False, id="ends-now-by-another-zone"),
        pytest.param("2026-06-01T14:00:01+02:00", True, id="ends-in-a-second-by-another-zone"),
        pytest.param("2026-06-01T11:00:00-02:00", True, id="ends-in-an-hour-though-its-clock-shows-less"),
    ],
)
def test_split(expires, active):
    wanted = site(expires=expires)
    assert sites.split([wanted], NOON) == (([wanted], []) if active else ([], [wanted]))


def test_split_keeps_the_order():
    listed = [
        site("a"),
        site("b", expires="2020-01-01T00:00:00Z"),
        site("c"),
        site("d", expires="2021-01-01T00:00:00Z"),
    ]
    active, ended = sites.split(listed, NOON)
    assert [entry["name"] for entry in active] == ["a", "c"]
    assert [entry["name"] for entry in ended] == ["b", "d"]


@pytest.mark.parametrize(
    "text",
    ["2026-12-24T18:00:00Z", "2026-12-24T18:00:00+00:00", "2026-12-24T19:00:00+01:00", "2026-12-24 18:00:00Z"],
)
def test_a_moment(text):
    assert moments.moment(text) == datetime.datetime(2026, 12, 24, 18, tzinfo=datetime.UTC)


MOMENT = "write the date, the time and the zone, such as 2026-12-24T18:00:00Z."

PROBLEMS = [
    pytest.param([site(name="  ")], ["sites[0].name: is empty; a site needs a name."], id="no-name"),
    pytest.param(
        [site("Office"), site("Home", ["9.9.9.0/24"]), site(" oFFice ", ["7.7.7.0/24"])],
        ["sites[2].name: 'oFFice' is the name of sites[0] as well."],
        id="one-name-twice",
    ),
    pytest.param([site(cidrs=[])], ["sites[0].cidrs: is empty; site 'Office' needs one range or more."], id="no-range"),
    pytest.param(
        [site(cidrs=["8.8.8.0/24", "8.8.4.4"])],
        ["sites[0].cidrs[1]: '8.8.4.4' has no prefix length; for this one address write 8.8.4.4/32."],
        id="no-prefix",
    ),
    pytest.param(
        [site(cidrs=["8.8.8.0/24", "8.8.8.0/24"])],
        ["sites[0].cidrs[1]: '8.8.8.0/24' is the same range as sites[0].cidrs[0]; give it once."],
        id="one-range-twice-in-a-site",
    ),
    pytest.param(
        [site("A", ["2600:1::/48"]), site("B", ["9.9.9.0/24", "2600:0001::/48"])],
        ["sites[1].cidrs[1]: '2600:0001::/48' is the same range as sites[0].cidrs[0]; give it once."],
        id="one-range-in-two-sites-written-differently",
    ),
    pytest.param(
        [site(expires="2026-12-24")], [f"sites[0].expires: '2026-12-24' is not a moment; {MOMENT}"], id="date"
    ),
    pytest.param(
        [site(expires="2026-12-24T18:00:00")],
        [f"sites[0].expires: '2026-12-24T18:00:00' is not a moment; {MOMENT}"],
        id="no-zone",
    ),
    pytest.param(
        [site(expires="2026-02-30T18:00:00Z")],
        [f"sites[0].expires: '2026-02-30T18:00:00Z' is not a moment; {MOMENT}"],
        id="no-such-day",
    ),
    pytest.param([site(expires="")], [f"sites[0].expires: '' is not a moment; {MOMENT}"], id="empty-moment"),
    pytest.param([site(expires="soon")], [f"sites[0].expires: 'soon' is not a moment; {MOMENT}"], id="a-word"),
]


@pytest.mark.parametrize(("listed", "expected"), PROBLEMS)
def test_problems(listed, expected):
    assert sites.problems_of({"sites": listed}) == expected


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([], id="none"),
        pytest.param([site(), site("Home", ["8.8.4.0/24"], "2020-01-01T00:00:00Z")], id="two-and-one-that-has-ended"),
        pytest.param([site(cidrs=["8.8.8.0/24", "8.8.8.0/25"])], id="ranges-that-overlap-are-two"),
    ],
)
def test_no_problem(listed):
    assert sites.problems_of({"sites": listed}) == []


def test_all_problems_at_once():
    problems = sites.problems_of({"sites": [site("", [], "soon"), site("", ["x"])]})
    assert [problem.partition(":")[0] for problem in problems] == [
        "sites[0].name",
        "sites[0].cidrs",
        "sites[0].expires",
        "sites[1].name",
        "sites[1].cidrs[0]",
    ]


FINDINGS = [
    pytest.param([], [("NO-SITE", "sites is empty")], id="no-site"),
    pytest.param([site()], [], id="harmless"),
    pytest.param([site(cidrs=["0.0.0.0/0"])], [("SITE-EVERYWHERE", "site 'Office' 0.0.0.0/0")], id="everywhere"),
    pytest.param(
        [site("A", ["8.8.8.0/24", "10.0.0.0/24"]), site("B", ["127.0.0.1/32"])],
        [("SITE-PRIVATE", "site 'A' 10.0.0.0/24"), ("SITE-LOOPBACK", "site 'B' 127.0.0.1/32")],
        id="each-range-of-each-site",
    ),
    pytest.param(
        [site(cidrs=["8.8.8.9/24"])],
        [("SITE-HOST-BITS", "site 'Office' 8.8.8.9/24 (the network is 8.8.8.0/24)")],
        id="host-bits-with-the-network-that-may-be-meant",
    ),
]


@pytest.mark.parametrize(("active", "expected"), FINDINGS)
def test_findings(active, expected):
    found = sites.findings(active, private_endpoint=False)
    assert [(finding.rule.id, finding.where) for finding in found] == expected


@pytest.mark.parametrize(("private", "expected"), [(False, ["SITE-DOCUMENTATION"]), (True, [])])
def test_examples_pass_on_a_practice_tenant_alone(private, expected):
    found = sites.findings([site(cidrs=["203.0.113.0/24"])], private)
    assert [finding.rule.id for finding in found] == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        pytest.param([], [], id="no-site"),
        pytest.param([site()], [], id="harmless"),
        pytest.param([site(cidrs=["10.0.0.0/24"])], [("SITE-PRIVATE", "site 'Office' 10.0.0.0/24")], id="private"),
        pytest.param(
            [site(cidrs=["x", "10.0.0.0/24", "8.8.8.8"])],
            [("SITE-PRIVATE", "site 'Office' 10.0.0.0/24")],
            id="beside-what-is-no-range",
        ),
        # Whether this is a practice tenant is known once the tenant is.
        pytest.param([site(cidrs=["203.0.113.0/24"])], [], id="example"),
    ],
)
def test_what_is_known_without_a_look_at_the_tenant(listed, expected):
    found = sites.known_findings({"sites": listed})
    assert [(finding.rule.id, finding.where) for finding in found] == expected
