"""Azure CLI through the proxy, as `graphbeat sandbox env --for azure-cli` says: sign-in, and rounds in the directory."""

import json
import os
import re
import subprocess
import sys
import urllib.request
import uuid

import pytest

USER_READ = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
USER_READ_ALL = "df021288-bdef-4463-88db-98f22de89214"
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

    def control(self, method, path, body):
        url = f"{self.ready['http_graph_url']}/_sandbox/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return json.load(answer)

    def device_login(self, approve):
        """A person signs in on another device; they agree, or they do not."""
        tenant = ["--tenant", self.ready["tenant_id"], "--allow-no-subscriptions"]
        command = [sys.executable, "-u", "-m", "azure.cli", "login", "--use-device-code", *tenant]
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        heard = []
        for line in process.stderr:
            heard.append(line)
            if found := re.search(r"enter the code (\w+) to", line):
                body = {"user_code": found[1], "user_id": self.user["id"], "approve": approve}
                self.control("POST", "device", body)
        return process.wait(timeout=60), "".join(heard)

    def login(self, *credential):
        who = ["login", "--service-principal", "-u", self.app["client_id"], "--tenant", self.ready["tenant_id"]]
        return self.run(*who, *credential, "--allow-no-subscriptions")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    cli = Cli(tmp_path_factory.mktemp("sandbox"))
    yield cli
    cli.process.terminate()
    cli.process.wait(timeout=30)


@pytest.fixture(scope="module")
def cli(running):
    """An application has signed in by its secret."""
    cli = running
    refused = cli.login("-p", "wrong")
    assert refused.returncode != 0 and "AADSTS7000215" in refused.stderr
    done = cli.login("-p", cli.app["client_secret"])
    assert done.returncode == 0, done.stderr
    return cli


@pytest.fixture(scope="module")
def person(running):
    """A person has signed in on another device. The tests that ask for it come last."""
    running.az("logout")
    code, said = running.device_login(approve=False)
    assert code != 0 and "declined" in said
    code, said = running.device_login(approve=True)
    assert code == 0, said
    return running


def registered(cli, *access):
    """A registration that requires these permissions of Graph: pairs of an id and `Scope` or `Role`."""
    wanted = [{"id": key, "type": kind} for key, kind in access]
    required = json.dumps([{"resourceAppId": GRAPH, "resourceAccess": wanted}])
    return cli.az("ad", "app", "create", "--display-name", "judge", "--required-resource-accesses", required)["appId"]


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


def test_a_delegated_permission_is_granted_and_listed(cli):
    app = registered(cli, (USER_READ, "Scope"))
    principal = cli.az("ad", "sp", "create", "--id", app)
    cli.az("ad", "app", "permission", "grant", "--id", app, "--api", GRAPH, "--scope", "User.Read")
    [grant] = cli.az("ad", "app", "permission", "list-grants", "--id", app, "--show-resource-name")
    assert (grant["scope"], grant["resourceDisplayName"]) == ("User.Read", "Microsoft Graph")
    assert cli.az("ad", "sp", "credential", "reset", "--id", app)["password"]
    cli.az("ad", "sp", "delete", "--id", principal["id"])
    cli.az("ad", "app", "delete", "--id", app)


def test_a_workload_of_another_issuer_is_trusted(cli, tmp_path):
    app = registered(cli)
    file = tmp_path / "credential.json"
    subject = "repo:contoso/ledger:ref:refs/heads/main"
    issuer = "https://token.actions.githubusercontent.com"
    body = {"name": "judge", "issuer": issuer, "subject": subject, "audiences": ["api://AzureADTokenExchange"]}
    file.write_text(json.dumps(body), encoding="utf-8")
    cli.az("ad", "app", "federated-credential", "create", "--id", app, "--parameters", str(file))
    [credential] = cli.az("ad", "app", "federated-credential", "list", "--id", app)
    assert credential["subject"] == subject
    cli.az("ad", "app", "delete", "--id", app)


def test_what_is_not_emulated_says_so(cli):
    assert "not management.azure.com" in cli.run("group", "list").stderr


def test_a_person_is_who_approved_the_device(person):
    assert person.az("account", "show")["user"] == {"name": person.user["upn"], "type": "user"}
    assert person.az("ad", "signed-in-user", "show")["id"] == person.user["id"]
    assert person.az("rest", "--url", "https://graph.microsoft.com/v1.0/me")["id"] == person.user["id"]
    assert person.az("ad", "sp", "list", "--display-name", "Microsoft Azure CLI")


def test_an_administrator_consents_for_all(person):
    app = registered(person, (USER_READ, "Scope"), (USER_READ_ALL, "Role"))
    person.az("ad", "app", "permission", "admin-consent", "--id", app)
    assert [grant["scope"] for grant in person.az("ad", "app", "permission", "list-grants", "--id", app)] == ["User.Read"]
    url = f"https://graph.microsoft.com/v1.0/servicePrincipals(appId='{app}')/appRoleAssignments"
    assert [role["appRoleId"] for role in person.az("rest", "--url", url)["value"]] == [USER_READ_ALL]
    person.az("ad", "app", "delete", "--id", app)


def test_a_password_in_the_request_is_refused(person):
    who = ["-u", person.user["upn"], "-p", "sandbox", "--tenant", person.ready["tenant_id"]]
    assert "AADSTS50076" in person.run("login", *who, "--allow-no-subscriptions").stderr


def test_a_session_that_is_revoked_asks_for_a_new_sign_in(person):
    person.control("PATCH", f"users/{person.user['id']}", {"revoke_sessions": True})
    refused = person.run("account", "get-access-token", "--scope", "https://graph.microsoft.com/User.Read")
    assert "AADSTS50173" in refused.stderr
