"""GNOME Keyring as a place of secrets, seen by its own tool too."""

from conftest import Home

ENTRY = ("service", "graphbeat", "username", "app")


def text_of(run):
    return run.stdout + run.stderr


def test_a_secret_that_another_program_put_into_the_keyring_signs_the_account_in(desktop, ready, tmp_path):
    secret = ready["apps"][0]["client_secret"]
    home = Home(tmp_path / "home", ready, '{ keyring = "app" }')
    missing = home.check(desktop.environment)
    assert missing.returncode == 3 and "the keyring holds no secret `app`" in missing.stderr, missing
    stored = desktop.secret_tool("store", "--label=app", *ENTRY, secret=secret)
    assert stored.returncode == 0, stored
    traced = desktop.environment | {"GRAPHBEAT_LOG": "trace"}
    run = home.check(traced)
    assert run.returncode == 0, run
    assert secret not in text_of(run)


def test_what_sign_in_asks_for_lies_in_the_keyring_and_in_no_file(desktop, ready, tmp_path):
    secret = ready["apps"][0]["client_secret"]
    home = Home(tmp_path / "home", ready, '{ keyring = "app" }')
    run = home.run("account", "sign-in", "app", environment=desktop.environment, typed=secret)
    assert run.returncode == 0, run
    assert desktop.secret_tool("lookup", *ENTRY).stdout == secret
    for file in (path for path in home.folder.rglob("*") if path.is_file()):
        assert secret.encode() not in file.read_bytes(), file
    assert home.check(desktop.environment).returncode == 0


def test_the_vault_opens_by_the_keyring_of_its_owner_and_nowhere_else(desktop, ready, tmp_path):
    secret = ready["apps"][0]["client_secret"]
    home = Home(tmp_path / "home", ready, '{ vault = "app" }')
    assert home.run("account", "sign-in", "app", environment=desktop.environment, typed=secret).returncode == 0
    run = home.run("vault", "rekey", "--keyring", environment=desktop.environment)
    assert run.returncode == 0 and "1 secrets" in run.stderr, run
    key_file = (home.folder / "vault.key").read_text()
    first_line, entry = key_file.split()[:-1], key_file.split()[-1]
    assert first_line == ["graphbeat", "vault", "keyring", "1"]
    assert home.check(desktop.environment).returncode == 0
    server = {name: value for name, value in desktop.environment.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    refused = home.check(server)
    assert refused.returncode == 5 and "no keyring answers" in refused.stderr, refused
    assert "a server has no keyring" in refused.stderr
    assert home.run("vault", "rekey", environment=server).returncode == 5
    assert (home.folder / "vault.key").read_text() == key_file
    run = home.run("vault", "rekey", environment=desktop.environment)
    assert run.returncode == 0, run
    gone = desktop.secret_tool("lookup", "service", "graphbeat", "username", entry)
    assert gone.stdout == "" and home.check(server).returncode == 0


def test_a_server_is_told_what_to_use_instead_of_a_keyring(ready, desktop, tmp_path):
    home = Home(tmp_path / "home", ready, '{ keyring = "app" }')
    server = {name: value for name, value in desktop.environment.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    run = home.check(server)
    assert run.returncode == 3 and "no keyring answers" in run.stderr and "hint: " in run.stderr, run
