# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Ansible wants a module beside an action plugin. Nothing of it runs: plugins/action/run_arguments.py does.
# The documentation is in run_arguments.yml.

from __future__ import annotations
