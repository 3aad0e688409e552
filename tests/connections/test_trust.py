"""A folder's file is a stranger's file: what it may name before somebody has trusted it, and that nothing is sent."""

import asyncio
import hashlib
import os
import socket
import stat
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from loopback import OWN_HOST

import workbench as wb
from workbench import connections
from workbench.connections import connection, folders_file, models
from workbench.connections.configuration._trust import claims, forget, is_trusted, trust, trusted
from workbench.connections.permissions import _policy
from workbench.errors import ConfigurationError, UntrustedError, WorkbenchError

SECRET = "geheim-4711"
REMOTE = '[connections.gateway]\nurl = "https://gateway.example.org/v1"\n'
needs_owners = pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights elsewhere")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that came from somewhere, in which notebooks run, and a user without a file of their own."""
    monkeypatch.delenv("WORKBENCH_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    found = tmp_path / "downloaded"
    (found / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(found / "notebooks")
    return found


class Listener:
    """Counts who comes to a port of this machine, and answers nobody."""

    def __init__(self) -> None:
        self.came = 0
        self._socket = socket.create_server((OWN_HOST, 0))
        self.address = f"http://{OWN_HOST}:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._socket.accept()
                self.came += 1
                caller.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with closing(Listener()) as listening:
        yield listening


def write(folder: Path, text: str, mode: int = 0o644) -> Path:
    file = folder / "workbench.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


def own_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "config" / "workbench").mkdir(parents=True, exist_ok=True)
    (tmp_path / "config" / "workbench" / "workbench.toml").write_text(text)


def problems() -> str:
    return "\n".join(models()["problem"].dropna())


HOSTILE = [
    'url = "https://gateway.example.org/v1"',
    'url = "http://127.0.0.1.example.org/v1"',
    'url = "http://10.0.0.1:8000/v1"',
    'kind = "ollama"\nurl = "http://gateway:11434"',
    'url = "{loopback}/v1"\nkey = "env:AWS_SECRET_ACCESS_KEY"',
    'url = "{loopback}/v1"\nkey = "file:~/.git-credentials"',
    'url = "{loopback}/v1"\nkey = "keyring:bank"',
    'url = "{loopback}/v1"\nheaders = {{ X-A = "file:~/.git-credentials" }}',
    'url = "{loopback}/v1"\nheaders = {{ Host = "gateway.example.org" }}',
    'url = "{loopback}/v1"\nca = "authority.pem"',
    'url = "{loopback}/v1"\ncertificate = "~/.ssh/id.pem"',
    'url = "{loopback}/v1"\nproxy = "http://proxy.example.org:3128"',
    'url = "{loopback}/v1"\nproxy = "http://127.0.0.1:3128"',
    'kind = "embedded"\nurl = "hostile.gguf"',
    'url = "//server/share/hostile.gguf"',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_strangers_file_may_not_name_before_it_is_trusted(
    folder: Path, listener: Listener, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    file = write(folder, "[connections.gateway]\n" + text.format(loopback=listener.address))
    with pytest.raises(UntrustedError, match="workbench trust") as caught:
        connection("gateway").engine()
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    trust(folders_file())
    assert connection("gateway").settings.problem is None


@pytest.mark.parametrize(
    "text",
    [
        'url = "http://127.0.0.1:8000/v1"',
        'url = "http://localhost:8000/v1"\nlimits = { token_s = 5 }\nrequests = 2',
        'kind = "ollama"\nurl = "http://[::1]:11434"',
        'kind = "embedded"',
    ],
)
def test_a_file_that_names_only_this_machine_needs_no_trust(folder: Path, text: str) -> None:
    write(folder, "[connections.own]\n" + text)
    assert claims(folders_file()) == ()
    assert connection("own").engine().connection == "own"


CALLS: list[Callable[[], object]] = [
    lambda: wb.models(),
    lambda: wb.models("gateway"),
    lambda: wb.loaded(),
    lambda: wb.model("gateway"),
    lambda: wb.model("gateway/small"),
    lambda: wb.doctor("gateway"),
    lambda: wb.panel(),
    lambda: wb.connect(),
    lambda: wb.estimate(["Hallo"], ["gateway/small"]),
    lambda: wb.agents.client("gateway/small"),
    lambda: wb.show("gateway/small"),
]
AWAITED: list[Callable[[], Coroutine[Any, Any, object]]] = [
    lambda: wb.embed("gateway/small", "Hallo"),
    lambda: wb.compare(["Hallo"], ["gateway/small"]),
    lambda: wb.benchmark("gateway/small", requests=1),
    lambda: wb.pull("gateway/small"),
    lambda: wb.create("gateway/small", base="gateway/large"),
    lambda: wb.copy("gateway/small", "large"),
    lambda: wb.load("gateway/small"),
    lambda: wb.unload("gateway/small"),
    lambda: wb.delete("gateway/small", sure=True),
    lambda: connections.overview(),
]


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_nothing_of_a_file_that_is_not_trusted_is_sent_by_any_function(
    folder: Path, listener: Listener, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    names = "".join(
        f'[connections.{name}]\nkind = "{kind}"\nurl = "{listener.address}/v1"\nkey = "env:AWS_SECRET_ACCESS_KEY"\n'
        for name in ("gateway", "embedded", "ollama")
    )
    write(folder, names)
    assert wb.model().name == "embedded/smollm2-135m-instruct"
    for call in CALLS:
        quietly(call)
    for awaited in AWAITED:
        quietly(lambda awaited=awaited: asyncio.run(as_coroutine(awaited)))
    assert listener.came == 0
    trust(folders_file())
    quietly(lambda: wb.models("gateway"))
    assert listener.came, "so it would have been seen"


async def as_coroutine(call: Callable[[], Any]) -> object:
    return await call()


def quietly(call: Callable[[], object]) -> None:
    try:
        call()
    except WorkbenchError:
        return


def test_an_untrusted_file_is_a_row_for_each_of_its_names_and_costs_nothing_else(folder: Path, tmp_path: Path) -> None:
    own_file(tmp_path, '[connections.mine]\nurl = "http://127.0.0.1:9/v1"\n')
    write(folder, REMOTE + '[connections.local]\nurl = "http://127.0.0.1:9/v1"\n')
    rows = models().set_index("model")["problem"]
    assert "embedded/smollm2-135m-instruct" in rows.index
    for name in ("gateway", "local"):
        assert "workbench trust" in rows[name]
    assert "no server answers" in rows["mine"]
    server = next(one for one in asyncio.run(connections.overview()).servers if one.name == "gateway")
    assert "workbench trust" in server.problem
    found = wb.doctor("gateway")
    assert not found.reached
    assert found.steps[0].name == "settings"


@pytest.mark.parametrize("is_trusted_file", [True, False])
def test_it_redefines_neither_the_embedded_engine_nor_what_the_user_has_named(
    folder: Path, tmp_path: Path, is_trusted_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    own_file(tmp_path, '[connections.mine]\nurl = "http://127.0.0.1:9/v1"\n')
    names = ("embedded", "ollama", "openai", "mine")
    redefined = 'kind = "openai"\nurl = "https://evil.example/v1"\n'
    write(folder, "".join(f"[connections.{name}]\n{redefined}" for name in names))
    if is_trusted_file:
        trust(folders_file())
    for name in names:
        assert "evil" not in connection(name).settings.url
        assert connection(name).settings.problem is None
        assert f"cannot redefine '{name}'" in problems()


def test_the_usual_ollama_is_nobodys_name(folder: Path) -> None:
    write(folder, '[connections.ollama]\nkind = "ollama"\nurl = "http://127.0.0.1:9"\n')
    assert connection("ollama").settings.url == "http://127.0.0.1:9"


def test_trust_is_for_this_content_at_this_place(folder: Path, tmp_path: Path) -> None:
    file = write(folder, REMOTE)
    trust(folders_file())
    assert connection("gateway").settings.url == "https://gateway.example.org/v1"
    assert [one.path for one in trusted()] == [file]
    file.write_text(REMOTE.replace("example.org", "evil.example"))
    assert isinstance(connection("gateway").settings.problem, UntrustedError)
    file.write_text(REMOTE)
    assert connection("gateway").settings.problem is None
    other = tmp_path / "other"
    other.mkdir()
    write(other, REMOTE)
    assert not is_trusted(folders_file(other))
    assert forget()
    assert isinstance(connection("gateway").settings.problem, UntrustedError)
    assert not forget()


def test_what_was_shown_is_what_is_trusted(folder: Path) -> None:
    file = write(folder, REMOTE)
    shown = folders_file()
    file.write_text(REMOTE.replace("example.org", "evil.example"))
    trust(shown)
    assert isinstance(connection("gateway").settings.problem, UntrustedError)


@needs_owners
def test_what_is_trusted_is_kept_for_the_user_alone(folder: Path, tmp_path: Path) -> None:
    write(folder, REMOTE)
    trust(folders_file())
    (entry,) = (tmp_path / "config" / "workbench" / "trusted").iterdir()
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700
    entry.chmod(0o666)
    assert not is_trusted(folders_file())
    assert trusted() == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"path": 3, "sha256": 4}', "\udcff"])
def test_a_damaged_entry_trusts_nothing(folder: Path, tmp_path: Path, content: str) -> None:
    write(folder, REMOTE)
    trust(folders_file())
    (entry,) = (tmp_path / "config" / "workbench" / "trusted").iterdir()
    entry.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert not is_trusted(folders_file())
    assert trusted() == []


@needs_owners
@pytest.mark.parametrize("mode", [0o666, 0o664, 0o646, 0o662])
def test_a_file_that_others_may_write_is_ignored_and_said(folder: Path, mode: int) -> None:
    write(folder, '[connections.own]\nurl = "http://127.0.0.1:9/v1"\n', mode)
    assert "others may write it" in problems()
    with pytest.raises(ConfigurationError, match=r"no connection 'own'.*ignored: others may write it.*chmod go-w"):
        connection("own")
    with pytest.raises(ConfigurationError, match="others may write it"):
        folders_file()


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root gives files away")
def test_a_file_of_another_owner_is_ignored_and_said(folder: Path) -> None:
    os.chown(write(folder, REMOTE), 4711, 4711)
    assert "belongs to another user" in problems()
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        folders_file()


@needs_owners
def test_a_link_is_not_followed_and_a_pipe_not_waited_for(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.toml"
    target.write_text('[connections.own]\nurl = "http://127.0.0.1:9/v1"\n')
    (folder / "workbench.toml").symlink_to(target)
    assert "it is a link" in problems()
    (folder / "workbench.toml").unlink()
    os.mkfifo(folder / "workbench.toml")
    assert "embedded/smollm2-135m-instruct" in list(models()["model"])


@pytest.mark.parametrize("text", ["x = " + "[" * 100_000, "x = 1" + "0" * 6000, "#" * 300_000])
def test_a_file_that_would_choke_its_reader_is_a_line(folder: Path, text: str) -> None:
    write(folder, text)
    assert problems().count("\n") == 0
    assert "workbench.toml" in problems()


def test_the_file_that_the_user_names_or_keeps_is_their_word(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_file(tmp_path, REMOTE)
    assert connection("gateway").settings.problem is None
    monkeypatch.chdir(tmp_path / "config" / "workbench")
    assert connection("gateway").settings.problem is None
    monkeypatch.chdir(folder)
    own_file(tmp_path, "")
    file = write(folder, REMOTE)
    assert connection("gateway").settings.problem is not None
    monkeypatch.setenv("WORKBENCH_CONFIG", str(file))
    assert connection("gateway").settings.problem is None


@pytest.mark.parametrize("by", ["path", "digest"])
def test_an_administrator_may_have_trusted_it_for_all(
    folder: Path, tmp_path: Path, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(folder, REMOTE)
    preset = str(file) if by == "path" else hashlib.sha256(file.read_bytes()).hexdigest().upper()
    policy = tmp_path / "policy.toml"
    policy.write_text(f"trust = ['{preset}']\n")
    policy.chmod(0o644)
    monkeypatch.setattr(_policy, "FILE", policy)
    monkeypatch.setattr(_policy, "_ADMINISTRATOR", os.getuid())
    _policy.forget()
    assert connection("gateway").settings.problem is None
    policy.write_text("trust = ['/elsewhere/workbench.toml']\n")
    _policy.forget()
    assert isinstance(connection("gateway").settings.problem, UntrustedError)


def test_a_session_names_what_it_likes_beside_an_untrusted_file(folder: Path) -> None:
    write(folder, REMOTE)
    wb.connect("gateway", "http://127.0.0.1:9/v1")
    assert connection("gateway").settings.url == "http://127.0.0.1:9/v1"
