# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant in memory that answers as GraphSession does, for what is above the session."""

from __future__ import annotations

import copy
import re
from urllib.parse import parse_qs, unquote

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access.forms import FORMS
from ansible_collections.msp.entra.plugins.plugin_utils.graph.clouds import Cloud
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import GraphError, error_type
from ansible_collections.msp.entra.plugins.plugin_utils.graph.patience import Patience
from ansible_collections.msp.entra.plugins.plugin_utils.graph.reads import Reads
from ansible_collections.msp.entra.plugins.plugin_utils.graph.session import Answer, Cost

LOCATIONS = "/identity/conditionalAccess/namedLocations"
POLICIES = "/identity/conditionalAccess/policies"
ROLES = "/directoryRoleTemplates"
STRENGTHS = "/policies/authenticationStrengthPolicies"
CONTEXTS = "/identity/conditionalAccess/authenticationContextClassReferences"
AGREEMENTS = "/identityGovernance/termsOfUse/agreements"
DELETED = {
    LOCATIONS: "/identity/conditionalAccess/deletedItems/namedLocations",
    POLICIES: "/identity/conditionalAccess/deletedItems/policies",
}
ASSIGNMENTS = "/roleManagement/directory/roleAssignments"
METHODS = "/reports/authenticationMethods/userRegistrationDetails"
EMPTY = (
    METHODS,
    ASSIGNMENTS,
    *("/users", "/groups", "/servicePrincipals", LOCATIONS, POLICIES, ROLES, STRENGTHS, CONTEXTS, AGREEMENTS),
    *DELETED.values(),
)
TENANT_ID = "99999999-9999-4999-8999-999999999999"
SECURITY_DEFAULTS = "/policies/identitySecurityDefaultsEnforcementPolicy"
DOMAIN_LOOKUP = "/tenantRelationships/findTenantInformationByDomainName"


def guid(number: int) -> str:
    """An object id; with letters in it, so that case can matter."""
    return f"{number:08x}-aaaa-4bbb-8ccc-{number:012x}"


def refusal(status: int, message: str = "no", inner: str = "") -> GraphError:
    return error_type(status)(
        status=status,
        code="code",
        message=message,
        inner=inner,
        request="REQUEST",
        request_id=None,
        client_request_id=None,
    )


class Tenant:
    """Objects by listing. ``sent`` is every request, ``waits`` every wait, both in order; nothing ever sleeps.

    ``single`` are objects that have a path of their own, and ``domains`` the tenants elsewhere, by each domain of theirs.

    ``refused`` are the listings that may not be read.

    ``lag`` is how many reads after a write still show what was there before it. ``faults`` are exceptions to raise, by
    method, one a request; None lets a request pass, and ``(exception, True)`` is raised after it was carried out, as when
    an answer is lost.
    """

    def __init__(self, private: bool = False):
        self.objects: dict[str, list[dict]] = {path: [] for path in EMPTY}
        self.single: dict[str, dict] = {SECURITY_DEFAULTS: {"isEnabled": False}}
        self.domains: dict[str, dict] = {}
        self.sent: list[tuple] = []
        self.waits: list[float] = []
        self.lag = 0
        self.refused: set[str] = set()
        self.faults: dict[str, list] = {}
        self.tenant_id = TENANT_ID
        self.caller = None
        self.cloud = Cloud("test", "https://login.test", "https://graph.test", private)
        self.cost = Cost()
        self.patience = Patience(1e6, self.waits.append, lambda low, high: high)
        self._old: dict[str, list[dict]] = {}
        self._lagging = 0
        self._numbers = iter(range(0xF000, 0xFFFF))

    def reads(self) -> Reads:
        return Reads(self, FORMS)

    def verbs(self) -> list[str]:
        return [entry[0] for entry in self.sent]

    def writes(self) -> list[tuple]:
        return [entry for entry in self.sent if entry[0] in ("POST", "PATCH", "DELETE")]

    # What GraphSession offers.

    def get(self, path: str) -> dict:
        self._arrives("GET", path)
        return self._read(path)

    def pages(self, first: dict) -> list[dict]:
        return list(first["value"])

    def batch(self, paths: list[str]) -> list[Answer]:
        if paths:
            self._arrives("BATCH", tuple(paths))
        return [self._part(path) for path in paths]

    def check(self, path: str, answer: Answer) -> dict:
        if answer.status >= 400:
            raise refusal(answer.status)
        return answer.body

    def create(self, path: str, body: dict) -> dict:
        made = {"id": guid(next(self._numbers)), "createdDateTime": "2026-01-01T00:00:00Z", **copy.deepcopy(body)}
        self._write("POST", path, body, lambda: self.objects[path].append(made))
        return copy.deepcopy(made)

    def update(self, path: str, body: dict) -> None:
        self._write("PATCH", path, body, lambda: self._object(self.objects, path).update(copy.deepcopy(body)))

    def delete(self, path: str) -> None:
        self._write("DELETE", path, None, lambda: self._move(path, DELETED))

    def act(self, path: str) -> None:
        item, dummy, action = path.rpartition("/")
        assert action == "restore"
        self._write("POST", path, None, lambda: self._move(item, {gone: there for there, gone in DELETED.items()}))

    # How it does it.

    def _arrives(self, method: str, path: object, body: dict | None = None) -> None:
        self.sent.append((method, path) if body is None else (method, path, copy.deepcopy(body)))
        self.cost.count += 1
        faults = self.faults.get(method)
        if faults and not isinstance(faults[0], tuple):
            fault = faults.pop(0)
            if fault:
                raise fault

    def _write(self, method: str, path: str, body: dict | None, carry_out) -> None:
        tried = {"request": f"{method} {path}", "status": None}
        self.cost.sent.append(tried)
        try:
            self._arrives(method, path, body)
        except GraphError as refused:
            tried["status"] = refused.status
            raise
        self._old, self._lagging = copy.deepcopy(self.objects), self.lag
        carry_out()
        faults = self.faults.get(method)
        if faults and isinstance(faults[0], tuple):
            raise faults.pop(0)[0]
        tried["status"] = 204

    def _move(self, path: str, where: dict[str, str]) -> None:
        """Take an object out of its listing, and into another where there is one for it."""
        moved = self._object(self.objects, path)
        listing = path.rpartition("/")[0]
        self.objects[listing] = [entry for entry in self.objects[listing] if entry is not moved]
        if listing in where:
            self.objects[where[listing]].append(moved)

    def _part(self, path: str) -> Answer:
        try:
            return Answer(200, {}, self._read(path))
        except GraphError as error:
            return Answer(error.status, {}, None)

    def _read(self, path: str) -> dict:
        shown, self._lagging = (self._old if self._lagging else self.objects), max(0, self._lagging - 1)
        listing, dummy, query = path.partition("?")
        if listing in self.refused:
            raise refusal(403)
        if path in self.single:
            return copy.deepcopy(self.single[path])
        if path.startswith(DOMAIN_LOOKUP):
            return copy.deepcopy(self._tenant_of(path))
        if listing in shown:
            condition = parse_qs(query).get("$filter", [""])[0]
            return {"value": copy.deepcopy([entry for entry in shown[listing] if _holds(condition, entry)])}
        return copy.deepcopy(self._object(shown, path))

    def _tenant_of(self, path: str) -> dict:
        """A function with its argument in the path; a quote in the argument is doubled."""
        argument = re.fullmatch(r"\(domainName='((?:[^']|'')*)'\)", unquote(path.removeprefix(DOMAIN_LOOKUP)))
        domain = argument[1].replace("''", "'").casefold()
        if domain not in self.domains:
            raise refusal(404)
        return self.domains[domain]

    @staticmethod
    def _object(objects: dict[str, list[dict]], path: str) -> dict:
        listing, dummy, object_id = path.rpartition("/")
        for entry in objects[listing]:
            if entry["id"] == object_id:
                return entry
        raise refusal(404)


def _holds(condition: str, entry: dict) -> bool:
    """The three filters the collection writes; Graph compares without case."""
    values = [value.replace("''", "'").casefold() for value in re.findall(r"'((?:[^']|'')*)'", condition)]
    prop = re.match(r"(?:startswith\()?(\w*)", condition)[1]
    own = str(entry.get(prop, "")).casefold()
    if not condition:
        return True
    return own.startswith(values[0]) if condition.startswith("startswith") else own in values
