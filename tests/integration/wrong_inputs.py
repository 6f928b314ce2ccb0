# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong inputs of every module, each with the one thing that must be said of it."""

from __future__ import annotations

LOCATION = "named_location"
POLICY = "conditional_access_policy"
GUARD = "lockout_guard"
INFO = "named_location_info"

OFFICE = {"display_name": "Office", "ip_ranges": ["198.51.100.10/32"]}
USERS = {"include_users": ["All"], "exclude_users": ["breakglass@contoso.com"]}
P = {
    "display_name": "P",
    "conditions": {"users": USERS, "applications": {"include_applications": ["Syncro SSO"]}},
    "grant_controls": {"built_in_controls": ["mfa"]},
}
SITE = {"name": "Office", "cidrs": ["198.51.100.10/32"]}


def conditions(**change):
    return {**P, "conditions": {**P["conditions"], **change}}


def frequency(**values):
    return {**P, "session_controls": {"sign_in_frequency": values}}


# What is given, and what the message must say: the option's path, and what is wrong or allowed.
CASES = [
    (
        "no name and no id",
        LOCATION,
        {"ip_ranges": ["198.51.100.10/32"]},
        "one of the following is required: display_name, id",
    ),
    ("empty name", LOCATION, {**OFFICE, "display_name": " "}, "display_name: is empty"),
    (
        "line break in a name",
        LOCATION,
        {**OFFICE, "display_name": "a\nb"},
        "display_name: 'a\\nb' has a control character",
    ),
    ("id that is a name", LOCATION, {**OFFICE, "id": "Office"}, "id: 'Office' is not an object id"),
    ("unknown option", LOCATION, {**OFFICE, "ipranges": []}, "ipranges: is not known."),
    (
        "unknown state",
        LOCATION,
        {**OFFICE, "state": "gone"},
        "value of state must be one of: present, absent, got: gone",
    ),
    ("no ranges", LOCATION, {**OFFICE, "ip_ranges": []}, "ip_ranges: is empty"),
    (
        "address without prefix",
        LOCATION,
        {**OFFICE, "ip_ranges": ["198.51.100.10"]},
        "ip_ranges[0]: '198.51.100.10' has no prefix length; for this one address write 198.51.100.10/32",
    ),
    ("IPv6 address without prefix", LOCATION, {**OFFICE, "ip_ranges": ["2001:db8::1"]}, "write 2001:db8::1/128"),
    (
        "not an address",
        LOCATION,
        {**OFFICE, "ip_ranges": ["office.contoso.com"]},
        "ip_ranges[0]: 'office.contoso.com' is not an IP range",
    ),
    (
        "number beyond 255",
        LOCATION,
        {**OFFICE, "ip_ranges": ["198.51.100.300/32"]},
        "ip_ranges[0]: '198.51.100.300/32' is not an IP range",
    ),
    (
        "prefix beyond 32",
        LOCATION,
        {**OFFICE, "ip_ranges": ["198.51.100.0/33"]},
        "ip_ranges[0]: '198.51.100.0/33' is not an IP range",
    ),
    (
        "netmask for a prefix",
        LOCATION,
        {**OFFICE, "ip_ranges": ["198.51.100.0/255.255.255.0"]},
        "ip_ranges[0]: '198.51.100.0/255.255.255.0' has a prefix length that is not a number",
    ),
    (
        "range with a dash",
        LOCATION,
        {**OFFICE, "ip_ranges": ["198.51.100.1-198.51.100.9"]},
        "ip_ranges[0]: '198.51.100.1-198.51.100.9' is not an IP range",
    ),
    (
        "octal address",
        LOCATION,
        {**OFFICE, "ip_ranges": ["198.051.100.0/24"]},
        "ip_ranges[0]: '198.051.100.0/24' is not an IP range",
    ),
    (
        "same range twice",
        LOCATION,
        {**OFFICE, "ip_ranges": ["2001:db8:1::/48", "2001:DB8:0001::/48"]},
        "ip_ranges[1]: '2001:DB8:0001::/48' is the same range as ip_ranges[0]",
    ),
    (
        "2,001 ranges",
        LOCATION,
        {**OFFICE, "ip_ranges": [f"198.51.{n // 256}.{n % 256}/32" for n in range(2001)]},
        "ip_ranges: has 2001 ranges; Entra takes at most 2000",
    ),
    (
        "ranges and countries",
        LOCATION,
        {**OFFICE, "countries_and_regions": ["DE"]},
        "ip_ranges and countries_and_regions: a named location is made of IP ranges or of countries",
    ),
    (
        "small country code",
        LOCATION,
        {"display_name": "C", "countries_and_regions": ["de"]},
        "countries_and_regions[0]: 'de' is not a two-letter country code in capitals",
    ),
    (
        "name of a country",
        LOCATION,
        {"display_name": "C", "countries_and_regions": ["Germany"]},
        "countries_and_regions[0]: 'Germany' is not a two-letter country code",
    ),
    (
        "unknown lookup method",
        LOCATION,
        {"display_name": "C", "countries_and_regions": ["DE"], "country_lookup_method": ""},
        "value of country_lookup_method must be one of: clientIpAddress, authenticatorAppGps",
    ),
    (
        "trusted is no word",
        LOCATION,
        {**OFFICE, "trusted": "maybe"},
        "argument 'trusted' is of type str and we were unable to convert to bool",
    ),
    (
        "unknown risk",
        LOCATION,
        {**OFFICE, "accept_risks": ["SITE-ANY"]},
        "accept_risks[0]: there is no rule 'SITE-ANY'",
    ),
    (
        "unknown enforcement",
        POLICY,
        {**P, "enforcement": "on"},
        "value of enforcement must be one of: enabled, disabled, report_only, got: on",
    ),
    (
        "block beside mfa",
        POLICY,
        {**P, "grant_controls": {"built_in_controls": ["block", "mfa"]}},
        "grant_controls.built_in_controls: block stands alone, and mfa is there too",
    ),
    (
        "unknown control",
        POLICY,
        {**P, "grant_controls": {"built_in_controls": ["MFA"]}},
        "value of built_in_controls must be one or more of: block, mfa",
    ),
    (
        "unknown operator",
        POLICY,
        {**P, "grant_controls": {"operator": "and", "built_in_controls": ["mfa"]}},
        "value of operator must be one of: AND, OR, got: and",
    ),
    (
        "mfa and a strength",
        POLICY,
        {**P, "grant_controls": {"built_in_controls": ["mfa"], "authentication_strength": "Phishing-resistant MFA"}},
        "grant_controls: mfa and authentication_strength ask for the same",
    ),
    (
        "every time with a value",
        POLICY,
        frequency(frequency_interval="everyTime", value=1),
        "session_controls.sign_in_frequency.value: goes with timeBased only",
    ),
    (
        "every time with a type",
        POLICY,
        frequency(frequency_interval="everyTime", type="hours"),
        "session_controls.sign_in_frequency.type: goes with timeBased only",
    ),
    ("value without type", POLICY, frequency(value=4), "session_controls.sign_in_frequency.type: is missing"),
    ("type without value", POLICY, frequency(type="days"), "session_controls.sign_in_frequency.value: is missing"),
    (
        "value of zero",
        POLICY,
        frequency(value=0, type="days"),
        "session_controls.sign_in_frequency.value: 0 is not between 1 and 365",
    ),
    (
        "all written small",
        POLICY,
        conditions(users={"include_users": ["all"]}),
        "conditions.users.include_users[0]: 'all' is written All",
    ),
    (
        "All beside others",
        POLICY,
        conditions(users={"include_users": ["All", "dana@contoso.com"]}),
        "conditions.users.include_users: All stands alone",
    ),
    (
        "a first name for a user",
        POLICY,
        conditions(users={"include_users": ["dana"]}),
        "conditions.users.include_users[0]: 'dana' is neither a UPN",
    ),
    ("an empty user", POLICY, conditions(users={"include_users": [""]}), "conditions.users.include_users[0]: is empty"),
    (
        "All applications beside others",
        POLICY,
        conditions(applications={"include_applications": ["All", "Syncro SSO"]}),
        "conditions.applications.include_applications: All stands alone",
    ),
    (
        "applications and user actions",
        POLICY,
        conditions(
            applications={"include_applications": ["Syncro SSO"], "include_user_actions": ["urn:user:registerdevice"]}
        ),
        "include_applications and include_user_actions are 2 kinds of target",
    ),
    (
        "unknown client app type",
        POLICY,
        conditions(client_app_types=["desktop"]),
        "value of client_app_types must be one or more of",
    ),
    (
        "all client app types and one",
        POLICY,
        conditions(client_app_types=["all", "browser"]),
        "conditions.client_app_types: all stands alone",
    ),
    ("no client app type", POLICY, conditions(client_app_types=[]), "conditions.client_app_types: is empty"),
    (
        "locations excluded from nothing",
        POLICY,
        conditions(locations={"include_locations": [], "exclude_locations": ["AllTrusted"]}),
        "conditions.locations.include_locations: is empty",
    ),
    ("unknown condition", POLICY, conditions(ip_ranges=["198.51.100.0/24"]), "conditions.ip_ranges: is not known."),
    (
        "unknown platform",
        POLICY,
        conditions(platforms={"include_platforms": ["ios"]}),
        "value of include_platforms must be one or more of: android, iOS",
    ),
    (
        "break-glass that is no UPN",
        POLICY,
        {**P, "break_glass_accounts": ["admin"]},
        "break_glass_accounts[0]: 'admin' is neither a UPN",
    ),
    (
        "conditions that are a list",
        POLICY,
        {**P, "conditions": ["All"]},
        "conditions: is a list; a dictionary is needed.",
    ),
    (
        "one site that is a text",
        GUARD,
        {"sites": "198.51.100.10/32"},
        "sites: is a text; a list of dictionaries with name and cidrs is needed.",
    ),
    (
        "a site with a word that is not known",
        GUARD,
        {"sites": [SITE, {"name": "Lab", "cidrs": ["203.0.113.0/24"], "expire": "2030-01-01T00:00:00Z"}]},
        "sites[1].expire: is not known. Is expires meant?",
    ),
    (
        "site without a name",
        GUARD,
        {"sites": [{"cidrs": ["198.51.100.10/32"]}]},
        "sites[0].name: is missing; a text is needed.",
    ),
    ("site without ranges", GUARD, {"sites": [{"name": "Office", "cidrs": []}]}, "sites[0].cidrs: is empty"),
    (
        "two sites of a name",
        GUARD,
        {"sites": [SITE, {"name": "office", "cidrs": ["203.0.113.0/24"]}]},
        "sites[1].name: 'office' is the name of sites[0] as well",
    ),
    (
        "a range in two sites",
        GUARD,
        {"sites": [SITE, {"name": "Lab", "cidrs": ["198.51.100.10/32"]}]},
        "sites[1].cidrs[0]: '198.51.100.10/32' is the same range as sites[0].cidrs[0]",
    ),
    (
        "a date without a zone",
        GUARD,
        {"sites": [{**SITE, "expires": "2026-12-24T18:00:00"}]},
        "sites[0].expires: '2026-12-24T18:00:00' is not a moment",
    ),
    (
        "a date that is none",
        GUARD,
        {"sites": [{**SITE, "expires": "2026-13-24T18:00:00Z"}]},
        "sites[0].expires: '2026-13-24T18:00:00Z' is not a moment",
    ),
    (
        "a word for a date",
        GUARD,
        {"sites": [{**SITE, "expires": "tomorrow"}]},
        "sites[0].expires: 'tomorrow' is not a moment",
    ),
    ("a range with a zone", GUARD, {"sites": [{"name": "X", "cidrs": ["fe80::%eth0/64"]}]}, "has a zone in it"),
    ("a prefix like no other", GUARD, {"sites": [{"name": "X", "cidrs": ["198.51.100.1/032"]}]}, "is not a number"),
    ("a secret in a list", INFO, {"client_secret": ["x"]}, "client_secret: is a list; a text is needed"),
    (
        "a name beyond all bounds",
        LOCATION,
        {"display_name": "n" * 300, "ip_ranges": ["198.51.100.0/24"]},
        "…' has 300 characters",
    ),
    (
        "everything left out",
        POLICY,
        conditions(locations={"include_locations": ["All"], "exclude_locations": ["All"]}),
        "conditions.locations.exclude_locations[0]: All cannot be left out",
    ),
    (
        "one list in two ways",
        POLICY,
        conditions(users={"include_users": {"set": ["All"], "add": ["dana@contoso.com"]}}),
        "conditions.users.include_users: set is the whole list",
    ),
    (
        "an edit that is not known",
        POLICY,
        conditions(users={"include_users": {"append": ["dana@contoso.com"]}}),
        "append is not known here; allowed are add, remove, set",
    ),
    (
        "a text in place of a list",
        POLICY,
        conditions(users={"include_users": "All"}),
        "conditions.users.include_users: 'All' is not a list",
    ),
    (
        "a filter without a rule",
        POLICY,
        conditions(devices={"device_filter": {"mode": "exclude"}}),
        "conditions.devices.device_filter.rule: is missing",
    ),
    (
        "people and workloads",
        POLICY,
        conditions(client_applications={"include_service_principals": ["ServicePrincipalsInMyTenant"]}),
        "are people and workloads",
    ),
    ("an empty application", GUARD, {"application": "", "sites": [SITE]}, "application: is empty"),
    (
        "tenant that is a name",
        INFO,
        {"tenant_id": "Northwind MSP"},
        "tenant_id: 'Northwind MSP' is neither a tenant's id nor a domain",
    ),
    ("tenant with a path in it", INFO, {"tenant_id": "contoso.com/../x"}, "tenant_id: 'contoso.com/../x' is neither"),
    (
        "client that is a name",
        INFO,
        {"client_id": "msp-automation"},
        "client_id: 'msp-automation' is not an application (client) id",
    ),
    (
        "http",
        INFO,
        {"graph_url": "http://localhost:8443"},
        "graph_url: 'http://localhost:8443' is not an https address",
    ),
    (
        "address with a path",
        INFO,
        {"graph_url": "https://localhost:8443/v1.0"},
        "graph_url: 'https://localhost:8443/v1.0' is not the address of a server",
    ),
    (
        "unknown cloud",
        INFO,
        {"cloud": "germany"},
        "value of cloud must be one of: global, us_government, us_government_dod, china, got: germany",
    ),
    ("broken address", INFO, {"login_url": "https://[::1"}, "login_url: 'https://[::1' is not the address of a server"),
    (
        "Graph of one cloud, login of another",
        INFO,
        {"login_url": "https://login.microsoftonline.com", "graph_url": "https://graph.microsoft.us"},
        "do not belong together",
    ),
    (
        "real login, practice Graph",
        INFO,
        {"login_url": "https://login.microsoft.com:443", "graph_url": "https://localhost:8443"},
        "do not belong together",
    ),
    (
        "token changed on its way",
        INFO,
        {"client_secret": None, "access_token": "tok\u2014en"},
        "access_token: has a character in it that no token has",
    ),
    ("CA file that is not there", INFO, {"ca_path": "/nowhere/ca.pem"}, "ca_path: '/nowhere/ca.pem' is not a file"),
    ("CA file with something else in it", INFO, {"ca_path": __file__}, "it holds no certificate in PEM form"),
    ("no time at all", INFO, {"request_timeout": 0}, "request_timeout: 0 is too short"),
    (
        "two kinds of credential",
        INFO,
        {"access_token": "a.b.c"},
        "credentials: access_token and client_secret are given together",
    ),
    (
        "certificate that is not there",
        INFO,
        {"client_secret": None, "certificate_path": "/nowhere/c.pem"},
        "certificate_path: '/nowhere/c.pem' cannot be read",
    ),
    ("no credential", INFO, {"client_secret": None}, "credentials: none given"),
    ("a credential of a variable that is not set", INFO, {"client_secret": ""}, "client_secret: is given and empty"),
    (
        "token file that is not there",
        INFO,
        {"client_secret": None, "federated_token_file": "/nowhere/t"},
        "federated_token_file: '/nowhere/t' is not there",
    ),
]
