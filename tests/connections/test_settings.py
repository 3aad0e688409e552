from pathlib import Path

import pytest

from workbench.connections import connect, connection, connections, model, models, overview, wait
from workbench.connections.doctor import doctor
from workbench.errors import ConfigurationError, ConnectionUnknownError, KeyReferenceError


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "workbench.toml"
    monkeypatch.setenv("WORKBENCH_CONFIG", str(file))
    return file


def test_a_file_names_connections(config: Path) -> None:
    config.write_text(
        '[connections.gpu]\nurl = "https://gpu.example.org/v1/"\nkey = "env:GPU_KEY"\nrequests = 64\n'
        '[connections.laptop]\nkind = "ollama"\nurl = "http://127.0.0.1:11435"\n'
    )
    gpu = connection("gpu")
    assert (gpu.kind, gpu.settings.url, gpu.slots) == ("openai", "https://gpu.example.org/v1", 64)
    assert repr(gpu) == "Connection 'gpu': openai at https://gpu.example.org/v1, key from env:GPU_KEY"
    assert connection("laptop").kind == "ollama"
    assert [found.name for found in connections()][:2] == ["embedded", "ollama"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[connections.gpu\n", "not TOML"),
        ('[connections.gpu]\nadress = "http://x/v1"\n', "unknown field 'adress'"),
        ('[connections.gpu]\nurl = "gpu.example.org"\n', "not an address"),
        ('[connections.gpu]\nurl = "http://x:port/v1"\n', "not an address"),
        ('[connections.gpu]\nurl = "http://me:geheim@x/v1"\n', "holds a password"),
        ('[connections.gpu]\nkind = "vllm"\nurl = "http://x/v1"\n', "unknown kind 'vllm'"),
        ('[connections.gpu]\nurl = "http://x/v1"\nrequests = 0\n', "requests is not a number from 1"),
        ('[connections."a/b"]\nurl = "http://x/v1"\n', "has no slash"),
        ('connections = "gpu"\n', "connections is not a table"),
        ('connections.gpu = "http://x/v1"\n', "this is not a table"),
        ('[connections.gpu]\nurl = "http://x/v1"\nheaders = 3\n', "headers is not a table"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(config: Path, text: str, said: str) -> None:
    config.write_text(text)
    name = "a/b" if "a/b" in text else "gpu"
    with pytest.raises(ConfigurationError, match=said) as caught:
        connection(name).place()
    assert str(config) in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_in_the_file_is_refused_and_not_repeated(config: Path) -> None:
    config.write_text('[connections.gpu]\nurl = "http://x/v1"\nkey = "sk-geheim"\n')
    with pytest.raises(KeyReferenceError) as caught:
        connection("gpu").place()
    assert "geheim" not in str(caught.value)


def test_a_named_file_that_is_not_there_is_an_error(config: Path) -> None:
    with pytest.raises(ConfigurationError, match="WORKBENCH_CONFIG"):
        connection("gpu")


def test_the_projects_file_is_found_from_a_folder_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_CONFIG", raising=False)
    (tmp_path / "workbench.toml").write_text('[connections.office]\nurl = "http://127.0.0.1:1/v1"\n')
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert connection("office").settings.source == str(tmp_path / "workbench.toml")


def test_the_environment_names_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:21434")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "geheim")
    assert connection("ollama").settings.url == "http://127.0.0.1:21434"
    assert connection("openai").settings.key is not None
    assert "geheim" not in repr(connection("openai"))


def test_a_key_alone_names_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "geheim")
    with pytest.raises(ConnectionUnknownError):
        connection("openai")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:11434", "ollama"),
        ("http://127.0.0.1:11434/v1", "openai"),
        ("http://gpu:8000/v1", "openai"),
        ("models/own.gguf", "embedded"),
    ],
)
def test_the_kind_is_seen_from_the_address(url: str, kind: str) -> None:
    assert connect("seen", url).kind == kind


def test_an_unknown_connection_offers_the_nearest() -> None:
    with pytest.raises(ConnectionUnknownError, match="did you mean 'embedded'"):
        connection("embeded")


def test_connect_reads_the_key_at_once() -> None:
    with pytest.raises(KeyReferenceError, match="NO_SUCH_KEY"):
        connect("gpu", "http://127.0.0.1:1/v1", key="env:NO_SUCH_KEY")


def test_answers_that_repeat_themselves_go_on_where_a_connection_says_so(config: Path) -> None:
    config.write_text('[connections.gpu]\nurl = "http://127.0.0.1:8000/v1"\nstop_repeats = false\n')
    assert model("gpu/m").options.stop_repeats is False
    assert model("gpu/m", stop_repeats=True).options.stop_repeats is True
    connect("here", "http://127.0.0.1:8001/v1", stop_repeats=False)
    assert model("here/m").options.asked() == {"stop_repeats": False}


def test_a_connection_may_leave_thoughts_in_texts(config: Path) -> None:
    config.write_text('[connections.gpu]\nurl = "http://127.0.0.1:8000/v1"\nthoughts = "text"\n')
    assert model("gpu/m").options.thoughts == "text"
    assert model("gpu/m", thoughts="apart").options.thoughts == "apart"
    connect("here", "http://127.0.0.1:8001/v1", thoughts="text")
    assert model("here/m").options.thoughts == "text"
    connect("here", "http://127.0.0.1:8001/v1")
    assert model("here/m").options.thoughts is None
    with pytest.raises(ConfigurationError, match="apart"):
        connect("here", "http://127.0.0.1:8001/v1", thoughts="away")  # type: ignore[arg-type]
    assert model("embedded").options.asked() == {}


def test_threads_are_those_of_the_embedded_engine(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("")
    monkeypatch.setenv("WORKBENCH_THREADS", " 1 ")
    assert connection("embedded").settings.threads == 1
    assert connection("embedded").engine().inner._threads == 1  # type: ignore[attr-defined]
    assert connect("own", "own.gguf", threads=3).settings.threads == 3
    config.write_text('[connections.embedded]\nkind = "embedded"\nthreads = 2\n')
    assert connection("embedded").settings.threads == 2
    with pytest.raises(ConfigurationError, match="threads counts for the kind embedded alone"):
        connect("gpu", "http://127.0.0.1:8000/v1", threads=2)


@pytest.mark.parametrize("threads", ["0", "-1", "zwei", "1.5", "9" * 5000])
def test_threads_that_are_no_number_are_named(config: Path, monkeypatch: pytest.MonkeyPatch, threads: str) -> None:
    config.write_text("")
    monkeypatch.setenv("WORKBENCH_THREADS", threads)
    with pytest.raises(ConfigurationError, match="threads is not a number from 1") as caught:
        connection("embedded").engine()
    assert "WORKBENCH_THREADS" in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_no_part_of_the_file(config: Path, encoding: str) -> None:
    config.write_bytes('[connections."büro"]\r\nurl = "http://127.0.0.1:9/v1"\r\n'.encode(encoding))
    assert connection("büro").settings.url == "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('[connections.gpu]\nurl\u00a0= "http://x/v1"\n'.encode(), r"line 2.*U\+00A0"),
        ("[connections.gpu]\nurl = “http://x/v1”\n".encode(), "line 2.*curved quotes"),
        (b'[connections.gpu]\nkind = "embedded"\nurl = "C:\\models\\own.gguf"\n', "line 3.*single quotes"),
        (b"[connections.gpu]\nurl = http://x/v1\n", 'line 2.*url = "http'),
        ('[connections.büro]\r\nurl = "http://x/v1"\r\n'.encode(), r"line 1.*stand in quotes"),
        ('[connections.gpu]\nurl = "http://büro/v1"\n'.encode("cp1252"), "not UTF-8.*line 2"),
        (b'[connection.gpu]\nurl = "http://x/v1"\n', r"unknown table 'connection'.*did you mean \[connections.NAME\]"),
        (b'[gpu]\nurl = "http://x/v1"\n', r"unknown table 'gpu'.*there is only \[connections.NAME\]"),
        (b"[connections.gpu]\nurl = 8000\n", "url is not a text"),
        (b'[connections.gpu]\nkey = "env:X"\n', "it is empty"),
        (b'[connections.gpu]\nurl = "http://x/v1"\nheaders = { "X A" = "1" }\n', "not a valid name of a header"),
        (b'[connections.gpu]\nurl = "http://x/v1"\nheaders = { A = "1\\nHost: evil" }\n', r"'A' holds.*U\+000A"),
        (b'[connections.gpu]\nurl = "http://x/v1"\nlimits = { tokens_s = 1 }\n', "did you mean 'token_s'"),
        (b'[connections.gpu]\nurl = "http://x/v1"\nlimits = { token_s = "1" }\n', "token_s must be a number"),
    ],
)
def test_a_mistake_that_is_hard_to_see_is_named(config: Path, raw: bytes, said: str) -> None:
    config.write_bytes(raw)
    with pytest.raises(ConfigurationError, match=said) as caught:
        connection("gpu").place()
    assert "\n" not in str(caught.value)


def test_one_bad_setting_costs_nothing_else(config: Path) -> None:
    config.write_text(
        '[connections.good]\nurl = "http://127.0.0.1:9/v1"\n[connections.bad]\nurl = "ftp://x"\n'
        '[connections.worse]\nurl = "http://x/v1"\nkey = "sk-geheim"\n[other]\nx = 1\n'
    )
    assert connection("good").engine().address == "http://127.0.0.1:9/v1"
    rows = models().set_index("model")["problem"]
    assert "embedded/smollm2-135m-instruct" in rows.index
    for name, said in (("bad", "scheme"), ("worse", "reference"), ("workbench.toml", "unknown table 'other'")):
        assert said in rows[name]
        assert "geheim" not in rows[name]
    assert models("bad")["problem"][0] == rows["bad"]
    with pytest.raises(ConfigurationError, match="scheme"):
        model("bad/small")
    found = doctor("bad")
    assert [(step.name, step.passed) for step in found.steps] == [("settings", False)]
    servers = {server.name: server.problem for server in wait(overview()).servers}
    assert "scheme" in servers["bad"]
    assert "unknown table" in servers["workbench.toml"]
    assert repr(connection("bad")).startswith("Connection 'bad': this is not an address")


def test_the_kind_of_a_written_connection_is_seen_from_its_address(config: Path) -> None:
    config.write_text('[connections.box]\nurl = "http://127.0.0.1:11434/api/chat"\n')
    assert (connection("box").kind, connection("box").settings.url) == ("ollama", "http://127.0.0.1:11434")


def test_the_named_file_may_stand_in_quotes_and_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_CONFIG", '"~/own.toml"')
    (tmp_path / "own.toml").write_text('[connections.own]\nurl = "http://127.0.0.1:9/v1"\n')
    assert connection("own").kind == "openai"
