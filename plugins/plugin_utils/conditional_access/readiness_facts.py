# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the readiness checks are worked out from: one batch for what is known by name, then what hangs on the ids in it.

A part that Graph refuses is kept as the refusal. Nothing here fails for it, since what cannot be read is an answer too: unknown.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import typing as t

from .. import directory
from ..graph.errors import EntraError
from ..graph.odata import literal
from ..graph.reads import Reads
from ..options import Options
from ..shape import Json, Named, Reference
from . import audit_log, people, permissions, sites
from .administrators import ADMINISTRATORS
from .guard import SECURITY_DEFAULTS
from .policy_references import LOCATIONS, POLICIES
from .verdicts import Unread, read, unread
from .way_back import on

SKUS = "/subscribedSkus"

AFTER_THE_APPLICATION = "See to the check syncro-application first."
AFTER_BREAK_GLASS = "See to the check break-glass first."
AFTER_PERMISSIONS = "See to the check permissions first."
AFTER_SITES = "See to the check sites first."

USER, APPLICATION = Reference("user"), Reference("application")


@dataclasses.dataclass
class Facts:
    """The tenant as far as it could be read. Every property raises Unread where its part could not be."""

    options: Options
    reads: Reads
    now: datetime.datetime
    _answers: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    def gather(self) -> None:
        """The fixed part, in one batch, and in another what hangs on ids. Raises LoginError, Unreachable, OutOfPatience."""
        looked_up = [path for wanted in self._wanted.values() for path in wanted.paths()]
        fixed = [SKUS, SECURITY_DEFAULTS, POLICIES, LOCATIONS, ADMINISTRATORS]
        self._answers |= self.reads.attempts([*fixed, *looked_up])
        self._answers |= self.reads.attempts(self._of_accounts())

    def _of_accounts(self) -> list[str]:
        """Where the methods of the accounts are read that are there, and the groups of the break-glass accounts where a policy
        that is on depends on those."""
        try:
            policies = on(self.listing(POLICIES))
        except Unread:
            policies = []
        break_glass = self._found(self.options["break_glass_accounts"])
        accounts = [*break_glass, *self._found([self.options["service_account"]])]
        paths = [people.methods_of(account["id"]) for account in accounts]
        if people.depend_on_membership(policies):
            paths += [people.path_of(account["id"]) for account in break_glass]
        return paths

    def _found(self, names: t.Iterable[str | None]) -> list[Json]:
        try:
            return [one for name in names if name and (one := self.object(USER, name)[0])]
        except Unread:
            return []

    def listing(self, path: str) -> list[Json]:
        """A listing of the fixed part."""
        answer = self._answers[path]
        if isinstance(answer, EntraError):
            raise self._unread(answer) from answer
        return read(answer)

    def _unread(self, error: EntraError) -> Unread:
        """What the check of permissions tells of already is not told again by all that hang on it."""
        lacks = getattr(error, "lacks", ())
        if not lacks:
            return unread(error)
        told = permissions.lacking(self.options["playbooks"], self.reads.session.permissions or ())
        if not {*lacks} <= {need for missing in told.values() for need in missing}:
            return unread(error)
        return Unread(f"it cannot be told without {' and '.join(lacks)}", AFTER_PERMISSIONS)

    @functools.cached_property
    def _wanted(self) -> dict[str, directory.Wanted]:
        """Apart by kind, so that who may not read users can still find the application."""
        accounts = [*self.options["break_glass_accounts"], self.options["service_account"]]
        named = {USER: accounts, APPLICATION: [self.options["application"]]}
        return {
            kind.kind: directory.Wanted([Named(kind.kind, value, kind) for value in values if value])
            for kind, values in named.items()
        }

    def object(self, kind: Reference, name: str) -> tuple[Json | None, str]:
        """The one object of a name, or None and why there is not one."""
        wanted = self._wanted[kind.kind]
        for path in wanted.paths():
            self.listing(path)
        found = wanted.found(self.reads)
        one = found.one(kind.kind, name)
        problems = found.problems(lambda named: named.value != name)
        told = "; ".join(problem.partition(": ")[2].rstrip(".") for problem in problems)
        return one, told

    @property
    def application(self) -> Json | None:
        name = self.options["application"]
        return self.object(APPLICATION, name)[0] if name else None

    @property
    def break_glass(self) -> list[str]:
        """The accounts for emergencies, as they are named. Raises Unread where there is none."""
        names: list[str] = self.options["break_glass_accounts"]
        if not names:
            raise Unread("there is no account to look at", AFTER_BREAK_GLASS)
        return names

    def registration(self, account: Json) -> Json:
        """The authentication methods of an account, as Entra reports them."""
        path = people.methods_of(account["id"])
        if path not in self._answers:
            self._answers |= self.reads.attempts([path])
        return self.listing(path)[0]

    @functools.cached_property
    def sign_ins(self) -> audit_log.Counts:
        """The sign-ins to the application in the window, counted."""
        application = self.application
        if application is None:
            raise Unread("its sign-ins cannot be looked for without the application", AFTER_THE_APPLICATION)
        since = self.now - datetime.timedelta(days=self.options["days"])
        conditions = [*audit_log.Window(since, None).conditions(), f"appId eq {literal(application['appId'])}"]
        counts = audit_log.Counts()
        try:
            for one in audit_log.read(self.reads, conditions, audit_log.Places(self.well_formed_sites)):
                counts.add(one)
        except EntraError as error:
            raise self._unread(error) from error
        return counts

    @property
    def some_sites(self) -> list[Options]:
        """Those that are well-formed. Raises Unread where there is none."""
        if not self.well_formed_sites:
            raise Unread("there is no site to look at", AFTER_SITES)
        return self.well_formed_sites

    @property
    def well_formed_sites(self) -> list[Options]:
        return [site for site in self.options["sites"] if not sites.problems_of({"sites": [site]})]
