# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options in plugin_utils/connection.py, which every module has."""

from __future__ import annotations


class ModuleDocFragment:
    """Which tenant, as whom, in which cloud."""

    DOCUMENTATION = r"""
options:
  tenant_id:
    description:
      - The tenant to work on, by its id (a GUID) or by one of its domains, such as V(contoso.onmicrosoft.com).
      - Needed with every kind of credential but O(managed_identity) and O(access_token).
      - Where it is left out, E(AZURE_TENANT_ID) and then E(AZURE_TENANT) in the environment are used.
    type: str
  client_id:
    description:
      - The application (client) id of the app registration to log in as. This is a GUID, not a name.
      - With O(managed_identity), the client id of the user-assigned identity that is meant.
      - Where it is left out, E(AZURE_CLIENT_ID) in the environment is used.
    type: str
  client_secret:
    description:
      - A client secret of the app registration. Give its value, not its id.
      - Where it is left out, E(AZURE_CLIENT_SECRET) and then E(AZURE_SECRET) in the environment are used.
    type: str
  certificate_path:
    description:
      - Path of a PEM file on the controller with the private key and the certificate of the app registration.
      - A C(.pfx) file is not taken; C(openssl pkcs12 -in app.pfx -out app.pem) turns it into PEM.
      - Where it is left out, E(AZURE_CLIENT_CERTIFICATE_PATH) in the environment is used.
    type: path
  certificate:
    description:
      - The same as O(certificate_path), but given as text, such as the value of a vaulted variable.
    type: str
  certificate_passphrase:
    description:
      - The passphrase of an encrypted private key in O(certificate_path) or O(certificate).
      - Where it is left out, E(AZURE_CLIENT_CERTIFICATE_PASSWORD) in the environment is used.
    type: str
  certificate_thumbprint:
    description:
      - The SHA-1 thumbprint of the certificate in hexadecimal digits, as the app registration shows it.
      - Needed only where the PEM holds the private key without the certificate.
    type: str
  certificate_send_chain:
    description:
      - Whether to send the certificate along, which login by subject name and issuer (SNI) asks for.
      - Where it is left out, E(AZURE_CLIENT_SEND_CERTIFICATE_CHAIN) in the environment is used.
    type: bool
  federated_token_file:
    description:
      - Path of a file on the controller with a token of another issuer that the app registration trusts (workload
        identity federation), such as the one that Kubernetes keeps fresh.
      - The file is read whenever a token is asked for, not once.
      - Where it is left out, E(AZURE_FEDERATED_TOKEN_FILE) in the environment is used.
    type: path
  federated_token:
    description:
      - The same as O(federated_token_file), but the token itself.
    type: str
  managed_identity:
    description:
      - Whether to log in with the managed identity of the Azure machine that Ansible runs on.
      - Without O(client_id) this is the machine's system-assigned identity.
      - The token is asked for at the machine's own metadata address. That one request is plain http by nature, is not
        sent through a proxy, and does not leave the machine.
    type: bool
  access_token:
    description:
      - A ready access token for Microsoft Graph that somebody else has got, without C(Bearer) in front.
      - It cannot be renewed here. A task fails once the token has run out.
    type: str
  cloud:
    description:
      - Which of Microsoft's clouds the tenant is in. Where nothing says otherwise, V(global) is meant.
      - V(us_government) is the cloud of level L4 (GCC High), V(us_government_dod) that of level L5 (DoD), V(china)
        the one that 21Vianet runs.
      - Where it is left out, E(AZURE_CLOUD_ENVIRONMENT) in the environment is used, which may also hold the names of
        the Azure tools, such as V(AzureCloud), V(AzureUSGovernment) and V(AzureChinaCloud).
    type: str
    choices:
      - global
      - us_government
      - us_government_dod
      - china
  login_url:
    description:
      - The https address of the login server, where it is not that of O(cloud), such as V(https://localhost:8443).
      - A server that is none of Microsoft's (a private endpoint, a practice tenant) needs O(graph_url) as well.
      - Where both this and O(cloud) are left out, E(AZURE_AUTHORITY_HOST) in the environment is used, with or without
        C(https://) in front.
    type: str
  graph_url:
    description:
      - The https address of Microsoft Graph, without the version, where it is not that of O(cloud).
      - A server that is none of Microsoft's (a private endpoint, a practice tenant) needs O(login_url) as well.
    type: str
  ca_path:
    description:
      - Path of a PEM file on the controller with the certificates of CAs to trust as well, such as a private CA or
        that of a proxy that opens TLS.
      - They are added to the public ones, or, where E(REQUESTS_CA_BUNDLE) in the environment names a file or folder,
        to those in there.
    type: path
  request_timeout:
    description:
      - How many seconds to wait for the answer to one request, V(1) or more, and for each further piece of it.
      - The whole of an answer has five times as long, however slowly it comes.
    type: int
    default: 60
  wait_timeout:
    description:
      - How many seconds the task may spend waiting in all, such as when Microsoft Graph asks it to slow down
        (throttling), is out of service for a moment, answers a long list too slowly, or does not show a change yet.
      - Each item of a loop has this time for itself. At V(0) the task fails where it would have to wait.
    type: int
    default: 120
requirements:
  - msal >= 1.31.0 (where Ansible runs)
  - requests >= 2.32.3 (where Ansible runs)
notes:
  - One kind of credential is needed. The kinds are, in this order, O(access_token), O(client_secret),
    O(certificate_path) or O(certificate), O(federated_token_file) or O(federated_token), and O(managed_identity).
    What the task or its C(module_defaults) give wins over what the environment holds, and giving two is an error.
    Where only the environment names a credential, the first kind in this order is used.
  - The names of the environment variables are those of the Azure SDKs (azure-identity) first, then those that the
    Microsoft Azure credential of AWX sets.
  - Everything is sent over https, and certificates are always verified. There is no switch that turns that off; use
    O(ca_path) for a private CA.
  - The proxy that E(HTTPS_PROXY) and E(NO_PROXY) name is used.
  - Everything runs where Ansible runs (the controller or the execution environment), so no secret is copied to
    another host.
  - A token is asked for once a tenant and run. It is kept in memory that the processes of the run share, and is gone with
    them, also where the run is killed.
  - Conditional Access needs a licence of Microsoft Entra ID P1 or P2 in the tenant.
"""

    VARIABLES = r"""
options:
  from_variables:
    description:
      - A prefix. What of the options of the connection the task leaves out is taken from the host's variables that are
        called so with the prefix in front. With V(entra_), O(tenant_id) is taken from C(entra_tenant_id).
      - The playbooks of this collection give V(entra_) in C(module_defaults). A variable that cannot be worked out, such as
        one that names a vault variable which nobody has defined, is an error, and not left out.
    type: str
"""
