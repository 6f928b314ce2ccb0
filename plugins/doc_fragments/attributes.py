# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every module as a task of a playbook: check mode, diff, where it runs."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of all modules, and those in which a module that writes and one that reads differ."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Has an action plugin, which runs where Ansible runs and not on the target host.
    support: full
    details:
      - The whole module is an action plugin. The target host is never contacted, and needs neither Python nor a
        connection.
  async:
    description: Supports the C(async) keyword.
    support: none
  become:
    description: Is usable alongside the C(become) keywords.
    support: N/A
    details:
      - Nothing runs on the target host, so there is no user to become.
  check_mode:
    description: Can run in check mode and tell whether something would change, without changing it.
  connection:
    description: Uses the connection of the target host.
    support: N/A
    details:
      - Requests go to Microsoft Graph from where Ansible runs.
  delegation:
    description: Can be used with C(delegate_to) and related keywords.
    support: N/A
    details:
      - C(delegate_to) makes no difference to where the module runs.
  diff_mode:
    description: Shows what has changed, or in check mode would change, when run in diff mode.
  idempotent:
    description: Changes nothing where the tenant is already as the options ask for.
  platform:
    description: Systems that the module works on.
    support: full
    platforms: Microsoft Entra ID
"""

    WRITES = r"""
options:
  backup_path:
    description:
      - A folder in which is kept, before each write, what it is about to change. Where it is left out, nothing is kept.
      - All tasks of a run that are given the folder add to one file in it, with the time at which the run began in its
        name, whichever tenants they are of. M(msp.entra.rollback) puts such a file back.
      - In check mode nothing is kept, and the task fails where the folder could not be made or written.
      - The folder is made where it is not there, with access for its owner alone, and so is the file. It holds names,
        ids and addresses, and no secrets. A relative path starts where C(ansible-playbook) was started.
      - Where the file cannot be written, the task fails ahead of the write. So it does where the file belongs to another user,
        where others may write it, and where another process keeps it locked for half a minute.
      - C(module_defaults) with the key C(group/msp.entra.writes) says it once for all modules that have this option.
    type: path
  journal_path:
    description:
      - A file to which every write is added, a line of JSON before it is sent and one when its outcome is known. Lines are
        only ever added, by every run that is given the file, so that it tells who has written what, when, and what Entra
        calls the requests.
      - A check run adds what it would have written, marked as such.
      - The file is made where it is not there, with access for its owner alone. It holds names, ids and addresses, and no
        secrets.
      - Where the file cannot be written, the task fails ahead of the write. So it does where the file belongs to another user,
        where others may write it, and where another process keeps it locked for half a minute.
    type: path
attributes:
  action_group:
    description: Is part of action groups, for which C(module_defaults) sets options once.
    support: full
    details:
      - C(module_defaults) with the key C(group/msp.entra.graph) says once which tenant is meant and who logs in.
      - C(module_defaults) with the key C(group/msp.entra.writes) says once where backups and the journal are kept.
    membership:
      - msp.entra.graph
      - msp.entra.writes
  check_mode:
    support: full
    details:
      - Nothing but reads is sent. What would be created has a placeholder id in the result, one that begins with
        C(00000000-0000-4000-8000-), and later tasks of the same run in check mode take such an id for one of an
        object.
  diff_mode:
    support: full
    details:
      - The difference is told in the words of the options. What changes by itself, such as a time, is left out.
  idempotent:
    support: full
    details:
      - What Microsoft Graph makes no difference between counts as equal, such as the order of a list or the case of
        an id.
"""

    READS = r"""
options: {}
attributes:
  action_group:
    description: Is part of action groups, for which C(module_defaults) sets options once.
    support: full
    details:
      - C(module_defaults) with the key C(group/msp.entra.graph) says once which tenant is meant and who logs in.
    membership:
      - msp.entra.graph
  check_mode:
    support: full
    details:
      - The module only reads.
  diff_mode:
    support: N/A
    details:
      - The module only reads.
  idempotent:
    support: full
    details:
      - The module only reads.
"""

    ACTS = r"""
options: {}
attributes:
  action_group:
    description: Is part of action groups, for which C(module_defaults) sets options once.
    support: full
    details:
      - C(module_defaults) with the key C(group/msp.entra.graph) says once which tenant is meant and who logs in.
    membership:
      - msp.entra.graph
  check_mode:
    support: full
    details:
      - Nothing but reads is sent.
  diff_mode:
    support: none
    details:
      - There is no state that could be compared.
  idempotent:
    support: none
    details:
      - Every run acts.
"""

    LOCAL = r"""
options: {}
attributes:
  action_group:
    description: Is part of action groups, for which C(module_defaults) sets options once.
    support: none
    membership: []
  check_mode:
    support: full
    details:
      - The module changes nothing.
  diff_mode:
    support: N/A
    details:
      - The module changes nothing.
  idempotent:
    support: full
    details:
      - The module changes nothing.
"""

    FILES = r"""
options: {}
attributes:
  action_group:
    description: Is part of action groups, for which C(module_defaults) sets options once.
    support: none
    membership: []
  check_mode:
    support: full
    details:
      - No file is written.
  diff_mode:
    support: none
    details:
      - A report is new each time.
  idempotent:
    support: none
    details:
      - A report tells when it was made, and so is new each time.
"""
