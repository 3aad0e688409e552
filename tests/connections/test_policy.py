"""Which hosts may be reached: an administrator's file wins over everything that a user writes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from conftest import PrivateOllama
from servers.run import Server

from workbench.connections import connect, model, models
from workbench.connections.permissions import _policy
from workbench.connections.permissions._policy import Policy, admit, admit_unnamed
from workbench.errors import ConfigurationError, EngineError, PolicyError, RequestRefusedError

Write = Callable[[str], Path]


@pytest.fixture
def administrator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes the administrator's file, who is here the user that runs the tests."""
    file = tmp_path / "policy.toml"
    monkeypatch.setattr(_policy, "FILE", file)
    monkeypatch.setattr(_policy, "_ADMINISTRATOR", os.getuid())
    _policy.forget()

    def write(text: str) -> Path:
        file.write_text(text)
        file.chmod(0o644)
        _policy.forget()
        return file

    yield write
    monkeypatch.undo()
    _policy.forget()


def test_what_the_user_names_is_allowed_without_a_policy(administrator: Write) -> None:
    admit("https://gpu.example.org/v1")


@pytest.mark.parametrize(
    ("rule", "allowed", "refused"),
    [
        ("gpu.example.org", "https://GPU.example.org/v1", "https://gpu.example.org.evil.example/v1"),
        ("*.example.org", "https://a.b.example.org/v1", "https://example.org/v1"),
        ("gpu:8443", "https://gpu:8443/v1", "https://gpu/v1"),
        ("gpu:443", "https://gpu/v1", "http://gpu/v1"),
        ("gpu:80", "http://gpu/v1", "https://gpu/v1"),
        ("10.1.0.0/16", "http://10.1.200.3:8000/v1", "http://10.2.0.1:8000/v1"),
        ("10.1.0.0/16", "http://10.1.0.1/v1", "http://10.1.example.org/v1"),
        ("fd00::/8", "http://[fd00::1]:8000/v1", "http://[fe80::1]:8000/v1"),
    ],
)
def test_only_what_the_administrator_lists_is_reached(
    administrator: Write, rule: str, allowed: str, refused: str
) -> None:
    administrator(f'allow = ["{rule}"]')
    admit(allowed)
    with pytest.raises(PolicyError, match="policy of this machine"):
        admit(refused)
    admit("http://127.0.0.1:8000/v1")


def test_an_address_without_a_host_is_none_that_is_listed(administrator: Write) -> None:
    administrator("allow = ['gpu']")
    for ask in (admit, admit_unnamed):
        with pytest.raises(PolicyError):
            ask("http:///v1")


def test_the_file_wins_over_what_the_session_names(administrator: Write) -> None:
    administrator("allow = []")
    connect("gpu", "http://gpu.example.org/v1")
    with pytest.raises(PolicyError, match=r"gpu\.example\.org"):
        asyncio.run(model("gpu/small").ask("Hallo"))
    with pytest.raises(PolicyError):
        asyncio.run(anext(model("gpu/small").stream("Hallo")))
    assert "policy" in models("gpu")["problem"][0]


def test_a_proxy_must_be_allowed_too(administrator: Write) -> None:
    administrator('allow = ["gpu.example.org"]')
    connect("gpu", "http://gpu.example.org/v1", proxy="http://proxy.example.org:3128")
    with pytest.raises(PolicyError, match=r"proxy\.example\.org"):
        asyncio.run(model("gpu/small").ask("Hallo"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("allow = [", "not TOML"),
        ('allow = "gpu"', "allow is not a list"),
        ("alow = []", "unknown field 'alow'"),
        ('offline = "yes"', "offline is not a bool"),
    ],
)
def test_a_policy_that_cannot_be_used_allows_nothing(administrator: Write, text: str, problem: str) -> None:
    administrator(text)
    with pytest.raises(ConfigurationError, match=problem):
        admit("https://gpu.example.org/v1")
    admit("http://localhost:11434")


def test_a_policy_that_others_could_change_allows_nothing(
    administrator: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator("allow = ['gpu']").chmod(0o666)
    with pytest.raises(ConfigurationError, match="others than the administrator"):
        admit("https://gpu/v1")
    administrator("allow = ['gpu']")
    monkeypatch.setattr(_policy, "_ADMINISTRATOR", os.getuid() + 1)
    _policy.forget()
    with pytest.raises(ConfigurationError, match="others than the administrator"):
        admit("https://gpu/v1")


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o622])
def test_a_policy_that_a_group_or_others_may_write_allows_nothing(administrator: Write, mode: int) -> None:
    administrator("allow = ['gpu']").chmod(mode)
    with pytest.raises(ConfigurationError, match="others than the administrator"):
        admit("https://gpu/v1")


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755])
def test_a_policy_that_only_the_administrator_may_write_counts(administrator: Write, mode: int) -> None:
    administrator("allow = ['gpu']").chmod(mode)
    admit("https://gpu/v1")
    with pytest.raises(PolicyError):
        admit("https://other/v1")


def test_the_modes_that_windows_makes_up_are_not_looked_at(
    administrator: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator("allow = ['gpu']").chmod(0o666)
    monkeypatch.setattr(sys, "platform", "win32")
    admit("https://gpu/v1")
    with pytest.raises(PolicyError):
        admit("https://other/v1")


def test_what_a_policy_leaves_open_is_as_without_one(administrator: Write) -> None:
    administrator("")
    assert _policy.policy() == Policy()


def test_a_policy_that_cannot_be_read_allows_nothing(administrator: Write) -> None:
    administrator("allow = ['gpu']").unlink()
    admit("https://gpu/v1")
    _policy.FILE.mkdir(mode=0o755)
    _policy.forget()
    with pytest.raises(ConfigurationError, match="cannot be used"):
        admit("https://gpu/v1")


def test_a_policy_in_another_encoding_allows_nothing(administrator: Write) -> None:
    administrator("").write_bytes("allow = ['büro']".encode("latin-1"))
    _policy.forget()
    with pytest.raises(ConfigurationError, match="not TOML"):
        admit("https://gpu/v1")


def test_a_change_of_the_policy_is_seen_soon_and_an_unchanged_one_not_read_again(
    administrator: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(_policy, "monotonic", lambda: now)
    file = administrator("allow = ['gpu']")
    admit("https://gpu/v1")
    file.write_text("allow = []")
    os.utime(file, ns=(1, 1))
    now += 0.9
    admit("https://gpu/v1")  # within the second in which nobody looks
    now = 1001.0
    with pytest.raises(PolicyError):
        admit("https://gpu/v1")


def test_a_host_that_nobody_named_must_be_in_the_list(administrator: Write) -> None:
    admit_unnamed("http://127.0.0.1:11434")
    with pytest.raises(PolicyError, match="a host that nobody has named"):
        admit_unnamed("https://models.example.org:443")
    administrator("allow = ['models.example.org']")
    admit_unnamed("https://models.example.org:443")
    with pytest.raises(PolicyError, match="policy of this machine"):
        admit_unnamed("https://other.example.org:443")


def test_where_nothing_is_listed_a_host_that_nobody_named_is_refused_though_a_named_one_is_not(
    administrator: Write,
) -> None:
    administrator("offline = false")
    admit("https://models.example.org")
    with pytest.raises(PolicyError, match="nobody has named"):
        admit_unnamed("https://models.example.org")


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_any_value_but_nothing_and_zero_means_offline(
    administrator: Write, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    for none in ("", "0"):
        monkeypatch.setenv("WORKBENCH_OFFLINE", none)
        admit("https://gpu.example.org/v1")
    monkeypatch.setenv("WORKBENCH_OFFLINE", value)
    admit("http://[::1]:8000")
    with pytest.raises(PolicyError, match="WORKBENCH_OFFLINE"):
        admit("https://gpu.example.org/v1")


@pytest.mark.parametrize(
    ("rule", "host", "port", "allowed"),
    [
        ("gpu:8000", "gpu", 8000, True),
        ("gpu:8000", "gpu", 8001, False),
        ("gpu:8000", "gpu", None, False),
        ("gpu", "gpu", None, True),
        ("10.0.0.1:80", "10.0.0.1", 80, True),
        ("10.0.0.1:80", "10.0.0.1", 81, False),
        ("[fd00::1]:8000", "fd00::1", 8000, True),
        ("[fd00::1]:8000", "fd00::1", 8001, False),
        ("fd00::1", "fd00::1", 443, True),
        ("fd00::1:8000", "fd00::1", 8000, False),
        ("10.1.2.3/16", "10.1.9.9", 443, True),
        ("*", "gpu", 443, True),
        ("gpu.*", "gpu.example.org", 443, True),
        ("4711", "4711", 443, True),
        ("4711", "gpu", 4711, False),
        ("gpu:http", "gpu", 80, False),
    ],
)
def test_rules_with_and_without_a_port(rule: str, host: str, port: int | None, allowed: bool) -> None:
    assert Policy(allow=(rule,)).allows(host, port) is allowed
    assert Policy(allow=("nowhere.example", rule)).allows(host, port) is allowed
    assert not Policy(allow=(rule,), offline=True).allows(host, port)
    assert Policy().allows(host, port)


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("localhost", True), ("localhost.", True), ("127.9.9.9", True), ("::1", True), ("::2", False), ("0.0.0.0", False)],
)
def test_names_and_addresses_of_this_machine(host: str, is_here: bool) -> None:
    assert _policy.is_loopback(host) is is_here


def test_offline_allows_this_machine_only(administrator: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    connect("gpu", "http://10.0.0.1:8000/v1")
    with pytest.raises(PolicyError, match="WORKBENCH_OFFLINE"):
        asyncio.run(model("gpu/small").ask("Hallo"))
    assert asyncio.run(model("embedded").ask("Hallo", temperature=0, max_tokens=3)).usage.completion_tokens == 3
    monkeypatch.delenv("WORKBENCH_OFFLINE")
    administrator("offline = true\nallow = ['10.0.0.1']")
    with pytest.raises(PolicyError):
        asyncio.run(model("gpu/small").ask("Hallo"))


@pytest.mark.parametrize(
    "host", ["localhost.example.org", "127.0.0.1.nip.example", "0x7f000001.example", "128.0.0.1", ""]
)
def test_only_this_machine_is_loopback(host: str) -> None:
    assert not _policy.is_loopback(host)


@asynccontextmanager
async def far_model(server: Server) -> AsyncIterator[str]:
    """A model of an Ollama that runs at models.example.org."""
    async with aiohttp.ClientSession(server.url) as session:
        far = {"model": "smollm2-far", "from": "smollm2", "remote_host": "http://models.example.org:11434"}
        async with session.post("/api/create", json=far) as made:
            assert "success" in await made.text()
        try:
            yield "smollm2-far"
        finally:
            async with session.delete("/api/delete", json={"model": "smollm2-far"}) as gone:
                assert gone.status == 200


async def test_a_model_that_ollama_itself_asks_elsewhere_is_refused(administrator: Write, each_ollama: Server) -> None:
    connect("ollama", each_ollama.url, kind="ollama")
    async with far_model(each_ollama) as far:
        with pytest.raises(PolicyError, match=r"pass the prompt on to 'models\.example\.org'"):
            await model(f"ollama/{far}").ask("Hallo")
        with pytest.raises(PolicyError, match=r"models\.example\.org"):
            await anext(model(f"ollama/{far}").stream("Hallo"))
        administrator('allow = ["models.example.org"]')
        with pytest.raises(EngineError):  # allowed now; but nobody is there, and Ollama has a list of its own
            await model(f"ollama/{far}").ask("Hallo")
    assert (await model(f"ollama/{each_ollama.model}").ask("Hallo", temperature=0, max_tokens=2)).text


async def test_an_ollama_that_passes_nothing_on_is_told_as_such(private_ollama: PrivateOllama) -> None:
    server = private_ollama(OLLAMA_NO_CLOUD="1")
    connect("ollama", server.url, kind="ollama")
    async with far_model(server) as far:
        with pytest.raises(RequestRefusedError, match=r"cloud is disabled.*: take a model that runs on that server"):
            await model(f"ollama/{far}").ask("Hallo")
