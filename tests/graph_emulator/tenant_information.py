# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one tenant may know of another: ``findTenantInformationByDomainName`` and ``findTenantInformationByTenantId``."""

from __future__ import annotations

import re
from collections.abc import Callable

from .directory import tenant_of
from .errors import tenant_not_found, unknown_segment
from .exchange import Answer, Call
from .graph_types import is_guid
from .odata import EntitySet, single_answer

Handler = Callable[[Call], Answer]
_INFORMATION = EntitySet(
    "microsoft.graph.tenantInformation",
    "tenantInformation",
    frozenset({"tenantId", "federationBrandName", "displayName", "defaultDomainName"}),
    has_single_context=False,
)
_PARAMETER = re.compile(r"\((\w+)='(.*)'\)")


def routes() -> list[tuple[str, str, Handler]]:
    """Return (method, pattern, handler)."""
    return [
        ("GET", f"tenantRelationships/{function}/{{}}", _finder(function, parameter))
        for function, parameter in (
            ("findTenantInformationByDomainName", "domainName"),
            ("findTenantInformationByTenantId", "tenantId"),
        )
    ]


def _finder(function: str, parameter: str) -> Handler:
    def handler(call: Call) -> Answer:
        match = _PARAMETER.fullmatch(call.keys[0])
        if match is None or match.group(1) != parameter:
            raise unknown_segment(f"{function}{call.keys[0]}")
        wanted = match.group(2).replace("''", "'")
        found = tenant_of(call).directory.known(wanted)
        if found is None or is_guid(wanted) is not (parameter == "tenantId"):
            raise tenant_not_found()
        information = {
            "tenantId": found.id,
            "federationBrandName": None,
            "displayName": found.name,
            "defaultDomainName": found.domain,
        }
        return single_answer(call, _INFORMATION, information)

    return handler
