"""A backup read and written by the program `age`, which knows nothing of graphbeat."""

import io
import os
import pty
import re
import sqlite3
import subprocess
import tarfile
import termios
import time

from conftest import BINARY, Home

PASSPHRASE = "correct horse battery staple"
PROMPT = re.compile(rb"(passphrase|once more)[^\r\n]*: ?$", re.IGNORECASE)


def typed(command, *answers, environment):
    """Runs a command on a terminal of its own, types an answer whenever one is asked for; what was said, and the code."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, environment)
    said, answers = b"", list(answers)
    while True:
        try:
            block = os.read(terminal, 4096)
        except OSError:
            break
        if not block:
            break
        said += block
        if answers and PROMPT.search(said):
            wait_until_hidden(terminal)
            os.write(terminal, answers.pop(0).encode() + b"\n")
            said += b"\n"
    return said.decode(errors="replace"), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def wait_until_hidden(terminal, seconds=20):
    """A prompt is printed before the terminal stops showing what is typed."""
    until = time.monotonic() + seconds
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        assert time.monotonic() < until, "what is typed would be shown"


class Copied:
    """A data directory with a vaulted secret, its backup, and the archive that `age` got out of it."""

    def __init__(self, ready, folder):
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb"}
        self.home = Home(folder / "home", ready, '{ vault = "app" }')
        secret = ready["apps"][0]["client_secret"]
        assert self.home.run("account", "sign-in", "app", environment=self.environment, typed=secret).returncode == 0
        self.phrase, self.backup, self.archive = folder / "phrase.txt", folder / "all.age", folder / "all.tar"
        self.phrase.write_text(PASSPHRASE + "\n")

    def back_up(self, *answers):
        return self.type(BINARY, "backup", self.backup, "--data", self.home.folder, answers=answers)

    def type(self, *command, answers):
        return typed([str(word) for word in command], *answers, environment=self.environment)

    def decrypt(self):
        said, code = self.type("age", "-d", "-o", self.archive, self.backup, answers=[PASSPHRASE])
        assert code == 0, said

    def restore(self, content, name):
        """What `age` encrypts, restored into a directory of that name."""
        plain, sealed = self.folder / f"{name}.tar", self.folder / f"{name}.age"
        plain.write_bytes(content)
        said, code = self.type("age", "-p", "-o", sealed, plain, answers=[PASSPHRASE, PASSPHRASE])
        assert code == 0, said
        command = [BINARY, "restore", sealed, "--passphrase-file", self.phrase, "--data", self.folder / name]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)

    def changed(self, change):
        """The archive with each entry as `change` says: a name and content, or nothing."""
        made = io.BytesIO()
        with tarfile.open(self.archive) as old, tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as new:
            for entry in old.getmembers():
                kept = change(entry, old.extractfile(entry).read())
                if kept is not None:
                    entry.size = len(kept)
                    new.addfile(entry, io.BytesIO(kept))
        return made.getvalue()


def test_age_reads_a_backup_that_was_made_on_a_terminal(ready, tmp_path):
    copied = Copied(ready, tmp_path)
    said, code = copied.back_up(PASSPHRASE, "another passphrase")
    assert code == 2 and "two different passphrases" in said and not copied.backup.exists(), said
    said, code = copied.back_up(PASSPHRASE, PASSPHRASE)
    assert code == 0 and PASSPHRASE not in said, said
    copied.decrypt()
    with tarfile.open(copied.archive) as tar:
        assert tar.getnames() == ["backup.json", "graphbeat.toml", "vault.key", "graphbeat.db"]
        configuration = (copied.home.folder / "graphbeat.toml").read_bytes()
        assert tar.extractfile("graphbeat.toml").read() == configuration
        assert tar.extractfile("graphbeat.db").read(16) == b"SQLite format 3\0"


def test_what_age_encrypts_is_restored(ready, tmp_path):
    copied = Copied(ready, tmp_path)
    assert copied.back_up(PASSPHRASE, PASSPHRASE)[1] == 0
    copied.decrypt()
    run = copied.restore(copied.archive.read_bytes(), "same")
    assert run.returncode == 0, run
    copied.home.folder = tmp_path / "same"
    run = copied.home.check(copied.environment)
    assert run.returncode == 0, run


def newer(entry, content):
    return content.replace(b'"format": 1', b'"format": 2') if entry.name == "backup.json" else content


def leads_out(entry, content):
    entry.name = entry.name.replace("vault.key", "../vault.key")
    return content.replace(b'"vault.key"', b'"../vault.key"')


def is_a_link(entry, content):
    if entry.name != "vault.key":
        return content
    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return b""


def lacks_the_key(entry, content):
    if entry.name == "vault.key":
        return None
    return content.replace(b'"vault.key",', b"") if entry.name == "backup.json" else content


def has_a_bad_configuration(entry, content):
    return b"stroe = 1" if entry.name == "graphbeat.toml" else content


def has_a_bad_ledger(entry, content):
    return content[:100] + b"\xa5" * (len(content) - 100) if entry.name == "graphbeat.db" else content


REFUSED = {
    newer: (5, "a newer version"),
    leads_out: (5, "would lie elsewhere"),
    is_a_link: (5, "does not belong into it"),
    lacks_the_key: (5, "the key file"),
    has_a_bad_configuration: (3, "unknown key `stroe`"),
    has_a_bad_ledger: (5, "is damaged"),
}


def test_a_hostile_or_newer_archive_is_refused_and_nothing_is_made(ready, tmp_path):
    copied = Copied(ready, tmp_path)
    assert copied.back_up(PASSPHRASE, PASSPHRASE)[1] == 0
    copied.decrypt()
    for change, (code, said) in REFUSED.items():
        run = copied.restore(copied.changed(change), change.__name__)
        assert run.returncode == code and said in run.stderr, (change.__name__, run)
        assert not (tmp_path / change.__name__).exists(), change.__name__
    assert not (tmp_path / "vault.key").exists()


def test_a_directory_on_another_machine_says_so_once(ready, tmp_path):
    copied = Copied(ready, tmp_path)
    assert "another machine" not in copied.home.check(copied.environment).stderr
    with sqlite3.connect(copied.home.folder / "graphbeat.db") as ledger:
        changed = ledger.execute("UPDATE notes SET text = '0123456789abcdef' WHERE name = 'machine'").rowcount
    assert changed == 1, "this machine has no id"
    moved = copied.home.check(copied.environment)
    assert moved.returncode == 0 and "last used on another machine" in moved.stderr, moved
    assert "`ca_file` of cloud `local`" in moved.stderr, moved
    assert "another machine" not in copied.home.check(copied.environment).stderr
