# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application condition: which resources, user actions and authentication contexts a policy is for.

https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-cloud-apps,
https://learn.microsoft.com/graph/api/resources/conditionalaccessapplications
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..shape import Json
from . import known_applications
from .known_applications import Application
from .sign_in import NONE, REGISTER_SECURITY_INFO, Target
from .three_valued import Answer, all_of, any_of, negated, possibly, unknown

Test = t.Callable[[Target | None, str | None, frozenset[str] | None], Answer]

_FILTER = "the custom security attributes of the application, which a filter for applications looks at"

# What baseline scopes are of. Whether a policy for all resources with exclusions is for those is a setting that Graph does not
# show.
_WHETHER_BASELINE = (
    "whether more than baseline scopes of the directory were asked for, or how the tenant enforces those"
)
_BASELINE = {known_applications.MICROSOFT_GRAPH, known_applications.DIRECTORY}


def reason(applications: Json) -> str:
    """What Graph's What If calls the condition when it is not met, by what the policy is for."""
    if not applications.get("includeApplications") and not applications.get("applicationFilter"):
        if applications.get("includeUserActions"):
            return "userActions"
        if applications.get("includeAuthenticationContextClassReferences"):
            return "authenticationContext"
    return "application"


def compiled(applications: Json, known: t.Mapping[str, Application]) -> Test:
    """The condition as a test of what is asked for, the user action and the authentication contexts."""
    resources = _Resources.of(applications, known)
    actions = frozenset(value.lower() for value in applications.get("includeUserActions") or ())
    contexts = frozenset(
        value.lower() for value in applications.get("includeAuthenticationContextClassReferences") or ()
    )

    def test(target: Target | None, action: str | None, asked: frozenset[str] | None) -> Answer:
        answers = [resources.covers(target, action, asked)]
        if actions:
            answers.append(_among(action, actions, "the user action"))
        if contexts:
            answers.append(
                unknown("the authentication contexts that are asked for") if asked is None else bool(asked & contexts)
            )
        return any_of(answers)

    return test


def _among(value: str | None, values: frozenset[str], name: str) -> Answer:
    return unknown(name) if value is None else value in values


@dataclasses.dataclass(frozen=True, slots=True)
class _List:
    """A list of appIds and groups of them; ``filtered`` where custom security attributes add to it, which a sign-in does not show
    (https://learn.microsoft.com/entra/identity/conditional-access/concept-filter-for-applications)."""

    app_ids: frozenset[str]
    groups: tuple[str, ...]
    filtered: bool

    @classmethod
    def of(cls, applications: Json, side: str) -> _List:
        values = applications.get(f"{side}Applications") or ()
        groups = tuple(group for group in known_applications.GROUPS if group in values)
        app_ids = frozenset(value.lower() for value in values) - {group.lower() for group in groups}
        rule = applications.get("applicationFilter") or {}
        # A filter of neither mode could do either.
        filtered = bool(rule) and (rule.get("mode") == side or rule.get("mode") not in ("include", "exclude"))
        return cls(app_ids, groups, filtered)

    def has(self, application: Application) -> Answer:
        if application.app_id in self.app_ids:
            return True
        answers = [application.in_group(group) for group in self.groups]
        if self.filtered:
            answers.append(unknown(_FILTER))
        return any_of(answers)

    def __bool__(self) -> bool:
        return bool(self.app_ids or self.groups or self.filtered)


@dataclasses.dataclass(frozen=True, slots=True)
class _Resources:
    """The resources of a policy. An exclusion wins over an inclusion; where a sign-in is for several, one that is covered is
    enough, since every token is asked for by itself."""

    everything: bool
    included: _List
    excluded: _List
    known: t.Mapping[str, Application]

    @classmethod
    def of(cls, applications: Json, known: t.Mapping[str, Application]) -> _Resources:
        included = _List.of(applications, "include")
        everything = "all" in included.app_ids
        named = dataclasses.replace(included, app_ids=included.app_ids - {"all", "none"})
        return cls(everything, named, _List.of(applications, "exclude"), known)

    def covers(self, target: Target | None, action: str | None, contexts: frozenset[str] | None) -> Answer:
        """Whether the policy is for something that is asked for. ``action`` and ``contexts`` matter where that may be no
        application."""
        if not self.everything and not self.included:
            return False
        if target and target.applications and self.everything and not self.excluded:
            return True
        if target is None:
            # Whatever application it is, a policy that leaves none out is for it.
            some = action == NONE and contexts == frozenset()
            return True if self.everything and not self.excluded and some else unknown("the application")
        answers = [self._covered(app_id, target.baseline) for app_id in target.applications]
        for app_id in target.possible:
            title = self._known(app_id).title
            question = f"whether application {title} is a confidential client that asks for an ID token"
            answers.append(possibly(self._covered(app_id, target.baseline), question))
        if target.behind_graph:
            answers.append(self._behind_graph())
        return any_of(answers) if answers else self._without_application(action)

    def _known(self, app_id: str) -> Application:
        return known_applications.find(app_id, self.known)

    def _covered(self, app_id: str, baseline: bool) -> Answer:
        application = self._known(app_id)
        included = any_of([self.everything, self.included.has(application)])
        if self.included.filtered and not self.everything:
            # Whether a filter adds to the list beside it or narrows it is not documented.
            included = unknown(_FILTER)
        if baseline and self.everything and self.excluded and app_id in _BASELINE:
            included = possibly(included, _WHETHER_BASELINE)
        return all_of([included, negated(self.excluded.has(application))])

    def _behind_graph(self) -> Answer:
        """Whether the policy may be for a service whose data is asked for through Microsoft Graph. That is a service of
        Microsoft's: neither other applications nor portals are behind it."""
        named = [app_id for app_id in self.included.app_ids if self._known(app_id).microsoft is not False]
        services = named or known_applications.OFFICE_365 in self.included.groups or self.included.filtered
        may_be = self.everything or services
        return unknown("which services' data is asked for through Microsoft Graph") if may_be else False

    def _without_application(self, action: str | None) -> Answer:
        """Policies for all resources are for registering security information too, as the third example of
        https://learn.microsoft.com/graph/api/conditionalaccessroot-evaluate shows. Of the other action, and of an authentication
        context by itself, nothing is said."""
        if not self.everything:
            return False
        if action == REGISTER_SECURITY_INFO and not self.excluded:
            return True
        return unknown("whether a policy for all resources is for what is asked for here, which is no application")
