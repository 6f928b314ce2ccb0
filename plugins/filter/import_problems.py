# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""msp.entra.import_problems: what is wrong with a file that is to be imported."""

from __future__ import annotations

from ansible_collections.msp.entra.plugins.plugin_utils.conditional_access import written


def _import_problems(text):
    # Ansible's tagged strings are str to most libraries, but not to all.
    return written.problems(str(text))


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Name and function."""
        return {"import_problems": _import_problems}
