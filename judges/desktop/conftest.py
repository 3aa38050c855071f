"""A sandbox, and a desktop's session of its own: a message bus, and GNOME Keyring unlocked on it."""

import json
import os
import subprocess

import pytest

BINARY = os.environ["GRAPHBEAT"]
PASSWORD = "the person's own"


class Desktop:
    """The session of a person who logged on."""

    def __init__(self, folder):
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime)}
        bus = ["dbus-daemon", "--session", "--nofork", "--print-address"]
        self.bus = subprocess.Popen(bus, env=self.environment, stdout=subprocess.PIPE, text=True)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.bus.stdout.readline().strip()
        self.log_on()

    def log_on(self):
        daemon = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        self.keyring = subprocess.Popen(
            daemon, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.keyring.stdin.write(PASSWORD)
        self.keyring.stdin.close()
        waiting = ["gdbus", "wait", "--session", "--timeout=20", "org.freedesktop.secrets"]
        subprocess.run(waiting, env=self.environment, check=True)

    def log_off(self):
        for process in (self.keyring, self.bus):
            process.terminate()
            process.wait(timeout=30)

    def secret_tool(self, *arguments, secret=None):
        command = ["secret-tool", *arguments]
        return subprocess.run(command, env=self.environment, input=secret, capture_output=True, text=True, timeout=30)


class Home:
    """A data directory with one account that signs in by a client secret."""

    def __init__(self, folder, ready, secret):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        text = json.dumps
        (folder / "graphbeat.toml").write_text(
            f"""
[cloud.local]
login_url = {text(ready["login_url"])}
graph_url = {text(ready["graph_url"])}
ca_file = {text(ready["ca_file"])}
limits = "none"

[[account]]
name = "app"
tenant = {text(ready["tenant_id"])}
cloud = "local"
operations = ["users.users.list"]
sign_in = {{ method = "client-secret", client_id = {text(ready["apps"][0]["client_id"])}, client_secret = {secret} }}
"""
        )

    def run(self, *arguments, environment, typed=None):
        command = [BINARY, *arguments, "--data", str(self.folder)]
        return subprocess.run(command, env=environment, input=typed, capture_output=True, text=True, timeout=120)

    def check(self, environment):
        return self.run("check", "--operation", "users.users.list", environment=environment)


@pytest.fixture(scope="session")
def ready(tmp_path_factory):
    """What a sandbox says of itself."""
    arguments = [BINARY, "sandbox", "--throttle", "none", "--data", str(tmp_path_factory.mktemp("sandbox"))]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    yield json.loads(process.stdout.readline())
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture
def desktop(tmp_path):
    folder = tmp_path / "person"
    folder.mkdir()
    desktop = Desktop(folder)
    yield desktop
    desktop.log_off()
