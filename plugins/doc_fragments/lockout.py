# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of accept_risks, and so of the rules in plugin_utils/conditional_access/lockout_rules.py."""

from __future__ import annotations


class ModuleDocFragment:
    """The lockout guard's one option."""

    DOCUMENTATION = r"""
options:
  accept_risks:
    description:
      - Ids of rules of the lockout guard that may be broken. All others still hold, and there is no word for all of
        them.
      - A rule that is broken and accepted is reported as a warning at every run.
      - The description of the module says which of the rules it judges. An id of another one is taken and has no
        effect, so that one list can serve several modules. An id that no rule has is an error.
      - "V(NO-BREAK-GLASS): No break-glass account is known to be left out of the policy. Known are those that
        O(break_glass_accounts) names. Where it names none, a policy breaks the rule that could keep everyone, a role that can
        change policies, or, where it blocks, a group from the Entra admin center, whoever it leaves out."
      - "V(BREAK-GLASS-MISSING): A break-glass account does not exist."
      - "V(BREAK-GLASS-DISABLED): A break-glass account is disabled."
      - "V(BREAK-GLASS-NOT-EXCLUDED): A break-glass account is covered by the policy."
      - "V(NO-WAY-BACK): No break-glass account is proven to reach the Entra admin center from an unknown address. It is
        taken to have done MFA, unless it is known to have no method registered (which C(AuditLog.Read.All) lets be read, and
        nobody else is guessed about), in a browser, on a device that is not registered. Where other policies shut the last way
        already, it is refused to enforce a policy that is not on yet or to put more in the way; to relax or delete a policy, to
        leave an account out of it, and to write in report-only stay possible."
      - "V(CALLER-BLOCKED): The policy blocks, or may block, the account or application that writes it. Who that is, is
        read from the access token. A policy that is not enabled blocks nobody."
      - "V(BLOCK-ALL): The policy blocks all users from all applications, or all but a few. Not where another condition
        narrows it, such as old protocols or locations, nor where the admin portals are left out."
      - "V(NO-SITE): There is no site."
      - "V(NO-TRUSTED-LOCATION): The policy blocks from everywhere and leaves no location out. It is one that blocks everything or
        the admin portals, or that has a location condition, which lets nobody in then; one application may well be blocked
        everywhere."
      - "V(TRUST-RELIED-ON): A policy that stops people leaves out all trusted locations, and this is one. A policy stops people
        where it blocks, or asks for what they cannot do when asked, such as a compliant device."
      - "V(SITE-SHRUNK): A location would no longer cover addresses from which a policy that is on lets people in. Not where
        another location that the policy leaves out covers them too, nor where the policy only asks for MFA."
      - "V(SITE-EVERYWHERE): A site covers every address there is."
      - "V(SITE-TOO-WIDE): A site's range is too wide to be a site."
      - "V(SITE-HOST-BITS): A site's range has address bits set beyond its prefix."
      - "V(SITE-PRIVATE): A site is a private range."
      - "V(SITE-LOOPBACK): A site is a loopback range."
      - "V(SITE-LINK-LOCAL): A site is a link-local range."
      - "V(SITE-CGNAT): A site is in the range of carrier-grade NAT."
      - "V(SITE-MULTICAST): A site is a multicast range."
      - "V(SITE-RESERVED): A site is a reserved range."
      - "V(SITE-DOCUMENTATION): A site is a range that exists in documentation only. It passes on a private endpoint."
      - "V(NO-EVIDENCE): The policy would be enforced without evidence."
      - "V(SERVICE-ACCOUNT-NOT-EXCLUDED): The Syncro service account is not left out of the policy."
      - "V(SERVICE-ACCOUNT-DROPPED): The policy would no longer leave out a service account."
      - "V(SERVICE-ACCOUNT-NO-MFA): The Syncro service account would be asked for MFA, and has no method for it registered.
        C(AuditLog.Read.All) lets that be read, and nothing is guessed of an account without it. An account that is asked for MFA
        already is not looked at."
      - "V(SERVICE-ACCOUNT-LOCATION): The Syncro service account's own policy has a location condition."
    type: list
    elements: str
    default: []
"""
