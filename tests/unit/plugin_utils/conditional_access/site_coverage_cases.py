# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locations that would cover less, each with its nearest harmless neighbour, in the form of ``lockout_cases``."""

from __future__ import annotations

from lockout_policies import HOME, OFFICE, REPORT_ONLY, outside, policy, users

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import site_coverage

WAS = ["8.8.8.0/24", "2600:1::/48"]


def place(*cidrs, trusted=True, name="Office", **more):
    return {"displayName": name, "isTrusted": trusted, "ipRanges": [{"cidrAddress": cidr} for cidr in cidrs], **more}


def shrunk(after, before=None, home=(), home_after=None, **changes):
    """What speaks against the office's new ranges, where there is a second location."""
    before = WAS if before is None else before
    locations = changes.pop("locations", outside(OFFICE, HOME))
    sides = [
        {OFFICE: place(*office) if isinstance(office, list) else office, HOME: place(*other, name="Home")}
        for office, other in ((before, home), (after, home if home_after is None else home_after))
    ]
    there = [{key: one for key, one in side.items() if one} for side in sides]
    return site_coverage.findings(*there, [policy(**{"locations": locations, **changes})])


def countries(*names, unmapped=False, method="clientIpAddress"):
    more = {"countriesAndRegions": list(names), "includeUnknownCountriesAndRegions": unmapped}
    return {"displayName": "Home countries", "countryLookupMethod": method, **more}


def _smaller(**changes):
    return shrunk(WAS[:1], **changes)


OLD = {"displayName": "Office", "ipRanges": [{"lowerAddress": "8.8.8.0", "upperAddress": "8.8.8.255"}]}

SITE_SHRUNK = [
    ("a-range-less", shrunk, WAS[:1], [*WAS, "9.9.9.9/32"]),
    ("another-order", shrunk, WAS[1:], WAS[::-1]),
    ("another-spelling", shrunk, ["8.8.8.0/24", "2600:1::/49"], ["8.8.8.0/24", "2600:0001:0::/48"]),
    ("in-parts", shrunk, ["8.8.8.0/25", WAS[1]], ["8.8.8.128/25", "8.8.8.0/25", WAS[1]]),
    ("within-a-wider-one", shrunk, ["8.8.9.0/24", WAS[1]], ["8.8.8.0/23", WAS[1]]),
    ("ipv4-written-as-ipv6", shrunk, ["::ffff:9.8.8.0/120", WAS[1]], ["::ffff:8.8.8.0/120", WAS[1]]),
    ("a-range-of-old", lambda one: shrunk(one, OLD), ["8.8.8.0/25"], ["8.8.8.0/24"]),
    ("the-other-location-has-it", lambda home: shrunk(WAS[:1], home=home), ["2600:2::/48"], WAS[1:]),
    ("moved-at-once", lambda home: shrunk(WAS[:1], home_after=home), ["2600:1::/49"], WAS[1:]),
    ("left-out-by-id", lambda x: _smaller(locations=x), outside(OFFICE), outside(HOME)),
    ("left-out-in-capitals", lambda x: _smaller(locations=x), outside(OFFICE.upper()), outside(HOME)),
    (
        "all-trusted",
        lambda one: shrunk(place(*WAS[:1], trusted=one), place(*WAS, trusted=one), locations=outside("AllTrusted")),
        True,
        False,
    ),
    (
        "trust-is-another-rule",
        lambda one: shrunk(place(*one, trusted=False), locations=outside("AllTrusted")),
        WAS[1:],
        WAS,
    ),
    ("gone", lambda one: shrunk(one, locations=outside("AllTrusted")), None, place(*WAS)),
    (
        "a-new-one-takes-over",
        lambda new: shrunk(new, before=(), home=WAS, home_after=WAS[:1], locations=outside("AllTrusted")),
        ["9.9.9.0/24"],
        WAS[1:],
    ),
    ("state", lambda s: _smaller(state=s), "enabled", REPORT_ONLY),
    ("off", lambda s: _smaller(state=s), "enabled", "disabled"),
    ("blocks", lambda c: _smaller(controls=c), ["block"], ["mfa"]),
    ("wants-a-device", lambda c: _smaller(controls=c), ["compliantDevice"], ["mfa", "compliantDevice"]),
    ("that-is-out-of-reach", lambda c: _smaller(controls=c), ["compliantApplication"], ["mfa"]),
    ("of-tomorrow", lambda c: _smaller(controls=c), ["telepathy"], ["mfa"]),
    ("not-for-everyone", lambda x: _smaller(users=users(include=["x"]), locations=x), outside(OFFICE), outside(HOME)),
    ("no-location-condition", lambda x: _smaller(locations=x), outside(OFFICE), None),
    ("included-only", lambda x: _smaller(locations=x), outside(OFFICE), {"includeLocations": [OFFICE]}),
    ("a-country", lambda one: shrunk(one, countries("DE", "AT")), countries("DE"), countries("AT", "DE", "CH")),
    ("countries-unknown", lambda u: shrunk(countries("DE", unmapped=u), countries("DE", unmapped=True)), False, True),
    ("by-another-method", lambda m: shrunk(countries("DE", method=m), countries("DE")), "authenticatorAppGps", None),
]
