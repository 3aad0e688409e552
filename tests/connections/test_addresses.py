"""Addresses as people write them: what is mended, what is refused, and that no refusal repeats a secret."""

import asyncio
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workbench.connections import connect, connection, model, models, unload
from workbench.connections.configuration._addresses import ollama_address, read_address
from workbench.connections.doctor import examine
from workbench.errors import ConfigurationError, WorkbenchError


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("http://gpu:8000/v1/", "http://gpu:8000/v1"),
        (" \ufeff“http://gpu:8000/v1”\u00a0\n", "http://gpu:8000/v1"),
        ("'http://gpu:8000/v1'", "http://gpu:8000/v1"),
        ("<http://gpu:8000/v1>", "http://gpu:8000/v1"),
        ("HTTPS://GPU.Example.org/v1", "https://gpu.example.org/v1"),
        ("http://gpu:8000//v1//", "http://gpu:8000/v1"),
        ("http:\\\\gpu:8000\\v1", "http://gpu:8000/v1"),
        ("http:/gpu:8000/v1", "http://gpu:8000/v1"),
        ("http:///gpu:8000/v1", "http://gpu:8000/v1"),
        ("http://gpu:/v1", "http://gpu/v1"),
        ("http://gpu:8000/v1#models", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1?", "http://gpu:8000/v1"),
        ("http://gpu:8000/x/../v1", "http://gpu:8000/v1"),
        ("localhost:8000/v1", "http://localhost:8000/v1"),
        ("127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("//localhost:8000/v1", "http://localhost:8000/v1"),
        ("[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://::1/v1", "http://[::1]/v1"),
        ("http://2001:db8::0001/v1", "http://[2001:db8::1]/v1"),
        ("http://0.0.0.0:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://[::]:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://model_server:8000/v1", "http://model_server:8000/v1"),
        ("http://büro.example/v1", "http://xn--bro-hoa.example/v1"),
        ("http://straße.example/v1", "http://xn--strae-oqa.example/v1"),
        ("http://１２７.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("https://gw/v1?api-version=2024-08-01", "https://gw/v1?api-version=2024-08-01"),
        ("https://gw/v1/chat/completions?api-version=1", "https://gw/v1?api-version=1"),
    ],
)
def test_what_can_mean_one_thing_only_is_mended(written: str, url: str) -> None:
    assert read_address(written, "here").url == url


@pytest.mark.parametrize(
    ("written", "kind", "url", "told"),
    [
        ("http://gpu/v1/chat/completions", None, "http://gpu/v1", "openai"),
        ("http://gpu/V1/Chat/Completions/", None, "http://gpu/V1", "openai"),
        ("http://gpu/v1/completions", None, "http://gpu/v1", "openai"),
        ("http://gpu/v1/embeddings", None, "http://gpu/v1", "openai"),
        ("http://gpu/v1/responses", None, "http://gpu/v1", "openai"),
        ("http://gpu/v1/models", None, "http://gpu/v1", "openai"),
        ("http://gpu/v1/models/mistral/small", None, "http://gpu/v1", "openai"),
        ("http://gpu/chat/completions", None, "http://gpu", "openai"),
        ("http://webui/api/chat/completions", None, "http://webui/api", "openai"),
        ("http://studio:1234/api/v0/models", None, "http://studio:1234/api/v0", "openai"),
        ("https://gw/openai/deployments/small/chat/completions", None, "https://gw/openai/deployments/small", "openai"),
        ("http://gpu:8000/docs", None, "http://gpu:8000/v1", "openai"),
        ("http://gpu:8000/openapi.json", "openai", "http://gpu:8000/v1", "openai"),
        ("http://gpu:8000/gateway/metrics", None, "http://gpu:8000/gateway/v1", "openai"),
        ("http://box:1/api/chat", None, "http://box:1", "ollama"),
        ("http://box:1/ollama/api/tags", None, "http://box:1/ollama", "ollama"),
        ("http://box:1/api/embeddings", None, "http://box:1", "ollama"),
        ("http://box:1/api/chat", "openai", "http://box:1/v1", "openai"),
        ("http://box:11434", None, "http://box:11434", "ollama"),
        ("http://box:11434/api", None, "http://box:11434", "ollama"),
        ("http://box:11434/v1", None, "http://box:11434/v1", "openai"),
        ("http://box:11434/v1/chat/completions", None, "http://box:11434/v1", "openai"),
        ("http://box:1/v1", "ollama", "http://box:1", "ollama"),
        ("http://box:1/v1/chat/completions", "ollama", "http://box:1", "ollama"),
        ("http://box:1/api/generate", "ollama", "http://box:1", "ollama"),
    ],
)
def test_a_whole_path_is_taken_for_the_servers_base(written: str, kind: str | None, url: str, told: str | None) -> None:
    found = read_address(written, "here", kind=kind)
    assert (found.url, found.kind) == (url, told)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "it is empty"),
        ('""', "it is empty"),
        ("http://", "names no host"),
        ("gpu.example.org:8000/v1", "has no scheme"),
        ("geheim", "has no scheme"),
        ("ws://gpu/v1", "scheme is not that of a model server"),
        ("ftp://gpu/v1", "scheme is not that of a model server"),
        ("file:///models/own.gguf", "scheme is not that of a model server"),
        ("http://https://gpu/v1", "two schemes"),
        ("http://gpu:0/v1", "port"),
        ("http://gpu:70000/v1", "port"),
        ("http://gpu:８０/v1", "port"),
        ("http://gpu:geheim", "port"),
        ("http://[::1/v1", "brackets"),
        ("http://[geheim]/v1", "brackets"),
        ("::1:8000", "needs brackets"),
        ("http://gpu:80:80/v1", "needs brackets"),
        ("http://g pu/v1", "a blank"),
        ("http://gpu\u200b/v1", r"invisible character \(U\+200B\)"),
        ("http://gpu/\u00a0v1", r"invisible character \(U\+00A0\)"),
        ("http://gpu/v1\nHost: evil", r"invisible character \(U\+000A\)"),
        ("https://<resource>.example.org/v1", "placeholders"),
        ("https://gw/{deployment}/v1", "placeholders"),
        ("http://$HOST:8000/v1", "host is not a valid name"),
        ("http://*:8000/v1", "host is not a valid name"),
        ("http://a..b/v1", "host is not a valid name"),
        ("http://127.1/v1", "not an IPv4"),
        ("http://2130706433/v1", "not an IPv4"),
        ("http://0x7f000001/v1", "not an IPv4"),
        ("http://300.1.1.1/v1", "not an IPv4"),
        ("http://me:geheim@gpu/v1", "holds a password"),
        ("me:geheim@gpu:8000/v1", "holds a password"),
        ("http://me:ge/heim@gpu/v1", "holds a password"),
        ("http:\\\\me:geheim@gpu", "holds a password"),
        ("https://gw/v1?api_key=geheim", "holds a key"),
        ("https://gw/v1?sig=geheim", "holds a key"),
        ("https://gw/v1?version=1&Ocp-Subscription-Key=geheim", "holds a key"),
    ],
)
def test_what_can_mean_nothing_or_holds_a_secret_is_refused_in_a_line_that_does_not_repeat_it(
    written: str, why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        read_address(written, "workbench.toml, [connections.gpu]")
    said = str(caught.value)
    assert "workbench.toml, [connections.gpu]" in said
    assert "\n" not in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ('""', "http://127.0.0.1:11434"),
        ("gpu", "http://gpu:11434"),
        ("gpu:8080", "http://gpu:8080"),
        ("gpu:abc", "http://gpu:11434"),
        ("gpu:70000", "http://gpu:11434"),
        ("gpu:", "http://gpu:11434"),
        (":11435", "http://127.0.0.1:11435"),
        (":", "http://127.0.0.1:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:11435", "http://[::1]:11435"),
        ("[::]:11435", "http://127.0.0.1:11435"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ('"0.0.0.0:11434"', "http://127.0.0.1:11434"),
        (" 'gpu:1' ", "http://gpu:1"),
        ('gpu:1"', "http://gpu:1"),
        ("http://gpu", "http://gpu:80"),
        ("https://gpu", "https://gpu:443"),
        ("HTTPS://gpu", "https://gpu:443"),
        ("https://gpu:1/", "https://gpu:1"),
        ("http://gpu:1/ollama/", "http://gpu:1/ollama"),
        ("gpu/ollama", "http://gpu:11434/ollama"),
        ("http://gpu:1/v1", "http://gpu:1"),
        ("ollama.com", "https://ollama.com:443"),
    ],
)
def test_ollama_host_is_read_as_ollamas_own_client_reads_it(host: str, url: str) -> None:
    assert ollama_address(host).url == url


@pytest.mark.parametrize("host", ["ws://gpu", "http://me:geheim@gpu", "11434", "g pu", "gpu:1?x=1", "http://[::1"])
def test_an_ollama_host_that_is_none_is_told_and_costs_only_ollama(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert model("embedded/smollm2-135m-instruct").name == "embedded/smollm2-135m-instruct"
    with pytest.raises(ConfigurationError, match="OLLAMA_HOST") as caught:
        model("ollama/small")
    assert "geheim" not in str(caught.value)
    listed = models()
    assert "embedded/smollm2-135m-instruct" in list(listed["model"])
    assert "OLLAMA_HOST" in listed.set_index("model")["problem"]["ollama"]


def test_what_was_mended_is_said() -> None:
    with pytest.warns(UserWarning, match=r"connection 'gpu': the address was taken for http://127\.0\.0\.1:9/v1"):
        assert connect("gpu", "127.0.0.1:9/v1/models").settings.url == "http://127.0.0.1:9/v1"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect("gpu", " http://127.0.0.1:9/v1/ ")


def test_an_openai_base_url_that_is_none_costs_only_its_own_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "gateway:8000/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "geheim")
    assert connection("embedded").kind == "embedded"
    with pytest.raises(ConfigurationError, match=r"no scheme \(OPENAI_BASE_URL"):
        model("openai/small")
    monkeypatch.setenv("OPENAI_BASE_URL", " ")
    assert "openai" not in list(models()["model"])


@pytest.fixture
def lines() -> Iterator[tuple[str, list[str]]]:
    """A server's address, and the first lines of what it is asked; it has nothing."""
    asked: list[str] = []

    class Nothing(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def answer(self) -> None:
            asked.append(self.requestline)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_DELETE = answer

    with ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_a_query_stands_behind_the_path_of_every_request(kind: str, lines: tuple[str, list[str]]) -> None:
    address, asked = lines
    connect("gw", f"{address}/gw?api-version=2024-08-01&region=eu", kind=kind)
    models("gw")
    name = model("gw/small", max_tokens=3)
    for call in (
        lambda: name.ask("Hallo"),
        lambda: name.embed(["Hallo"]),
        lambda: examine("gw"),
        lambda: unload("gw/small"),
    ):
        with suppress(WorkbenchError):
            asyncio.run(call())
    paths = {line.split()[1].partition("?")[0] for line in asked}
    assert len(paths) >= 4, paths
    assert {line.split()[1].partition("?")[2] for line in asked} == {"api-version=2024-08-01&region=eu"}
