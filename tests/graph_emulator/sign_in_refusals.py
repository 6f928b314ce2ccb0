# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a sign-in ends: the word a practice call answers with, and the AADSTS number and text that the log shows.

Source: Microsoft's "Microsoft Entra authentication & authorization error codes", and the texts of real sign-in logs.
"""

from __future__ import annotations

SUCCEEDED = "succeeded"
BLOCKED = "blocked"
STOPPED = "stopped"
SIGN_IN_AGAIN = "sign_in_again"
CONTINUES = "session_continues"
_CHANGED = "Due to a configuration change made by your administrator, or because you moved to a new location, you must"

# AADSTS number -> (word, text)
ENDINGS: dict[int, tuple[str, str]] = {
    0: (SUCCEEDED, "Other."),
    53003: (
        BLOCKED,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    50076: (
        "mfa_required",
        f"{_CHANGED} use multi-factor authentication to access the resource.",
    ),
    50079: (
        "mfa_registration_required",
        f"{_CHANGED} enroll in multi-factor authentication to access the resource.",
    ),
    53000: (STOPPED, "Device is not in required device state: compliant. The device must be managed to be compliant."),
    53001: (STOPPED, "Device is not in required device state: domain joined. The device must be domain joined."),
    53002: (STOPPED, "The application used is not an approved application for Conditional Access."),
    53009: (STOPPED, "Application needs to enforce Intune protection policies."),
    50142: (STOPPED, "Password change is required due to a conditional access policy."),
    50158: (STOPPED, "External security challenge was not satisfied."),
    50126: ("wrong_password", "Error validating credentials due to invalid username or password."),
    50057: ("account_disabled", "The user account is disabled."),
    7000112: ("application_disabled", "Application is disabled."),
    50058: (SIGN_IN_AGAIN, "A silent sign-in request was sent but no user is signed in."),
    50173: (SIGN_IN_AGAIN, "The provided grant has expired due to it being revoked, a fresh auth token is needed."),
    70044: (
        SIGN_IN_AGAIN,
        "The session has expired or is invalid due to sign-in frequency checks by conditional access.",
    ),
}
