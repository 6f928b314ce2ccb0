# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""msp.entra.gdap: the customers of a partner's tenant as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gdap
short_description: The tenants of a partner's customers, from their delegated admin relationships (GDAP)
version_added: 0.1.0
author:
  - msp.entra contributors (@msp-entra)
description:
  - Every customer of a Microsoft partner's tenant is a host, as Microsoft Graph has it in C(delegatedAdminCustomers) and
    C(delegatedAdminRelationships). C(accessAssignments) tells which of the roles that a customer has granted are in effect,
    which takes that they are assigned to a security group of the partner.
  - The group C(entra_tenants), which the playbooks of this collection work on, has the tenants whose active relationships
    together give the roles of O(roles_needed). A tenant that lacks one is in C(entra_gdap_roles_missing) instead, and the host
    says which. Where Microsoft Graph does not let the assignments of a relationship be read and so one may be lacking or not, it
    is in C(entra_gdap_roles_unknown) as well as in C(entra_tenants), and Ansible warns of it by the customer's name.
    C(entra_gdap_inactive) has those without any active relationship. C(entra_gdap_expiring) has those, of the others, whose
    access ends within O(expiring_days). The five groups are there even where they are empty.
  - Reading needs the application permission C(DelegatedAdminRelationship.Read.All) in the partner's tenant, and nothing in the
    customers'. It takes one request, and one more for each twenty active relationships; no more with O(cache).
options:
  plugin:
    description:
      - Says that the file is for this plugin.
      - Its name has to end in V(gdap.yml) or V(gdap.yaml).
    type: str
    required: true
    choices: [msp.entra.gdap]
  tenant_id:
    description:
      - The partner's own tenant, by its id (a GUID) or by one of its domains, such as V(contoso.onmicrosoft.com).
      - Needed with every kind of credential but O(managed_identity) and O(access_token).
      - Where it is left out, E(AZURE_TENANT_ID) and then E(AZURE_TENANT) in the environment are used.
    type: str
  hostname:
    description:
      - What the hosts are called.
      - With V(name) it is the customer's display name in small letters, digits and dashes. Where two customers would be
        called the same, both get their tenant id appended. So does one that would be called V(all), V(localhost) or
        V(ungrouped). A customer whose name has neither letter nor digit of ASCII is called by the tenant id.
      - With V(tenant_id) it is the tenant id, which never changes. Display names can.
    type: str
    choices: [name, tenant_id]
    default: name
  roles_needed:
    description:
      - The roles that it takes to work on a tenant. Each is the name of a built-in role of Entra or a role's template id. A list
        in the place of one means that one of them is enough. Global Administrator is always enough.
      - The default is what writing Conditional Access takes when a person's delegated token does it (O(access_token)).
        C(msp.entra.validate), C(msp.entra.enforce) and the impact that C(msp.entra.deploy) shows read the sign-in log as well,
        which takes one of Security Administrator, Security Operator, Security Reader, Reports Reader and Global Reader.
      - An application that acts as itself, by a secret or certificate, is let in by the consent that was given in the
        customer's tenant, whatever roles the relationship has. Then this says whom the partner may look after.
      - An empty list takes any active relationship.
    type: list
    elements: raw
    default:
      - - Conditional Access Administrator
        - Security Administrator
  roles_from:
    description:
      - With V(assignments), a role counts that is assigned to a security group of the partner; its members can use it.
      - With V(relationships), a role counts that the customer has granted, assigned or not. This takes fewer requests.
    type: str
    choices: [assignments, relationships]
    default: assignments
  security_groups:
    description:
      - Object ids of groups of the partner's tenant. With them, only what is assigned to one of these counts, such as to the
        group of the account that runs the playbooks.
      - Only with O(roles_from=assignments).
    type: list
    elements: str
  expiring_days:
    description:
      - Within how many days the end of the access is near enough for the group C(entra_gdap_expiring), V(0) or more.
      - A relationship that extends itself does not count as ending.
    type: int
    default: 30
  statuses:
    description:
      - Only relationships in one of these statuses are looked at, and only their customers are hosts.
      - Where it is left out all are, so that a customer who was lost is seen.
    type: list
    elements: str
    choices:
      - activating
      - active
      - approvalPending
      - approved
      - created
      - expired
      - expiring
      - terminated
      - terminating
      - terminationRequested
  include_host_filters:
    description:
      - Jinja expressions over the host's variables. Where there are any, a customer is a host only if one of them is true.
    type: list
    elements: str
    default: []
  exclude_host_filters:
    description:
      - Jinja expressions over the host's variables. A customer for whom one of them is true is no host.
      - An expression that cannot be worked out is an error, here and in O(include_host_filters), whatever O(strict) says.
    type: list
    elements: str
    default: []
notes:
  - Each host has C(ansible_connection) (local), C(entra_tenant_id), and variables that tell of the access.
    C(entra_gdap_customer) is the display name. C(entra_gdap_active), C(entra_gdap_statuses), C(entra_gdap_roles) and
    C(entra_gdap_role_ids) tell what is in effect now, C(entra_gdap_roles_missing) what is not, and C(entra_gdap_roles_unknown)
    what may be or not, in words. C(entra_gdap_ends) and C(entra_gdap_days_left) tell when the first of the roles needed is
    lost, null where nothing ends by itself.
  - C(entra_gdap_relationships) is a list with C(id), C(name), C(status), C(active), C(ends), C(days_left), C(auto_extends),
    C(roles), C(role_ids), C(roles_in_effect) and C(not_read) of each relationship. C(not_read) is what Microsoft Graph said
    where the assignments could not be read, and null elsewhere.
  - One app registration of the partner for all customers (multi-tenant) is enough, consented to in each customer's tenant.
    Its secret or certificate is given once, in E(AZURE_CLIENT_ID) and its like in the environment, or as C(entra_client_id)
    and its like in C(group_vars/entra_tenants.yml). The tenant id comes from the host.
  - Where the partner's tenant cannot be read, or no relationship's assignments can, as for want of the permission, Ansible warns
    and goes on without its hosts. With E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true) it stops.
  - The cache holds what Graph has told, never a token or a secret. Days left and groups are worked out anew at each run. An
    answer in which assignments are lacking is not kept, nor is the one before it, so that the next run asks again.
  - O(client_secret) and the other options of the connection may be templates, such as one with a lookup.
extends_documentation_fragment:
  - msp.entra.graph
  - constructed
  - inventory_cache
seealso:
  - name: Granular delegated admin privileges (GDAP) API overview
    description: What relationships, access assignments and customers are.
    link: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationships-api-overview
"""

EXAMPLES = r"""
# customers.gdap.yml, with AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET in the environment:
#   ansible-inventory -i customers.gdap.yml --graph
#   ansible-playbook msp.entra.readiness -i customers.gdap.yml
- plugin: msp.entra.gdap

# Write policies and read the sign-in log, by the group of the account that does it; leave out two customers; cache for an hour.
- plugin: msp.entra.gdap
  tenant_id: msp.onmicrosoft.com
  client_id: 22222222-2222-4222-8222-222222222222
  client_secret: "{{ lookup('ansible.builtin.env', 'PARTNER_SECRET') }}"
  roles_needed:
    - [Conditional Access Administrator, Security Administrator]
    - [Security Administrator, Security Reader, Reports Reader, Global Reader]
  security_groups: [44444444-4444-4444-8444-444444444444]
  expiring_days: 60
  exclude_host_filters:
    - entra_gdap_customer is search('(sandbox|demo)', ignorecase=true)
    - entra_tenant_id == '55555555-5555-4555-8555-555555555555'
  keyed_groups:
    - {key: entra_gdap_statuses, prefix: gdap}
  groups:
    gdap_global_administrator: "'Global Administrator' in entra_gdap_roles"
  compose:
    entra_client_id: "'22222222-2222-4222-8222-222222222222'"
  cache: true
  cache_plugin: ansible.builtin.jsonfile
  cache_connection: ~/.cache/msp-entra
  cache_timeout: 3600
"""

import difflib
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.msp.entra.plugins.plugin_utils import connection
from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin import partner
from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin.customer import (
    GROUPS,
    Customer,
    customers,
)
from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin.host_names import host_names
from ansible_collections.msp.entra.plugins.plugin_utils.delegated_admin.view import View, view_of
from ansible_collections.msp.entra.plugins.plugin_utils.graph.errors import BadInput, EntraError
from ansible_collections.msp.entra.plugins.plugin_utils.graph.third_party import complaint
from ansible_collections.msp.entra.plugins.plugin_utils.options import plain
from ansible_collections.msp.entra.plugins.plugin_utils.told import harmless

# What of the connection tells one partner's tenant from another; none of it is a secret.
_WHERE = ("tenant_id", "client_id", "cloud", "login_url", "graph_url")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the file, asks Graph or the cache, and adds the hosts."""

    NAME = "msp.entra.gdap"

    def verify_file(self, path):
        """Whether the name of the file is one of this plugin's."""
        return super().verify_file(path) and path.endswith(("gdap.yml", "gdap.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Add the hosts. Raises AnsibleParserError, before the first of them where anything cannot be read."""
        super().parse(inventory, loader, path, cache)
        secrets: set[str] = set()
        try:
            self._read_options(path, secrets)
            self._add(self._customers(path, cache, secrets), secrets)
            return
        except (EntraError, AnsibleError) as error:
            words = str(error)
        except Exception as error:  # a defect of ours: said in one line, with the type that tells where to look
            words = f"This is a defect in msp.entra; please report it: {type(error).__name__}: {error}"
        # Not where it was caught: Ansible would print what was caught beside it, as it was, and the lines of the file around it.
        raise AnsibleParserError(remove_values(words, secrets))

    def _customers(self, path: str, cache: bool, secrets: set[str]) -> list[Customer]:
        if wanting := complaint():
            raise EntraError(wanting)
        options, view = self._asked(secrets)
        return customers(self._known(path, cache, options), view)

    def _read_options(self, path: str, secrets: set[str]) -> None:
        """Read the file. Ansible passes over a misspelt option, and refuses a secret of the wrong type in words that have it."""
        try:
            unknown = [name for name in self._read_config_data(path) if name not in self._options]
        except AnsibleError:
            config = self.loader.load_from_file(path, cache="none")
            if isinstance(config, dict):
                secrets |= set(_texts([config.get(name) for name in connection.SECRETS]))
            raise
        if unknown:
            near = {name: difflib.get_close_matches(name, self._options, n=1) for name in unknown}
            hints = {name: f" Is {close[0]} meant?" if close else "" for name, close in near.items()}
            raise BadInput([f"{name}: there is no such option.{hints[name]}" for name in unknown])

    def _asked(self, secrets: set[str]) -> tuple[dict[str, t.Any], View]:
        """The options of the connection, and how its answers are looked at. Raises BadInput with what is wrong in either."""
        problems: list[str] = []
        found = []
        for part in (lambda: self._connection(secrets), lambda: view_of(self.get_option)):
            try:
                found.append(part())
            except BadInput as error:
                problems += error.problems
        if problems:
            raise BadInput(problems)
        return found[0], found[1]

    def _connection(self, secrets: set[str]) -> dict[str, t.Any]:
        """The options of the connection, checked. What is a secret is added to ``secrets`` before anything can be wrong."""
        given = {name: self.get_option(name) for name in connection.OPTIONS}
        secrets |= {str(given[name]) for name in connection.SECRETS if given[name]}
        given = {name: self._untemplated(name, value) for name, value in given.items()}
        secrets |= {str(given[name]) for name in connection.SECRETS if given[name]}
        options = connection.SPEC.validate(given)
        secrets |= connection.Connection(options).secrets
        return options

    def _untemplated(self, name: str, value: t.Any) -> t.Any:
        try:
            return plain(self.templar.template(value)) if isinstance(value, str) else value
        except AnsibleError as error:
            raise BadInput([f"{name}: its template cannot be worked out: {error}"]) from error

    def _known(self, path: str, cache: bool, options: dict[str, t.Any]) -> dict[str, t.Any]:
        """What Graph tells of the partner's customers, or has told, for the same question, as long as the cache keeps it."""
        caches, key = self.get_option("cache"), self.get_cache_key(path)
        assignments = self.get_option("roles_from") == "assignments"
        completed = connection.completed(options)[0]
        # An answer of another form, which another version of the collection has kept, is none to this question.
        question = {"form": partner.FORM, "assignments": assignments, **{name: completed[name] for name in _WHERE}}
        if caches and cache:
            kept = plain(self._cache.get(key))
            if isinstance(kept, dict) and kept.get("question") == question and "answer" in kept:
                return kept["answer"]
        if caches:
            # What was flushed does not come back, whatever comes of asking. A cache is told what is in it, never what went.
            self._cache[key] = {}
            self.update_cache_if_changed()
        answer = partner.read(connection.Connection(options).open(partner.FORMS), assignments)
        if caches and not any(one["not_read"] for one in answer["relationships"]):
            self._cache[key] = {"question": question, "answer": answer}
        return answer

    def _add(self, found: list[Customer], secrets: set[str]) -> None:
        for group in GROUPS:
            self.inventory.add_group(group)
        if self.get_option("hostname") == "tenant_id":
            names = {customer.tenant_id: customer.tenant_id for customer in found}
        else:
            names = host_names({customer.tenant_id: customer.name for customer in found})
        for customer in found:
            variables = customer.variables()
            if self._is_wanted(names[customer.tenant_id], variables):
                self._add_host(names[customer.tenant_id], variables, customer.groups)
                self._warn_of(customer, secrets)

    def _warn_of(self, customer: Customer, secrets: set[str]) -> None:
        """One relationship that cannot be read costs no other customer; who it is has to be seen all the same."""
        who = f"{customer.name or 'The customer'} ({customer.tenant_id})"
        for one in customer.relationships:
            if one.not_read:
                words = f"{who}: which roles of '{one.name}' are assigned is not known: {one.not_read}"
                self.display.warning(harmless(remove_values(words, secrets)))

    def _is_wanted(self, host: str, variables: dict[str, t.Any]) -> bool:
        included = self.get_option("include_host_filters")
        if included and not any(self._is_true(one, host, variables) for one in included):
            return False
        return not any(self._is_true(one, host, variables) for one in self.get_option("exclude_host_filters"))

    def _is_true(self, expression: str, host: str, variables: dict[str, t.Any]) -> bool:
        """Every host has the same variables, so what cannot be worked out is a mistake, strict or not: passed over, it would
        let in a tenant that was to be kept out."""
        self.templar.available_variables = {**variables, "inventory_hostname": host}
        try:
            return self.templar.evaluate_conditional(expression)
        except AnsibleError as error:
            raise AnsibleParserError(
                f"The host filter '{expression}' cannot be worked out for {host}: {error}"
            ) from error

    def _add_host(self, host: str, variables: dict[str, t.Any], groups: list[str]) -> None:
        self.inventory.add_host(host)
        for group in groups:
            self.inventory.add_child(group, host)
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)


def _texts(value: t.Any) -> list[str]:
    """Every text in a value, however deep."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [] if value is None else [str(value)]
