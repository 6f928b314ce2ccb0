# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named locations (https://learn.microsoft.com/graph/api/resources/namedlocation): IP ranges or countries."""

from __future__ import annotations

import re
import typing as t

from .. import guids, reconcile
from ..apply import OPTIONS, Apply
from ..graph.errors import BadInput, EntraError, GraphError
from ..graph.reads import Reads
from ..options import ArgumentSpec, Options
from ..shape import Field, Json, Shape
from ..shown import SHOWN_WITHIN, settle
from ..writes import Writes
from . import addresses, location_guard, lockout, policy_references
from .identity import IDENTITY, display_name_problems
from .policy_checks import account_problems

IP_TYPE = "#microsoft.graph.ipNamedLocation"
COUNTRY_TYPE = "#microsoft.graph.countryNamedLocation"

# https://learn.microsoft.com/entra/identity/conditional-access/concept-assignment-network
RANGE_LIMIT = 2000

SHAPE = Shape(
    (
        Field("display_name", "displayName", aliases=("name",)),
        Field("ip_ranges", "ipRanges", many=True, codec=addresses.RANGE),
        Field("trusted", "isTrusted", "bool"),
        Field("countries_and_regions", "countriesAndRegions", many=True),
        Field("include_unknown_countries_and_regions", "includeUnknownCountriesAndRegions", "bool"),
        Field("country_lookup_method", "countryLookupMethod", choices=("clientIpAddress", "authenticatorAppGps")),
    ),
    passive=("id", "createdDateTime", "modifiedDateTime", "deletedDateTime"),
)

IP_OPTIONS = ("ip_ranges", "trusted")
COUNTRY_OPTIONS = ("countries_and_regions", "include_unknown_countries_and_regions", "country_lookup_method")


class InUse(EntraError):
    """A location that policies refer to cannot be deleted."""

    kind = "input"


class NamedLocation:
    """The kind, for the reconcile engine."""

    noun = "named location"
    collection = policy_references.LOCATIONS
    deleted = "/identity/conditionalAccess/deletedItems/namedLocations"
    shape = SHAPE
    metadata: t.ClassVar[t.Mapping[str, str]] = {}

    def __init__(self, odata_type: str = IP_TYPE):
        self._odata_type = odata_type

    def body(self, value: Json) -> Json:
        """Graph wants the type on PATCH as well as on POST."""
        return {
            "@odata.type": self._odata_type,
            **{k: v for k, v in value.items() if v is not None and k != "@odata.type"},
        }

    def passing(self, error: GraphError, verb: str) -> bool:
        """Right after its policy was deleted, or its trusted flag cleared, a location can still be refused its end."""
        return verb == "delete" and error.status in (400, 409)

    def before_delete(self, value: Json) -> Json:
        """Entra refuses to delete a trusted location: the mark is taken off first."""
        return {"isTrusted": False} if value.get("isTrusted") else {}


def problems_of(options: Options) -> list[str]:
    """What is wrong with a location as it is written."""
    problems = display_name_problems(options)
    ranges = options["ip_ranges"]
    if ranges is not None:
        # One that is there may have ranges that could not be made today.
        problems += _range_problems(ranges, looked=not options["id"])
    countries = options["countries_and_regions"]
    if countries == [] and not options["include_unknown_countries_and_regions"]:
        problems.append(
            "countries_and_regions: is empty; a country location needs one country or more, or "
            "include_unknown_countries_and_regions."
        )
    for number, country in enumerate(countries or ()):
        if country in (countries or ())[:number]:
            problems.append(f"countries_and_regions[{number}]: '{country}' is there already; give it once.")
        if not re.fullmatch(r"[A-Z]{2}", country):
            problems.append(
                f"countries_and_regions[{number}]: '{country}' is not a two-letter country code in capitals, such as DE "
                "(ISO 3166-1)."
            )
    given_ip = [name for name in IP_OPTIONS if options[name] is not None]
    given_country = [name for name in COUNTRY_OPTIONS if options[name] is not None]
    if given_ip and given_country:
        problems.append(
            f"{given_ip[0]} and {given_country[0]}: a named location is made of IP ranges or of countries, not of both."
        )
    return problems


def _range_problems(ranges: t.Sequence[str], held: t.Container[str] = (), looked: bool = True) -> list[str]:
    """What is wrong with ranges, but for those that the location ``held`` already.

    Before it was ``looked`` at, what may be one of those is not judged.
    """
    if not ranges:
        return ["ip_ranges: is empty; a location needs one range or more (state: absent deletes it)."]
    problems = []
    if len(ranges) > RANGE_LIMIT:
        problems.append(f"ip_ranges: has {len(ranges)} ranges; Entra takes at most {RANGE_LIMIT} in one location.")
    seen: dict[str, int] = {}
    for number, text in enumerate(ranges):
        first = seen.setdefault(addresses.meaning(text), number)
        if text in held or (not looked and (addresses.span(text) or first != number)):
            continue
        if found := addresses.problem(text):
            problems.append(f"ip_ranges[{number}]: {found}")
        elif first != number:
            problems.append(f"ip_ranges[{number}]: '{text}' is the same range as ip_ranges[{first}]; give it once.")
    return problems


SPEC = ArgumentSpec(
    {
        **IDENTITY,
        **SHAPE.spec(),
        "in_use": {"type": "str", "choices": ["refuse", "keep"], "default": "refuse"},
        "released_by": {"type": "list", "elements": "str", "default": []},
        "break_glass_accounts": {"type": "list", "elements": "str", "default": []},
        "accept_risks": lockout.ACCEPT_RISKS,
        **OPTIONS,
    },
    required_one_of=(("display_name", "id"),),
    checks=(problems_of, account_problems, lockout.unknown_risks),
)


def ensure(options: Options, reads: Reads, check_mode: bool) -> Options:
    """Bring one named location to what the options ask for. Raises EntraError."""
    kind = NamedLocation()
    absent = options["state"] == "absent"
    # Who uses it matters where it is to go, or is no longer to be trusted.
    untrusts = options["trusted"] is False
    wanted = [kind.collection] + ([policy_references.POLICIES] if absent or untrusts else [])
    listing = reads.listings(wanted)[0]
    current = reconcile.identify(kind, listing, options["id"], options["display_name"])
    gone = None if current else reconcile.deleted(kind, reads, options)
    reconcile.refuse_confusion(kind, listing, current or gone, options)
    reconcile.refuse_twin(kind, listing, gone, options)
    if not (current or gone) and options["id"] and not absent:
        raise reconcile.not_there(kind, options["id"])
    _refuse_ranges(current or gone, options)
    warnings: list[str] = []
    state = options["state"]
    if current and absent:
        users = _users_of(current, options["released_by"], reads, check_mode)
        if users:
            warnings.append(_in_use(current, users, options["in_use"]))
            state = "present"  # kept as it is: absent gives no option that would change it
    elif not absent:
        kind = NamedLocation(_asked_type(current or gone, options))
    plan = reconcile.plan(kind, current, {} if absent else options, state, gone)
    relying = policy_references.relying_on_trust(reads.listings([policy_references.POLICIES])[0]) if untrusts else []
    concerned, unresolved = location_guard.findings(
        plan,
        listing,
        options["break_glass_accounts"],
        reads,
        lambda policy: absent and _released(policy, options["released_by"]),
    )
    private = reads.session.cloud.private
    warnings += lockout.guard_location(plan, options["accept_risks"], private, relying, concerned, unresolved)
    writes = Writes(options, reads.session, check_mode)
    after = Apply(kind, plan, reads, writes, options["wait"]).run()
    if options["wait"]:
        settle(reads, writes)
    told, unfamiliar = reconcile.beside(kind, after)
    return {
        **reconcile.report(kind, plan),
        **told,
        "named_location": reconcile.shown(kind, after),
        "warnings": warnings + unfamiliar,
        **writes.result(),
    }


def _refuse_ranges(current: Json | None, options: Options) -> None:
    """Ranges that could only be there already, and are not. Raises BadInput."""
    held = {addresses.RANGE.read(entry) for entry in (current or {}).get("ipRanges") or ()}
    problems = _range_problems(options["ip_ranges"], held) if options["id"] and options["ip_ranges"] else []
    if problems:
        raise BadInput(problems, looked=True)


def type_of(location: Json) -> str:
    """Which of the two kinds a location as Graph shows it is of."""
    return str(location.get("@odata.type", IP_TYPE))


def other_kind(path: str, current: Json) -> str:
    """The words for a location that is of the kind that is not asked for."""
    holds = "IP ranges" if type_of(current) == IP_TYPE else "countries"
    return (
        f"{path}: '{current.get('displayName')}' is a location of {holds}; Entra cannot turn one kind into the other."
    )


def _asked_type(current: Json | None, options: Options) -> str:
    """Which of the two kinds of location this is. Raises BadInput where the options do not say or contradict it."""
    country = [name for name in COUNTRY_OPTIONS if options[name] is not None]
    ranges = [name for name in IP_OPTIONS if options[name] is not None]
    if current is None:
        needed = "countries_and_regions" if country else "ip_ranges"
        if options[needed] is None:
            there = f"There is no named location '{options['display_name']}' yet"
            raise BadInput([f"{needed}: is missing. {there}, and a new one needs it."], looked=True)
        return COUNTRY_TYPE if country else IP_TYPE
    found = type_of(current)
    wrong = country if found == IP_TYPE else ranges
    if wrong:
        raise BadInput([other_kind(wrong[0], current)], looked=True)
    return found


def _users_of(current: Json, released_by: t.Collection[str], reads: Reads, check_mode: bool) -> list[Json]:
    """The policies that keep a location from being deleted.

    Those in ``released_by`` have let go of it earlier in this play. In check mode that did not happen, so they do not count;
    otherwise Graph may still show them for a moment, so they are read again until they are gone or the patience is.
    """

    def users() -> list[Json]:
        (policies,) = reads.listings([policy_references.POLICIES])
        named = policy_references.of_location(current["id"], policies)
        trusting = policy_references.relying_on_trust(policies) if current.get("isTrusted") else []
        return named + [policy for policy in trusting if policy not in named]

    found = users()
    again = reads.session.patience.looks(SHOWN_WITHIN)
    while found and not check_mode and all(_released(policy, released_by) for policy in found):
        if not again(f"Policy '{found[0].get('displayName')}' is still shown to use the named location."):
            break
        reads.forget()
        found = users()
    return [policy for policy in found if not (check_mode and _released(policy, released_by))]


def _released(policy: Json, released_by: t.Collection[str]) -> bool:
    """Whether a policy has let go of the location earlier in this play, whatever Graph still shows."""
    return policy.get("displayName") in released_by or any(guids.same(policy["id"], one) for one in released_by)


def _in_use(current: Json, users: t.Sequence[Json], in_use: str) -> str:
    """The warning for a location that is kept since policies use it. Raises InUse where that is not what was asked."""
    names = ", ".join(f"'{policy.get('displayName')}' ({policy['id']})" for policy in users)
    words = (
        f"Named location '{current.get('displayName')}' ({current['id']}) was not deleted: {names} still refer"
        f"{'s' if len(users) == 1 else ''} to it. Take it out of there, or delete the policy, first."
    )
    if in_use == "refuse":
        raise InUse(words)
    return words


def listed(options: Options, reads: Reads) -> Options:
    """All named locations, or those of one name or id, in the form of the module's options."""
    kind = NamedLocation()
    (listing,) = reads.listings([kind.deleted if options["deleted"] else kind.collection])
    chosen = reconcile.selected(listing, options)
    return {"named_locations": [reconcile.shown(kind, entry) for entry in chosen], **reconcile.listed(kind, chosen)}
