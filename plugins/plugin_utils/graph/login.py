# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a credential to an access token, once a run."""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t

from . import claims, errors
from .clouds import Cloud
from .credentials import Credential, GivenToken
from .errors import EntraError, GraphError, LoginBusy, LoginError, Unreachable
from .patience import Patience, retry_after
from .third_party import MsalError, msal, requests
from .token_cache import TokenCache
from .transport import Broken, NeverSent, Received, Transport

# A token this close to its end is not begun with: a task must be able to finish on it.
MARGIN = 120

# What the codes mean for the person who set this up, options in braces (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
AADSTS = {
    50034: "The account does not exist in this tenant.",
    50076: "Multifactor authentication is needed; use an app registration's own credentials, not a user's.",
    50079: "Multifactor authentication is needed; use an app registration's own credentials, not a user's.",
    53003: "A Conditional Access policy blocks this login; look for one that covers workload identities or this account.",
    65001: "No admin consent: an administrator of this tenant must consent to the application's permissions.",
    70021: "No federated credential of the application matches the token's issuer, subject and audience.",
    90002: "There is no such tenant in this cloud; check {tenant_id} and {cloud}.",
    700016: "This tenant has no application with that {client_id}; check both, and that the application was consented to here.",
    700024: "The proof is not valid at this moment: set this machine's clock, or get a federated token that has not expired.",
    700027: "The certificate is not one of the application's; upload its public part to the app registration.",
    700213: "No federated credential of the application matches the token's issuer, subject and audience.",
    7000215: "The client secret is wrong: give the secret's value, not its id.",
    7000222: "The client secret has expired; make a new one in the app registration.",
    7000229: "The application has no service principal in this tenant; an administrator must consent to it first.",
}


class Login:
    """Access tokens of one credential. Raises LoginError or Unreachable."""

    def __init__(self, credential: Credential, cloud: Cloud, transport: Transport, patience: Patience):
        self._credential = credential
        self._cloud = cloud
        self._http = _PatientLogin(transport, patience)
        identity = {"cloud": dataclasses.asdict(cloud), "kind": credential.NAME, **dataclasses.asdict(credential)}
        self._cache = TokenCache(identity)
        self._token: str | None = None

    def token(self, refused: str | None = None) -> str:
        """A token to send. ``refused`` is one that Graph just turned down: it is not given again."""
        if isinstance(self._credential, GivenToken):
            return self._credential.access_token
        if self._token is None or self._token == refused:
            with self._cache.locked():
                cache = self._cache.read()
                self._token = self._kept(cache, refused) or self._requested(cache)
        return self._token

    @property
    def permissions(self) -> frozenset[str] | None:
        """The application permissions of the token that was last given, None where it does not say."""
        return claims.permissions(self._last)

    @property
    def caller(self) -> claims.Caller | None:
        """Who the token was given to that was last given, None where it does not say."""
        return claims.caller(self._last)

    @property
    def _last(self) -> str:
        return self._credential.access_token if isinstance(self._credential, GivenToken) else self._token or ""

    @property
    def tenant_id(self) -> str:
        """The tenant's id as the token has it: the options may name it by a domain, or not at all."""
        return claims.tenant_id(self.token()) or (self._credential.tenant_id or "").lower()

    @property
    def renewable(self) -> bool:
        """False where the token was given and no other can be had."""
        return not isinstance(self._credential, GivenToken)

    def _kept(self, cache: msal.SerializableTokenCache, refused: str | None) -> str | None:
        """A token in the cache, read without building an MSAL application: that alone costs a discovery request."""
        kind = msal.TokenCache.CredentialType.ACCESS_TOKEN
        for entry in list(cache.search(kind)):
            if entry["secret"] == refused:
                cache.remove_at(entry)
            elif int(entry["expires_on"]) - time.time() > MARGIN:
                return str(entry["secret"])
        return None

    def _requested(self, cache: msal.SerializableTokenCache) -> str:
        try:
            answer = self._credential.request_token(self._http, self._cloud, cache)
        except (ValueError, requests.exceptions.RequestException, MsalError) as error:
            raise self._explained(self._http.complaint or {"error_description": str(error)}) from error
        except OSError as error:
            raise LoginError(f"Login by {self._credential.NAME} failed: {error}.") from error
        if "access_token" not in answer:
            raise self._explained(answer)
        self._cache.write(cache)
        return str(answer["access_token"])

    def _explained(self, answer: t.Mapping[str, t.Any]) -> LoginError:
        described = str(answer.get("error_description") or answer.get("error") or "no reason given").strip()
        # The first line says it; the rest are trace ids, kept because Microsoft's support asks for them.
        code = next(iter(answer.get("error_codes") or []), None)
        if code is None and (found := re.search(r"AADSTS(\d+)", described)):
            code = int(found[1])
        meaning = AADSTS.get(code, "") if code else ""
        who = f"application {self._credential.client_id}" if self._credential.client_id else "this machine"
        message = (
            f"Microsoft Entra gave no token to {who} in tenant {self._credential.tenant_id or '(none given)'} at "
            f"{self._cloud.login_url} (login by {self._credential.NAME}). {meaning} Entra says: {described}"
        )
        return LoginError(" ".join(message.split()), code, {name: name for name in re.findall(r"{(\w+)}", meaning)})


class _PatientLogin:
    """The http client MSAL is handed: waits where the login service asks for it, and keeps the last complaint."""

    TRIES = 4

    def __init__(self, transport: Transport, patience: Patience):
        self._transport = transport
        self._patience = patience
        self.complaint: dict[str, t.Any] | None = None

    def get(self, url: str, **arguments: t.Any) -> Received:
        return self._send("GET", url, arguments)

    def post(self, url: str, **arguments: t.Any) -> Received:
        return self._send("POST", url, arguments)

    def _send(self, method: str, url: str, arguments: dict[str, t.Any]) -> Received:
        arguments.pop("timeout", None)
        self.complaint = None
        turn = 0
        while True:
            last = turn == self.TRIES - 1
            told = None
            began = time.monotonic()
            try:
                answer = self._transport.send(method, url, **arguments)
            except (NeverSent, Broken) as error:
                # Asking for a token twice does no harm, so a broken answer is asked for again.
                if last:
                    raise Unreachable(f"Login failed after {self.TRIES} tries. {error}") from error
                why: EntraError = error
            else:
                if 300 <= answer.status_code < 400:
                    # What proves who we are must never travel to whatever host the answer names.
                    raise Unreachable("The login was redirected to another address; that was not followed.")
                unusable = _unusable(answer)
                if unusable is None:
                    self._keep_complaint(answer)
                    return answer
                why = unusable
                if last and not isinstance(why, LoginBusy):
                    raise Unreachable(f"{str(why).rstrip('.')} {self.TRIES} times in a row.")
                told = retry_after(answer.headers)
            self._patience.lose(time.monotonic() - began)
            self._patience.wait(why, turn, told)
            turn += 1

    def _keep_complaint(self, answer: Received) -> None:
        """MSAL turns a refused discovery into words of its own; Entra's are the ones that help."""
        if answer.status_code >= 400:
            try:
                body = answer.json()
            except ValueError:
                return
            if isinstance(body, dict) and "error" in body:
                self.complaint = body


def _unusable(answer: Received) -> EntraError | None:
    """Why an answer of the login service says nothing; None where it says something."""
    if errors.passes(answer.status_code, reading=False):
        kind = LoginBusy if answer.status_code == 429 else Unreachable
        return kind(f"The login service answered {answer.status_code}.")
    try:
        readable = isinstance(answer.json(), dict)
    except (ValueError, RecursionError):
        readable = False
    if answer.status_code < 300 and not readable:
        return Unreachable(f"The login service answered {answer.status_code} and something that cannot be read.")
    return None


def refused_token(error: GraphError) -> LoginError:
    """The words for a given token that Graph does not take."""
    return LoginError(
        "Microsoft Graph does not take the {access_token} that was given: it has expired, was revoked, or is not for this "
        f"Graph endpoint. A given token cannot be renewed here. {error}",
        options={"access_token": "access_token"},
    )
