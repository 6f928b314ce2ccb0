# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of things, in words for people."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 sign-in``, ``2 sign-ins``; none are ``0 sign-ins``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
