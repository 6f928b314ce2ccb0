# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""msp.entra.given: what an _info module shows, without what is not there."""

from __future__ import annotations

from ansible_collections.msp.entra.plugins.plugin_utils.options import given, plain


def _given(value, without=()):
    bare = {name: inner for name, inner in value.items() if name not in without} if isinstance(value, dict) else value
    return given(plain(bare))


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Name and function."""
        return {"given": _given}
