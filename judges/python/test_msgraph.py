"""msgraph-sdk: errors, pages, batches, retries, and a create-read-update-delete round in five places."""

import asyncio
import ssl
import uuid
from datetime import datetime, timedelta

import httpx
import pytest
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.application import Application
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.drive_item import DriveItem
from msgraph.generated.models.event import Event
from msgraph.generated.models.group import Group
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks import PageIterator

from conftest import GRAPH_SCOPE


def client(sandbox):
    credential = ClientSecretCredential(
        sandbox.tenant,
        sandbox.app["client_id"],
        sandbox.app["client_secret"],
        authority=sandbox.login,
        disable_instance_discovery=True,
    )
    # Hosts are compared without their port; with one that is not listed no token is sent, silently.
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[GRAPH_SCOPE], allowed_hosts=["127.0.0.1"])
    http = httpx.AsyncClient(verify=ssl.create_default_context(cafile=sandbox.ca), base_url=f"{sandbox.graph}/v1.0")
    http = GraphClientFactory.create_with_default_middleware(client=http)
    adapter = GraphRequestAdapter(provider, client=http)
    adapter.base_url = f"{sandbox.graph}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def until(sandbox, seconds):
    now = datetime.fromisoformat(sandbox.control("GET", "clock")["now"].replace("Z", "+00:00"))
    return (now + timedelta(seconds=seconds)).isoformat()


async def gone(awaitable):
    with pytest.raises(ODataError) as error:
        await awaitable
    assert error.value.response_status_code == 404


def run(coroutine):
    return asyncio.run(coroutine)


def test_pages_follow_one_another(sandbox):
    async def body():
        graph = client(sandbox)
        parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(top=7, select=["id", "displayName"])
        first = await graph.users.get(RequestConfiguration(query_parameters=parameters))
        assert len(first.value) == 7 and first.odata_next_link.startswith(sandbox.graph)
        names = []
        iterator = PageIterator(first, graph.request_adapter)
        await iterator.iterate(lambda user: names.append(user.id) or True)
        assert len(set(names)) == len(names) >= len(sandbox.ready["users"])

    run(body())


def test_a_batch_answers_each_part(sandbox):
    async def body():
        graph = client(sandbox)
        user = graph.users.by_user_id(sandbox.user["id"]).to_get_request_information()
        nobody = graph.users.by_user_id(str(uuid.uuid4())).to_get_request_information()
        content = BatchRequestContent()
        parts = [BatchRequestItem(request_information=it) for it in (user, nobody)]
        for part in parts:
            content.add_request(part.id, part)
        answer = await BatchRequestBuilder(graph.request_adapter).post(content)
        statuses = [answer.get_response_by_id(part.id).status for part in parts]
        assert statuses == [200, 404]

    run(body())


def test_a_throttled_call_is_repeated(sandbox):
    async def body():
        graph = client(sandbox)
        await graph.organization.get()
        sandbox.faults({"path": "/v1.0/users", "status": 429, "retry_after_s": 2, "until": until(sandbox, 1)})
        assert (await graph.users.get()).value
        statuses = [it["status"] for it in sandbox.requests("/v1.0/users")]
        assert statuses[0] == 429 and statuses[-1] == 200

    run(body())


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "BadRequest"),
        (401, "InvalidAuthenticationToken"),
        (403, "Authorization_RequestDenied"),
        (404, "ResourceNotFound"),
        (409, "Conflict"),
        (412, "PreconditionFailed"),
        (423, "notAllowed"),
        (500, "InternalServerError"),
        (502, "BadGateway"),
        (507, "InsufficientStorage"),
    ],
)
def test_errors_keep_status_code_and_request_id(sandbox, status, code):
    async def body():
        sandbox.faults({"path": "/v1.0/users", "status": status, "code": code})
        with pytest.raises(ODataError) as error:
            await client(sandbox).users.get()
        assert (error.value.response_status_code, error.value.error.code) == (status, code)
        assert error.value.error.inner_error.request_id and error.value.error.message

    run(body())


def test_a_lost_permission_is_a_403(sandbox):
    async def body():
        sandbox.control("PUT", f"grants/{sandbox.app['client_id']}", {"application": ["User.Read.All"]})
        graph = client(sandbox)
        assert (await graph.users.get()).value
        with pytest.raises(ODataError) as error:
            await graph.groups.get()
        assert error.value.response_status_code == 403

    run(body())


def test_a_broken_connection(sandbox):
    async def body():
        sandbox.faults({"path": "/v1.0/users", "kind": "reset"})
        with pytest.raises(httpx.TransportError):
            await client(sandbox).users.get()

    run(body())


def test_mail_round(sandbox):
    async def body():
        messages = client(sandbox).users.by_user_id(sandbox.user["id"]).messages
        text = ItemBody(content="hello", content_type=BodyType.Text)
        made = await messages.post(Message(subject="judge", body=text))
        assert made.is_draft and (await messages.by_message_id(made.id).get()).subject == "judge"
        changed = await messages.by_message_id(made.id).patch(Message(subject="judged"))
        assert changed.subject == "judged"
        await messages.by_message_id(made.id).delete()
        # The first deletion moves it to Deleted Items, where it has another id.
        await gone(messages.by_message_id(made.id).get())

    run(body())


def test_event_round(sandbox):
    async def body():
        events = client(sandbox).users.by_user_id(sandbox.user["id"]).events
        at = lambda hour: DateTimeTimeZone(date_time=f"2030-01-02T{hour:02}:00:00", time_zone="UTC")
        made = await events.post(Event(subject="judge", start=at(9), end=at(10)))
        assert (await events.by_event_id(made.id).get()).start.date_time.startswith("2030-01-02T09:00:00")
        changed = await events.by_event_id(made.id).patch(Event(subject="judged"))
        assert changed.subject == "judged"
        await events.by_event_id(made.id).delete()
        await gone(events.by_event_id(made.id).get())

    run(body())


def test_drive_round(sandbox):
    async def body():
        graph = client(sandbox)
        drive = await graph.users.by_user_id(sandbox.user["id"]).drive.get()
        items = graph.drives.by_drive_id(drive.id).items
        made = await items.by_drive_item_id("root:/judge.txt:").content.put(b"first")
        assert made.name == "judge.txt" and made.size == 5
        item = items.by_drive_item_id(made.id)
        assert await item.content.get() == b"first"
        await item.content.put(b"second")
        assert await item.content.get() == b"second"
        assert (await item.patch(DriveItem(name="judged.txt"))).name == "judged.txt"
        await item.delete()
        await gone(item.get())

    run(body())


def test_group_round(sandbox):
    async def body():
        groups = client(sandbox).groups
        wanted = Group(
            display_name="judge",
            mail_nickname=f"judge{uuid.uuid4().hex[:8]}",
            mail_enabled=True,
            security_enabled=False,
            group_types=["Unified"],
        )
        made = await groups.post(wanted)
        assert (await groups.by_group_id(made.id).get()).display_name == "judge"
        await groups.by_group_id(made.id).patch(Group(description="judged"))
        assert (await groups.by_group_id(made.id).get()).description == "judged"
        await groups.by_group_id(made.id).delete()
        await gone(groups.by_group_id(made.id).get())

    run(body())


def test_application_round(sandbox):
    async def body():
        applications = client(sandbox).applications
        made = await applications.post(Application(display_name="judge"))
        assert (await applications.by_application_id(made.id).get()).app_id == made.app_id
        await applications.by_application_id(made.id).patch(Application(display_name="judged"))
        assert (await applications.by_application_id(made.id).get()).display_name == "judged"
        await applications.by_application_id(made.id).delete()
        await gone(applications.by_application_id(made.id).get())

    run(body())
