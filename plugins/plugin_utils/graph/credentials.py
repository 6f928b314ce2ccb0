# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is calling: one class a kind of credential. MSAL does the flows
(https://learn.microsoft.com/entra/msal/python/); these say which flow, with what."""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t

from .clouds import Cloud
from .third_party import RSAPrivateKey, UnsupportedAlgorithm, load_pem_private_key, msal, requests
from .transport import CONNECT_TIMEOUT

TokenAnswer = t.Mapping[str, t.Any]


class HttpClient(t.Protocol):
    """What MSAL asks of an HTTP client."""

    def get(self, url: str, **arguments: t.Any) -> t.Any: ...

    def post(self, url: str, **arguments: t.Any) -> t.Any: ...


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Credential:
    """Options of one kind. ``OPTIONS`` are the ones that name the kind when given; ``NEEDS`` must be there too.

    Without a repr, which would show the secret in the first traceback that passes.
    """

    NAME: t.ClassVar[str] = ""
    OPTIONS: t.ClassVar[tuple[str, ...]] = ()
    NEEDS: t.ClassVar[tuple[str, ...]] = ("tenant_id", "client_id")

    tenant_id: str | None = None
    client_id: str | None = None

    def problems(self) -> list[str]:
        """What is wrong with the options, found without any request."""
        return []

    def request_token(self, http: HttpClient, cloud: Cloud, cache: msal.SerializableTokenCache) -> TokenAnswer:
        """MSAL's answer: ``access_token`` and ``expires_in``, or ``error`` and ``error_description``."""
        raise NotImplementedError


class ConfidentialClient(Credential):
    """The kinds where an app registration proves itself with something of its own."""

    def proof(self) -> t.Any:
        """MSAL's ``client_credential``."""
        raise NotImplementedError

    def request_token(self, http: HttpClient, cloud: Cloud, cache: msal.SerializableTokenCache) -> TokenAnswer:
        app = msal.ConfidentialClientApplication(
            self.client_id,
            authority=f"{cloud.login_url}/{self.tenant_id}",
            client_credential=self.proof(),
            token_cache=cache,
            http_client=http,
            # With discovery on, MSAL asks the public login host even about a private authority.
            instance_discovery=False if cloud.private else None,
        )
        answer: TokenAnswer = app.acquire_token_for_client([f"{cloud.graph_url}/.default"])
        return answer


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class ClientSecret(ConfidentialClient):
    """A client secret of the app registration."""

    NAME = "client secret"
    OPTIONS = ("client_secret",)

    client_secret: str = ""

    def proof(self) -> t.Any:
        return self.client_secret


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Certificate(ConfidentialClient):
    """A certificate of the app registration: private key and certificate as PEM, in a file or given as text."""

    NAME = "certificate"
    OPTIONS = ("certificate_path", "certificate")

    certificate_path: str | None = None
    certificate: str | None = None
    certificate_passphrase: str | None = None
    certificate_thumbprint: str | None = None
    certificate_send_chain: bool = False

    def problems(self) -> list[str]:
        where = "certificate_path" if self.certificate_path else "certificate"
        try:
            pem = self._pem()
        except OSError as error:
            return [f"certificate_path: '{self.certificate_path}' cannot be read: {error.strerror}."]
        except UnicodeDecodeError:
            return [
                f"certificate_path: '{self.certificate_path}' is not PEM text; convert a .pfx with openssl pkcs12 first."
            ]
        problems = self._key_problems(where, pem)
        if "BEGIN CERTIFICATE-----" not in pem and (self.certificate_send_chain or not self.certificate_thumbprint):
            problems.append(
                f"{where}: holds no certificate; add it to the PEM, or give certificate_thumbprint (and no chain to send)."
            )
        digits = (self.certificate_thumbprint or "").replace(":", "")
        if self.certificate_thumbprint and not re.fullmatch(r"[0-9a-fA-F]{40}", digits):
            problems.append(
                f"certificate_thumbprint: '{self.certificate_thumbprint}' is no SHA-1 thumbprint; that has 40 hexadecimal digits."
            )
        return problems

    def _key_problems(self, where: str, pem: str) -> list[str]:
        if "PRIVATE KEY-----" not in pem:
            return [f"{where}: holds no private key; expected is PEM with the private key and the certificate."]
        if _encrypted(pem) and not self.certificate_passphrase:
            return [f"certificate_passphrase: is missing; the private key in {where} is encrypted."]
        try:
            key = load_pem_private_key(pem.encode(), self._passphrase(pem))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            if _encrypted(pem):
                return [f"certificate_passphrase: does not open the private key in {where}."]
            return [f"{where}: the private key in it cannot be read; expected is an RSA key in PEM form."]
        if not isinstance(key, RSAPrivateKey):
            return [f"{where}: the private key in it is no RSA key; Entra takes certificates with RSA keys."]
        return []

    def _passphrase(self, pem: str) -> bytes | None:
        # One that is in the environment for something else does a key no harm that needs none.
        return self.certificate_passphrase.encode() if self.certificate_passphrase and _encrypted(pem) else None

    def _pem(self) -> str:
        if self.certificate_path:
            with open(self.certificate_path, encoding="utf-8") as file:
                return file.read()
        return self.certificate or ""

    def proof(self) -> t.Any:
        pem = self._pem()
        proof: dict[str, t.Any] = {"private_key": pem}
        if self._passphrase(pem):
            proof["passphrase"] = self.certificate_passphrase
        if self.certificate_thumbprint:
            proof["thumbprint"] = self.certificate_thumbprint.replace(":", "").upper()
        if self.certificate_send_chain or not self.certificate_thumbprint:
            # MSAL works out the SHA-256 thumbprint from it, and sends it along for subject name and issuer login.
            proof["public_certificate"] = pem
        return proof


def _encrypted(pem: str) -> bool:
    """True for a key in either of the two forms, PKCS#8 and the older one of OpenSSL."""
    return "BEGIN ENCRYPTED PRIVATE KEY-----" in pem or "Proc-Type: 4,ENCRYPTED" in pem


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class FederatedToken(ConfidentialClient):
    """Workload identity federation: a token of another issuer, in a file that its platform keeps fresh, or given."""

    NAME = "federated token"
    OPTIONS = ("federated_token_file", "federated_token")

    federated_token_file: str | None = None
    federated_token: str | None = None

    def problems(self) -> list[str]:
        if self.federated_token_file and not os.access(self.federated_token_file, os.R_OK):
            return [f"federated_token_file: '{self.federated_token_file}' is not there or cannot be read."]
        return []

    def proof(self) -> t.Any:
        # Read when it is needed: the platform that keeps the file fresh may have replaced it since the run began.
        return {"client_assertion": self._assertion}

    def _assertion(self) -> str:
        if self.federated_token_file:
            with open(self.federated_token_file, encoding="utf-8") as file:
                return file.read().strip()
        return self.federated_token or ""


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class ManagedIdentity(Credential):
    """The identity of the Azure machine the controller runs on; ``client_id`` picks a user-assigned one."""

    NAME = "managed identity"
    OPTIONS = ("managed_identity",)
    NEEDS = ()

    managed_identity: bool = True

    def request_token(self, http: HttpClient, cloud: Cloud, cache: msal.SerializableTokenCache) -> TokenAnswer:
        identity: t.Any = msal.SystemAssignedManagedIdentity()
        if self.client_id:
            identity = msal.UserAssignedManagedIdentity(client_id=self.client_id)
        with requests.Session() as local:
            # The machine's own metadata address is plain http by nature and must not be asked through a proxy; it is the
            # one request that is not https, and it never leaves the machine.
            local.trust_env = False
            client = msal.ManagedIdentityClient(identity, http_client=_Prompt(local), token_cache=cache)
            answer: TokenAnswer = client.acquire_token_for_client(resource=cloud.graph_url)
            return answer


class _Prompt:
    """A session that does not wait for ever: outside Azure nobody answers at the metadata address."""

    def __init__(self, session: requests.Session):
        self._session = session

    def get(self, url: str, **arguments: t.Any) -> requests.Response:
        return self._session.get(url, timeout=CONNECT_TIMEOUT, **arguments)

    def post(self, url: str, **arguments: t.Any) -> requests.Response:
        return self._session.post(url, timeout=CONNECT_TIMEOUT, **arguments)


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class GivenToken(Credential):
    """An access token for Graph that somebody else got. It cannot be renewed here."""

    NAME = "access token"
    OPTIONS = ("access_token",)
    NEEDS = ()

    access_token: str = ""

    def problems(self) -> list[str]:
        if not self.access_token.isascii():
            return ["access_token: has a character in it that no token has; it was changed on its way here."]
        if any(mark in self.access_token for mark in "\r\n \t"):
            return [
                "access_token: has white space in it; give the bare token, without 'Bearer' and without line breaks."
            ]
        return []


# In the order in which they are tried when only the environment names them; azure-identity's order.
KINDS: tuple[type[Credential], ...] = (GivenToken, ClientSecret, Certificate, FederatedToken, ManagedIdentity)


# How the problem begins where nothing says who is calling.
NONE_GIVEN = "credentials: none given"
# As where a template names a variable of the environment that is not set.
_EMPTY = (
    "is given and empty, as a lookup of an environment variable is that is not set. Set it in the shell that runs this "
    "(export NAME=...), or give a value."
)


def choose(options: t.Mapping[str, t.Any], explicit: t.Collection[str]) -> tuple[Credential | None, list[str]]:
    """The credential that the options mean, and the problems with them. One of the two is empty.

    ``explicit`` names the options that the task itself gives: they win over those that the environment fills in.
    """
    # What leads nowhere is not taken for left out: somebody else's credential would take its place in silence.
    may_be_given = ["tenant_id", "client_id", *(option for kind in KINDS for option in kind.OPTIONS)]
    if empty := [option for option in may_be_given if option in explicit and options.get(option) == ""]:
        return None, [f"{option}: {_EMPTY}" for option in empty]
    named = {option: options[option] for kind in KINDS for option in kind.OPTIONS if options.get(option)}
    if any(option in explicit for option in named):
        named = {option: value for option, value in named.items() if option in explicit}
    chosen = [kind for kind in KINDS if any(option in named for option in kind.OPTIONS)]
    if not chosen:
        every = ", ".join(option for kind in KINDS for option in kind.OPTIONS)
        return None, [
            f"{NONE_GIVEN}; one of {every} is needed (or AZURE_CLIENT_SECRET and its like in the environment)."
        ]
    if len(named) > 1 and any(option in explicit for option in named):
        return None, [f"credentials: {' and '.join(named)} are given together; give one of them."]
    kind = chosen[0]
    problems = [
        f"{need}: is missing; login by {kind.NAME} needs it (AZURE_{need.upper()} in the environment does as well)."
        for need in kind.NEEDS
        if not options.get(need)
    ]
    others = {option for other in KINDS for option in other.OPTIONS} - set(named)
    fields = {field.name for field in dataclasses.fields(kind)}
    values = {name: value for name, value in options.items() if name in fields - others and value is not None}
    credential = kind(**values)
    problems += credential.problems()
    return (None, problems) if problems else (credential, [])
