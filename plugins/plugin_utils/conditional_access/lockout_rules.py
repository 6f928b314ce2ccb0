# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lockout guard's rules as data: what a write must not bring about, why, and the way out.

Microsoft's own advice is the source: https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access
and https://learn.microsoft.com/entra/identity/conditional-access/plan-conditional-access.

Where each is found: ``lockout`` for sites, named locations and accounts, ``policy_lockout`` for one policy, ``way_back`` for all policies
together, ``location_guard`` for a location that policies refer to, ``caller`` for who runs this, ``site_coverage`` for locations
that policies leave out, ``evidence`` for what is to be enforced.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Rule:
    """``id`` is what accept_risks takes; ``why`` and ``remedy`` are one sentence each."""

    id: str
    title: str
    why: str
    remedy: str


_NEVER = "Entra judges the public address it sees, and never sees this one: the site would match nobody."

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(
            "NO-BREAK-GLASS",
            "No break-glass account is known to be left out of the policy",
            "If the policy turns out wrong, nobody may be left who can sign in and take it back: whoever else is left out can be "
            "anybody, and a group can be empty.",
            "Name an account that holds Global Administrator and is used for nothing else in break_glass_accounts, or in the "
            "inventory in syncro_break_glass_accounts, and leave it out of the policy by its own id.",
        ),
        Rule(
            "BREAK-GLASS-MISSING",
            "A break-glass account does not exist",
            "An account that is not there cannot rescue anyone.",
            "Correct the UPN, or make the account first.",
        ),
        Rule(
            "BREAK-GLASS-DISABLED",
            "A break-glass account is disabled",
            "A disabled account cannot sign in when it is needed.",
            "Enable the account in the Entra admin center, or name another.",
        ),
        Rule(
            "BREAK-GLASS-NOT-EXCLUDED",
            "A break-glass account is covered by the policy",
            "The account would be stopped by the same policy it is kept for.",
            "Add the account to conditions.users.exclude_users.",
        ),
        Rule(
            "NO-WAY-BACK",
            "No break-glass account is proven to reach the Entra admin center from an unknown address",
            "Should a policy turn out wrong, nobody could sign in to take it back; the more is enforced, the less is "
            "left to mend it with.",
            "Leave a break-glass account out of each policy that is named, by its own id, or turn that policy off; a run "
            "that only relaxes, deletes, or writes in report-only is never refused for what is wrong already.",
        ),
        Rule(
            "CALLER-BLOCKED",
            "The policy blocks, or may block, the account or application that writes it",
            "It could not be taken back in the same way, nor could anything else be kept right.",
            "Leave it out of the policy by its own id, or run this as one that is left out.",
        ),
        Rule(
            "BLOCK-ALL",
            "The policy blocks all users from all applications, or all but a few",
            "That includes the admin center in which it would be taken back.",
            "Name the applications it is meant for.",
        ),
        Rule(
            "NO-SITE",
            "There is no site",
            "Nobody could reach Syncro any more, wherever they are.",
            "List one site or more in syncro_sites, with a date in expires only where it lies ahead.",
        ),
        Rule(
            "NO-TRUSTED-LOCATION",
            "The policy blocks from everywhere and leaves no location out",
            "Whoever it is for would be kept out wherever they are, also at a trusted location.",
            "Name the trusted locations in conditions.locations.exclude_locations.",
        ),
        Rule(
            "TRUST-RELIED-ON",
            "A policy that stops people leaves out all trusted locations, and this is one",
            "People at this location would be stopped by a policy that does not name it.",
            "Name the locations in that policy's exclude_locations in place of AllTrusted, or take it back, first.",
        ),
        Rule(
            "SITE-SHRUNK",
            "A location would no longer cover addresses from which a policy that is on lets people in",
            "Whoever is at one of these addresses would be stopped at once.",
            "Add the new addresses, keep these for as long as somebody may be there, and accept the risk for the run that takes "
            "them out.",
        ),
        Rule(
            "SITE-EVERYWHERE",
            "A site covers every address there is",
            "Everyone on the internet would count as being at the site, so the policy would stop nobody.",
            "Give the site's own public range, as its internet provider names it.",
        ),
        Rule(
            "SITE-TOO-WIDE",
            "A site's range is too wide to be a site",
            "Entra takes ranges with a prefix longer than /8 only, and an IPv6 range shorter than /32 is a whole provider's.",
            "Give the site's own public range, as its internet provider names it.",
        ),
        Rule(
            "SITE-HOST-BITS",
            "A site's range has address bits set beyond its prefix",
            "It can be read as one address or as a whole network, and the two differ in who is let in.",
            "Write the network's first address, or /32 (/128 for IPv6) for one address.",
        ),
        Rule("SITE-PRIVATE", "A site is a private range", _NEVER, "Give the public address the site goes out with."),
        Rule("SITE-LOOPBACK", "A site is a loopback range", _NEVER, "Give the public address the site goes out with."),
        Rule(
            "SITE-LINK-LOCAL", "A site is a link-local range", _NEVER, "Give the public address the site goes out with."
        ),
        Rule(
            "SITE-CGNAT",
            "A site is in the range of carrier-grade NAT",
            _NEVER,
            "Ask the internet provider for a static public address; behind carrier-grade NAT the site has none of its own.",
        ),
        Rule(
            "SITE-MULTICAST", "A site is a multicast range", _NEVER, "Give the public address the site goes out with."
        ),
        Rule("SITE-RESERVED", "A site is a reserved range", _NEVER, "Give the public address the site goes out with."),
        Rule(
            "SITE-DOCUMENTATION",
            "A site is a range that exists in documentation only",
            "It is an example that was not replaced. (On a practice tenant it passes.)",
            "Give the public address the site goes out with.",
        ),
        Rule(
            "NO-EVIDENCE",
            "The policy would be enforced without evidence",
            "Nobody has seen yet whom it stops; it could be people at a site.",
            "Run msp.entra.validate until it says ready, and msp.entra.enforce, which looks again and then enforces.",
        ),
        Rule(
            "SERVICE-ACCOUNT-NOT-EXCLUDED",
            "The Syncro service account is not left out of the policy",
            "It signs in from Syncro's cloud, never from a site: the integration would stop at once.",
            "Add the account to conditions.users.exclude_users, or name it in syncro_service_account.",
        ),
        Rule(
            "SERVICE-ACCOUNT-DROPPED",
            "The policy would no longer leave out a service account",
            "Another policy is for this account alone, as the one for the Syncro service account is; it signs in from Syncro's "
            "cloud, never from a site, and the integration would stop.",
            "Name the account in syncro_service_account, or in exclude_users; look for a misspelt variable.",
        ),
        Rule(
            "SERVICE-ACCOUNT-NO-MFA",
            "The Syncro service account would be asked for MFA, and has no method for it registered",
            "It could not sign in any more, and the integration would stop at once.",
            "Sign in as the account at https://aka.ms/mfasetup and register one; where that is done already, accept the risk, as "
            "what Entra reports of it can be hours old.",
        ),
        Rule(
            "SERVICE-ACCOUNT-LOCATION",
            "The Syncro service account's own policy has a location condition",
            "It signs in from Syncro's cloud, whose addresses are not yours to list: the condition would stop or skip it.",
            "Leave conditions.locations out of that policy.",
        ),
    )
}
