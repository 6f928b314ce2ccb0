# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's own SDK and identity library, unmodified: the whole life of both kinds of object."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from graph_calls import POLICIES, SECRET, SYNCRO_APP, GraphCaller, client_id, created, policy, tenant_id

pytest.importorskip("msgraph")

import httpx
from azure.identity import ClientSecretCredential
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.identity.conditional_access.evaluate.evaluate_post_request_body import EvaluatePostRequestBody
from msgraph.generated.models.application_context import ApplicationContext
from msgraph.generated.models.applied_conditional_access_policy_result import AppliedConditionalAccessPolicyResult
from msgraph.generated.models.conditional_access_applications import ConditionalAccessApplications
from msgraph.generated.models.conditional_access_client_app import ConditionalAccessClientApp
from msgraph.generated.models.conditional_access_condition_set import ConditionalAccessConditionSet
from msgraph.generated.models.conditional_access_device_platform import ConditionalAccessDevicePlatform
from msgraph.generated.models.conditional_access_grant_control import ConditionalAccessGrantControl
from msgraph.generated.models.conditional_access_grant_controls import ConditionalAccessGrantControls
from msgraph.generated.models.conditional_access_locations import ConditionalAccessLocations
from msgraph.generated.models.conditional_access_policy import ConditionalAccessPolicy
from msgraph.generated.models.conditional_access_policy_state import ConditionalAccessPolicyState
from msgraph.generated.models.conditional_access_users import ConditionalAccessUsers
from msgraph.generated.models.country_named_location import CountryNamedLocation
from msgraph.generated.models.i_pv4_cidr_range import IPv4CidrRange
from msgraph.generated.models.i_pv6_cidr_range import IPv6CidrRange
from msgraph.generated.models.ip_named_location import IpNamedLocation
from msgraph.generated.models.sign_in_conditions import SignInConditions
from msgraph.generated.models.user_sign_in import UserSignIn
from msgraph.generated.models.what_if_analysis_reasons import WhatIfAnalysisReasons
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory, PageIterator

# the SDK warns of its own deprecated classes
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Scenario = Callable[[Any], Awaitable[None]]


def with_sdk(graph: GraphCaller, scenario: Scenario) -> None:
    """Run a scenario with the SDK's client, pointed at the emulator."""
    url = graph.emulator.url
    credential = ClientSecretCredential(
        graph.tenant,
        client_id(0),
        SECRET,
        authority=url,
        disable_instance_discovery=True,
        connection_verify=graph.emulator.ca_file,
    )
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[f"{url}/.default"], allowed_hosts=["localhost"])

    async def run() -> None:
        context = ssl.create_default_context(cafile=graph.emulator.ca_file)
        async with httpx.AsyncClient(verify=context, base_url=f"{url}/v1.0/") as plain:
            client = GraphClientFactory.create_with_default_middleware(client=plain)
            await scenario(GraphServiceClient(request_adapter=GraphRequestAdapter(provider, client)))

    asyncio.run(run())


def test_ip_locations(graph: GraphCaller) -> None:
    async def scenario(sdk: Any) -> None:
        locations = sdk.identity.conditional_access.named_locations
        made = await locations.post(
            IpNamedLocation(
                odata_type="#microsoft.graph.ipNamedLocation",
                display_name="Trusted - Office",
                is_trusted=True,
                ip_ranges=[
                    IPv4CidrRange(odata_type="#microsoft.graph.iPv4CidrRange", cidr_address="198.51.100.10/32"),
                    IPv6CidrRange(odata_type="#microsoft.graph.iPv6CidrRange", cidr_address="2001:db8:1::/48"),
                ],
            )
        )
        assert isinstance(made, IpNamedLocation)
        assert [one.cidr_address for one in made.ip_ranges] == ["198.51.100.10/32", "2001:db8:1::/48"]
        assert isinstance(made.ip_ranges[1], IPv6CidrRange)
        one = locations.by_named_location_id(made.id)
        change = IpNamedLocation(
            odata_type="#microsoft.graph.ipNamedLocation", display_name="Renamed", is_trusted=False
        )
        assert await one.patch(change) is None
        seen = await one.get()
        assert (seen.display_name, seen.is_trusted, len(seen.ip_ranges)) == ("Renamed", False, 2)
        assert seen.modified_date_time > seen.created_date_time
        assert [location.id for location in (await locations.get()).value] == [made.id]
        await one.delete()
        with pytest.raises(APIError) as missing:
            await one.get()
        assert missing.value.response_status_code == 404
        deleted = await sdk.identity.conditional_access.deleted_items.named_locations.get()
        assert [location.id for location in deleted.value] == [made.id]

    with_sdk(graph, scenario)


def test_country_locations(graph: GraphCaller) -> None:
    async def scenario(sdk: Any) -> None:
        locations = sdk.identity.conditional_access.named_locations
        made = await locations.post(
            CountryNamedLocation(
                odata_type="#microsoft.graph.countryNamedLocation",
                display_name="Home",
                countries_and_regions=["US"],
                include_unknown_countries_and_regions=True,
            )
        )
        assert isinstance(made, CountryNamedLocation)
        one = locations.by_named_location_id(made.id)
        change = CountryNamedLocation(
            odata_type="#microsoft.graph.countryNamedLocation", countries_and_regions=["CA", "US"]
        )
        await one.patch(change)
        seen = await one.get()
        assert (seen.countries_and_regions, seen.include_unknown_countries_and_regions) == (["CA", "US"], True)
        await one.delete()
        assert (await locations.get()).value == []

    with_sdk(graph, scenario)


def test_policies(graph: GraphCaller) -> None:
    async def scenario(sdk: Any) -> None:
        policies = sdk.identity.conditional_access.policies
        made = await policies.post(
            ConditionalAccessPolicy(
                display_name="Block Syncro - Outside Trusted IPs",
                state=ConditionalAccessPolicyState.EnabledForReportingButNotEnforced,
                conditions=ConditionalAccessConditionSet(
                    client_app_types=[ConditionalAccessClientApp.All],
                    users=ConditionalAccessUsers(include_users=["All"]),
                    applications=ConditionalAccessApplications(include_applications=[SYNCRO_APP]),
                    locations=ConditionalAccessLocations(include_locations=["All"], exclude_locations=["AllTrusted"]),
                ),
                grant_controls=ConditionalAccessGrantControls(
                    operator="OR", built_in_controls=[ConditionalAccessGrantControl.Block]
                ),
            )
        )
        assert made.conditions.users.exclude_users == []
        assert made.session_controls is None
        one = policies.by_conditional_access_policy_id(made.id)
        await one.patch(ConditionalAccessPolicy(state=ConditionalAccessPolicyState.Disabled))
        seen = await one.get()
        assert seen.state is ConditionalAccessPolicyState.Disabled
        assert seen.conditions.locations.exclude_locations == ["AllTrusted"]
        assert [policy.id for policy in (await policies.get()).value] == [made.id]
        await one.delete()
        restored = sdk.identity.conditional_access.deleted_items.policies.by_conditional_access_policy_id(made.id)
        assert (await restored.restore.post()).id == made.id
        assert (await one.get()).display_name == "Block Syncro - Outside Trusted IPs"
        await one.delete()

    with_sdk(graph, scenario)


def test_a_refusal_reaches_the_caller(graph: GraphCaller) -> None:
    async def scenario(sdk: Any) -> None:
        with pytest.raises(APIError) as refusal:
            await sdk.identity.conditional_access.policies.post(ConditionalAccessPolicy(display_name="Empty"))
        assert refusal.value.response_status_code == 400
        assert refusal.value.error.code == "BadRequest"
        assert "1007" in refusal.value.error.inner_error.additional_data["message"]

    with_sdk(graph, scenario)


def test_what_policies_ask_for_and_other_tenants(graph: GraphCaller) -> None:
    async def scenario(sdk: Any) -> None:
        root = sdk.identity.conditional_access
        assert [one.id for one in (await root.authentication_context_class_references.get()).value] == ["c1", "c99"]
        templates = (await root.templates.get()).value
        assert len(templates) >= 3
        assert all(one.details.conditions.users is not None for one in templates)
        terms = (await sdk.identity_governance.terms_of_use.agreements.get()).value
        assert [one.display_name for one in terms] == ["Guests' terms"]
        strengths = (await sdk.policies.authentication_strength_policies.get()).value
        assert strengths[-1].display_name == "Key or pass"
        other = sdk.tenant_relationships.find_tenant_information_by_domain_name_with_domain_name("t0.example")
        assert (await other.get()).tenant_id == tenant_id(0)
        absent = sdk.tenant_relationships.find_tenant_information_by_tenant_id_with_tenant_id(client_id(0))
        with pytest.raises(APIError) as refusal:
            await absent.get()
        assert refusal.value.response_status_code == 404

    with_sdk(graph, scenario)


def test_the_directory(graph: GraphCaller) -> None:
    async def scenario(sdk: Any) -> None:
        users = (await sdk.users.get()).value
        assert {user.display_name for user in users} == {"breakglass", "Dana O'Neil", "syncro-svc"}
        found = await sdk.service_principals_with_app_id(SYNCRO_APP).get()
        assert found.display_name == "Syncro SSO"
        assert len((await sdk.directory_role_templates.get()).value) > 25
        defaults = await sdk.policies.identity_security_defaults_enforcement_policy.get()
        assert defaults.is_enabled is False

    with_sdk(graph, scenario)


def test_what_if(graph: GraphCaller) -> None:
    created(graph, POLICIES, policy("Applies"))
    elsewhere = policy("Elsewhere")
    elsewhere["conditions"]["locations"] = {"includeLocations": ["AllTrusted"], "excludeLocations": []}
    created(graph, POLICIES, elsewhere)
    dana = graph.user_id("dana")

    async def scenario(sdk: Any) -> None:
        body = EvaluatePostRequestBody(
            sign_in_identity=UserSignIn(odata_type="#microsoft.graph.userSignIn", user_id=dana),
            sign_in_context=ApplicationContext(
                odata_type="#microsoft.graph.applicationContext", include_applications=[SYNCRO_APP]
            ),
            sign_in_conditions=SignInConditions(
                ip_address="203.0.113.9",
                country="US",
                device_platform=ConditionalAccessDevicePlatform.Windows,
                client_app_type=ConditionalAccessClientApp.Browser,
            ),
        )
        evaluate = sdk.identity.conditional_access.evaluate
        found = {one.display_name: one for one in (await evaluate.post(body)).value}
        assert (found["Applies"].policy_applies, found["Elsewhere"].policy_applies) == (True, False)
        assert found["Applies"].grant_controls.built_in_controls == [ConditionalAccessGrantControl.Block]
        assert found["Elsewhere"].analysis_reasons in (WhatIfAnalysisReasons.Location, [WhatIfAnalysisReasons.Location])
        body.applied_policies_only = True
        assert [one.display_name for one in (await evaluate.post(body)).value] == ["Applies"]

    with_sdk(graph, scenario)


def test_pages_of_the_sign_in_log(graph: GraphCaller) -> None:
    created(graph, POLICIES, policy())
    person = {"user": graph.user_id("dana"), "app": "Syncro SSO", "times": 25, "places": [{"ip": "203.0.113.9"}]}
    graph.emulator.simulate(graph.tenant, {"people": [person]})

    async def scenario(sdk: Any) -> None:
        # here and not above: the module warns of itself when it is loaded
        from msgraph.generated.audit_logs.sign_ins.sign_ins_request_builder import SignInsRequestBuilder

        query = SignInsRequestBuilder.SignInsRequestBuilderGetQueryParameters(
            top=10, filter=f"appId eq '{SYNCRO_APP}' and createdDateTime ge 2020-01-01T00:00:00Z"
        )
        configuration = RequestConfiguration(query_parameters=query)
        configuration.headers.add("Prefer", "include-unknown-enum-members")
        pages = PageIterator(await sdk.audit_logs.sign_ins.get(configuration), sdk.request_adapter)
        pages.headers.add("Prefer", "include-unknown-enum-members")
        found: list[Any] = []

        def take(entry: Any) -> bool:
            found.append(entry)
            return True

        await pages.iterate(take)
        assert len({one.id for one in found}) == len(found) == 25
        when = [one.created_date_time for one in found]
        assert when == sorted(when, reverse=True)
        (verdict,) = found[0].applied_conditional_access_policies
        assert verdict.result is AppliedConditionalAccessPolicyResult.ReportOnlyFailure
        alone = await sdk.audit_logs.sign_ins.by_sign_in_id(found[7].id).get()
        assert alone.ip_address == "203.0.113.9"
        assert alone.status.error_code == 0

    with_sdk(graph, scenario)


def test_registration_and_the_end_of_sessions(graph: GraphCaller) -> None:
    dana = graph.user_id("dana")

    async def scenario(sdk: Any) -> None:
        details = sdk.reports.authentication_methods.user_registration_details
        by_name = {one.user_principal_name.split("@")[0]: one for one in (await details.get()).value}
        assert by_name["breakglass"].is_mfa_registered is True
        assert by_name["breakglass"].methods_registered[0] == "microsoftAuthenticatorPush"
        alone = await details.by_user_registration_details_id(dana).get()
        assert alone.is_mfa_registered is False
        ended = await sdk.users.by_user_id(dana).revoke_sign_in_sessions.post()
        assert ended.value is True
        domains = (await sdk.domains.get()).value
        assert [one.is_default for one in domains] == [True]

    with_sdk(graph, scenario)
