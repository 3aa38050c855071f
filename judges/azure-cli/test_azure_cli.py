"""Azure CLI through the proxy, as `graphbeat sandbox env --for azure-cli` says: sign-in, and rounds in the directory."""

import json
import os
import subprocess
import sys
import uuid

import pytest

USER_READ = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
GRAPH = "00000003-0000-0000-c000-000000000000"


class Cli:
    """A sandbox, and `az` with a configuration folder of its own."""

    def __init__(self, folder):
        binary = os.environ["GRAPHBEAT"]
        arguments = [binary, "sandbox", "--throttle", "none", "--data", str(folder)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.ready = json.loads(line)
        self.app, self.user = self.ready["apps"][0], self.ready["users"][0]
        env = subprocess.run(
            [binary, "sandbox", "env", "--for", "azure-cli", "--output", "json"],
            input=line,
            capture_output=True,
            text=True,
            check=True,
        )
        left_out = ("SSL_CERT_DIR", "NO_PROXY", "no_proxy", "https_proxy")
        self.environment = {name: value for name, value in os.environ.items() if name not in left_out}
        self.environment |= json.loads(env.stdout)["environment"]
        self.environment |= {"AZURE_CONFIG_DIR": str(folder / "azure"), "AZURE_CORE_COLLECT_TELEMETRY": "false"}

    def run(self, *arguments):
        command = [sys.executable, "-m", "azure.cli", *arguments, "--output", "json"]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)

    def az(self, *arguments):
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def login(self, *credential):
        who = ["login", "--service-principal", "-u", self.app["client_id"], "--tenant", self.ready["tenant_id"]]
        return self.run(*who, *credential, "--allow-no-subscriptions")


@pytest.fixture(scope="module")
def cli(tmp_path_factory):
    cli = Cli(tmp_path_factory.mktemp("sandbox"))
    refused = cli.login("-p", "wrong")
    assert refused.returncode != 0 and "AADSTS7000215" in refused.stderr
    done = cli.login("-p", cli.app["client_secret"])
    assert done.returncode == 0, done.stderr
    yield cli
    cli.process.terminate()
    cli.process.wait(timeout=30)


def test_the_tenant_without_subscriptions_is_the_account(cli):
    assert cli.az("account", "show")["tenantId"] == cli.ready["tenant_id"]
    assert cli.az("account", "get-access-token", "--resource-type", "ms-graph")["accessToken"]


def test_a_certificate_signs_in(cli):
    done = cli.login("--certificate", cli.app["certificate_file"])
    assert done.returncode == 0, done.stderr


def test_a_user_is_made_changed_and_removed(cli):
    address = f"judge@{cli.ready['domain']}"
    cli.az("ad", "user", "create", "--display-name", "Judge", "--password", uuid.uuid4().hex, "--user-principal-name", address)
    cli.az("ad", "user", "update", "--id", address, "--display-name", "Judged")
    assert cli.az("ad", "user", "show", "--id", address)["displayName"] == "Judged"
    cli.az("ad", "user", "delete", "--id", address)
    assert "does not exist" in cli.run("ad", "user", "show", "--id", address).stderr


def test_a_group_has_members_and_owners(cli):
    group = cli.az("ad", "group", "create", "--display-name", "judge", "--mail-nickname", "judge")["id"]
    cli.az("ad", "group", "member", "add", "-g", group, "--member-id", cli.user["id"])
    assert cli.az("ad", "group", "member", "check", "-g", group, "--member-id", cli.user["id"])["value"]
    cli.az("ad", "group", "owner", "add", "-g", group, "--owner-object-id", cli.user["id"])
    assert [owner["id"] for owner in cli.az("ad", "group", "owner", "list", "-g", group)] == [cli.user["id"]]
    cli.az("ad", "group", "delete", "-g", group)


def test_an_application_has_credentials_and_permissions(cli):
    app = cli.az("ad", "app", "create", "--display-name", "judge")["appId"]
    assert cli.az("ad", "app", "credential", "reset", "--id", app)["password"]
    assert len(cli.az("ad", "app", "credential", "list", "--id", app)) == 1
    cli.az("ad", "app", "permission", "add", "--id", app, "--api", GRAPH, "--api-permissions", f"{USER_READ}=Scope")
    assert cli.az("ad", "app", "permission", "list", "--id", app)[0]["resourceAppId"] == GRAPH
    cli.az("ad", "app", "delete", "--id", app)


def test_any_request_can_be_sent(cli):
    url = "https://graph.microsoft.com/v1.0/"
    assert cli.az("rest", "--url", f"{url}users?$top=1")["value"]
    assert "nothing" in cli.run("rest", "--url", f"{url}nothing").stderr
