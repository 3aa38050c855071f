"""A sandbox of its own for the tests, and a person who clicks on its pages."""

import json
import os
import subprocess
import urllib.parse
import uuid
from html.parser import HTMLParser

import pytest

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
# Where a machine says which authorities it trusts, and which proxy it uses.
TRUST = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


class Page(HTMLParser):
    """The inputs of a page's form."""

    def __init__(self, text):
        super().__init__()
        self.inputs = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input" and attrs.get("type") == "hidden":
            self.inputs[attrs["name"]] = attrs["value"]


class Sandbox:
    """A running sandbox: its ready line, its control API."""

    def __init__(self, folder):
        binary = os.environ["GRAPHBEAT"]
        arguments = [binary, "sandbox", "--throttle", "none", "--data", str(folder)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())
        self.login = self.ready["login_url"]
        self.graph = self.ready["graph_url"]
        self.tenant = self.ready["tenant_id"]
        self.authority = f"{self.login}/{self.tenant}"
        self.ca = self.ready["ca_file"]
        self.app, self.public = self.ready["apps"][0], self.ready["apps"][1]
        self.user = self.ready["users"][0]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def control(self, method, path, body=None):
        import requests

        url = f"{self.ready['http_graph_url']}/_sandbox/{path}"
        answer = requests.request(method, url, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def faults(self, *faults):
        self.control("PUT", "faults", list(faults))

    def requests(self, path):
        return [it for it in self.control("GET", "requests")["requests"] if path in it["path"]]

    def approve(self, user_code, approve=True):
        body = {"user_code": user_code, "user_id": self.user["id"], "approve": approve}
        return self.control("POST", "device", body)

    def click(self, url, action="accept"):
        """What a person does on an authorize page; the parameters that come back."""
        import requests

        page = requests.get(url, timeout=30)
        assert page.status_code == 200, page.text
        form = Page(page.text).inputs | {"user_id": self.user["id"], "action": action}
        answer = requests.post(url.split("?")[0], data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["Location"]).query))

    def trust_workload(self, subject):
        """Lets the test issuer's `subject` act as the first application, and gives its token."""
        import requests

        made = self.control("POST", "assertions", {"subject": subject})
        token = requests.post(
            f"{self.authority}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self.app["client_id"],
                "client_secret": self.app["client_secret"],
                "scope": GRAPH_SCOPE,
            },
            timeout=30,
        ).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        app = f"{self.graph}/v1.0/applications"
        key = requests.get(f"{app}(appId='{self.app['client_id']}')", headers=headers, timeout=30).json()["id"]
        body = {"name": uuid.uuid4().hex, "issuer": made["issuer"], "subject": subject}
        answer = requests.post(f"{app}/{key}/federatedIdentityCredentials", json=body, headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
        return made["assertion"]


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    for name in PROXIES + ("SSL_CERT_DIR",):
        os.environ.pop(name, None)
    for name in TRUST:
        os.environ[name] = sandbox.ca
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running):
    """The same sandbox for every test, as new."""
    running.control("POST", "reset")
    yield running
    running.faults()
