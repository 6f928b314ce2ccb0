# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every module shares: which tenant, as whom, in which cloud; and the session they make."""

from __future__ import annotations

import json
import os
import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from . import guids
from .graph import clouds, credentials, our_run, trust
from .graph.errors import BadInput
from .graph.login import Login
from .graph.patience import Patience
from .graph.reads import Forms, Reads
from .graph.session import GraphSession
from .graph.transport import Transport
from .options import ArgumentSpec, Options

# What fills in an option that the task leaves out: azure-identity's names first, then those of AWX's Azure credential.
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "tenant_id": ("AZURE_TENANT_ID", "AZURE_TENANT"),
    "client_id": ("AZURE_CLIENT_ID",),
    "client_secret": ("AZURE_CLIENT_SECRET", "AZURE_SECRET"),
    "certificate_path": ("AZURE_CLIENT_CERTIFICATE_PATH",),
    "certificate_passphrase": ("AZURE_CLIENT_CERTIFICATE_PASSWORD",),
    "certificate_send_chain": ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",),
    "federated_token_file": ("AZURE_FEDERATED_TOKEN_FILE",),
    "cloud": ("AZURE_CLOUD_ENVIRONMENT",),
    "login_url": ("AZURE_AUTHORITY_HOST",),
}

OPTIONS: Options = {
    "tenant_id": {"type": "str"},
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "certificate_path": {"type": "path"},
    "certificate": {"type": "str", "no_log": True},
    "certificate_passphrase": {"type": "str", "no_log": True},
    "certificate_thumbprint": {"type": "str"},
    "certificate_send_chain": {"type": "bool"},
    "federated_token_file": {"type": "path", "no_log": False},
    "federated_token": {"type": "str", "no_log": True},
    "managed_identity": {"type": "bool"},
    "access_token": {"type": "str", "no_log": True},
    "cloud": {"type": "str", "choices": list(clouds.CLOUDS)},
    "login_url": {"type": "str"},
    "graph_url": {"type": "str"},
    "ca_path": {"type": "path"},
    "request_timeout": {"type": "int", "default": 60},
    "wait_timeout": {"type": "int", "default": 120},
}

SECRETS = tuple(name for name, spec in OPTIONS.items() if spec.get("no_log"))

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)


# What the task says of the cloud, in whichever way, is not mixed with what the environment says of it in another.
_INSTEAD = {"login_url": ("cloud",), "cloud": ("login_url", "graph_url")}


def completed(options: Options) -> tuple[Options, list[str]]:
    """The options with the environment's values where the task gives none, and the problems with those values."""
    values, problems = dict(options), []
    for option, names in ENVIRONMENT.items():
        if any(options.get(name) is not None for name in (option, *_INSTEAD.get(option, ()))):
            continue
        for name in names:
            if not os.environ.get(name):
                continue
            try:
                values[option] = _READERS.get(option, str)(os.environ[name])
            except ValueError as error:
                problems.append(f"{option}: {name} in the environment is '{os.environ[name]}'; {error}.")
            break
    return values, problems


def _cloud(value: str) -> str:
    name = clouds.SPELLINGS.get(value.lower(), value.lower())
    if name not in clouds.CLOUDS:
        raise ValueError(f"allowed are {', '.join(clouds.CLOUDS)}, AzureCloud and its like")
    return name


def _authority(value: str) -> str:
    return value if "://" in value else f"https://{value}"


def _switch(value: str) -> bool:
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise ValueError("allowed are true and false") from error


_READERS: dict[str, t.Callable[[str], t.Any]] = {
    "cloud": _cloud,
    "login_url": _authority,
    "certificate_send_chain": _switch,
    "certificate_path": os.path.expanduser,
    "federated_token_file": os.path.expanduser,
}


class Connection:
    """Where and as whom, checked. Raises nothing; ``problems`` is empty or says everything that is wrong."""

    def __init__(self, options: Options):
        values, problems = completed(options)
        values |= {name: guids.plain(values[name]) for name in ("tenant_id", "client_id")}
        explicit = {name for name in OPTIONS if options.get(name) is not None}
        cloud, cloud_problems = clouds.choose(values["cloud"], values["login_url"], values["graph_url"])
        credential, credential_problems = credentials.choose(values, explicit)
        self.cloud, self.credential = cloud, credential
        self.ca_path = values["ca_path"]
        self.request_timeout = values["request_timeout"]
        self.wait_timeout = values["wait_timeout"]
        self.secrets = {str(values[name]) for name in SECRETS if values.get(name)}
        self.problems = [*problems, *_malformed(values), *cloud_problems, *credential_problems]

    def open(self, forms: Forms | None = None) -> Reads:
        """A session on this connection, with nothing sent yet. Raises BadInput."""
        if not self.cloud or not self.credential:
            raise BadInput(self.problems)
        transport = Transport(self.ca_path, self.request_timeout)
        patience = Patience(self.wait_timeout, sleep=our_run.sleep)
        login = Login(self.credential, self.cloud, transport, patience)
        return Reads(GraphSession(self.cloud, login, transport, patience), forms)


def _malformed(values: Options) -> list[str]:
    problems = []
    tenant, client, ca_path = values["tenant_id"], values["client_id"], values["ca_path"]
    if tenant and not guids.is_guid(tenant) and not _DOMAIN.fullmatch(tenant):
        problems.append(
            f"tenant_id: '{tenant}' is neither a tenant's id nor a domain of it, such as contoso.onmicrosoft.com."
        )
    if client and not guids.is_guid(client):
        problems.append(f"client_id: '{client}' is not an application (client) id; that is a GUID, not a name.")
    if ca_path and not os.path.isfile(ca_path):
        problems.append(f"ca_path: '{ca_path}' is not a file; give the PEM file of the CA.")
    elif ca_path:
        try:
            trust.context(ca_path)
        except OSError as error:
            reason = error.strerror if isinstance(error, PermissionError) else "it holds no certificate in PEM form"
            problems.append(f"ca_path: '{ca_path}' cannot be used: {reason}; give the PEM file of the CA.")
    if values["request_timeout"] < 1:
        problems.append(f"request_timeout: {values['request_timeout']} is too short; allowed is 1 or more seconds.")
    if values["wait_timeout"] < 0:
        problems.append(f"wait_timeout: {values['wait_timeout']} is no time; allowed is 0 or more seconds.")
    return problems


SPEC = ArgumentSpec(OPTIONS, checks=(lambda options: Connection(options).problems,))


class _Open(t.NamedTuple):
    reads: Reads
    task: str
    served: set[str]


_open: dict[str, _Open] = {}


def reads_for(options: Options, task: str, arguments: t.Any, forms: Forms | None = None) -> Reads:
    """The reads of this task, shared by the items of its loop, which run in one process and one after another.

    The same arguments a second time are a retry (``until``), which wants to see the tenant as it is now; so does another task.
    """
    connection = Connection(options)
    own = json.dumps({name: options.get(name) for name in OPTIONS}, sort_keys=True, default=str)
    item = json.dumps(arguments, sort_keys=True, default=str)
    known = _open.get(own)
    if known is None or known.task != task or item in known.served:
        reads = known.reads if known else connection.open(forms)
        if known and known.task == task:
            reads.forget()
        else:
            reads.begin()
        known = _open[own] = _Open(reads, task, set())
    known.served.add(item)
    known.reads.session.patience.begin(connection.wait_timeout)
    return known.reads
