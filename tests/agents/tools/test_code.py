"""Python that models write: what it may do is done, and what it may not is stopped and said on one line."""

import asyncio
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from agents.calling import once, session_of
from autogen_agentchat.agents import CodeExecutorAgent
from autogen_agentchat.messages import TextMessage
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock

from workbench.agents.tools import code, executor
from workbench.agents.tools.confined import _child, why_not_confined
from workbench.errors import ToolFailedError, UnsupportedError, UsageError

pytestmark = pytest.mark.skipif(bool(why_not_confined()), reason="this machine cannot confine a process")

REFUSED = "it may use no file outside its folder, no network and no other process"


async def ran(folder: Path, written: str, **limits: Any) -> str:
    return str(await code(folder, **limits).run_json({"code": written}, CancellationToken()))


async def failed(folder: Path, written: str, **limits: Any) -> str:
    with pytest.raises(ToolFailedError) as caught:
        await ran(folder, written, **limits)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_it_shows_what_is_printed_the_last_value_and_files(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    told = await ran(folder, "print('a')\nopen('x.csv', 'w').write('1;2')\nopen('x.csv').read() + '\\x1b[31m'")
    assert told == "a\n1;2␛[31m\n(Files made or changed: x.csv)"
    assert await ran(
        folder, "import asyncio, shutil\nshutil.copy2('x.csv', 'y.csv')\nasyncio.run(asyncio.sleep(0))"
    ) == ("(It wrote nothing.)\n(Files made or changed: y.csv)")
    assert "left out] …\nx" in await ran(folder, "print('x' * 5000)", characters=200)


async def test_what_former_code_left_is_not_run_before_it_is_confined(tmp_path: Path) -> None:
    names = ("_wmi", "winreg", "vms_lib", "java", "_winapi", "sitecustomize", "usercustomize", "ctypes", "json", "own")
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    left = f"open({str(outside)!r}, 'w')"
    await ran(folder, f"for name in {names}: open(name + '.py', 'w').write({left!r})")
    assert REFUSED in await failed(folder, "import platform, json\nplatform.uname()\nimport own")
    assert not outside.exists()


async def test_what_is_installed_can_be_used(tmp_path: Path) -> None:
    assert await ran(tmp_path, "import pandas as pd\npd.DataFrame({'a': [1, 2]})['a'].sum()", seconds=120) == (
        "np.int64(3)"
    )


STOPPED = {
    "while True: pass": "stopped after 3 seconds",
    "import time\ntime.sleep(1000)": "stopped after 3 seconds",
    "print('begun')\nx = bytearray(8 * 2**30)": "more than the 256 MB that it may, after it wrote 'begun'",
    "import mmap\nkept = [mmap.mmap(-1, 2**27) for _ in range(80)]": "Cannot allocate memory",
    "while True: print('x' * 1000)": "it wrote too much",
    "while True: open('big', 'ab').write(bytes(10**6))": "",
    "n = 0\nwhile True: open(str(n := n + 1), 'wb').write(bytes(10**6))": "filled its folder by more than 20 MB",
    "n = 0\nwhile True: open(str(n := n + 1), 'w')": "filled its folder",
    "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()": "",
    "1 / 0": "line 1: ZeroDivisionError: division by zero",
    "x = (": "line 1: SyntaxError",
    "import os\nos.abort()": "crashed (SIGABRT)",
    "import sys\nsys.exit(3)": "ended itself with status 3",
    "raise ValueError('a\\u202eb\\nc')": "a\\u202eb c",
}


@pytest.mark.parametrize("written", STOPPED)
async def test_what_takes_too_much_is_stopped_and_said(tmp_path: Path, written: str) -> None:
    seconds = 3 if "3 seconds" in STOPPED[written] else 60
    told = await failed(tmp_path / "folder", written, seconds=seconds, memory_mb=256, files_mb=20)
    assert STOPPED[written] in told


async def test_a_folder_that_cannot_be_watched_any_more_runs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    tool = code(folder)
    assert "filled its folder" in await failed(folder, "import os\nwhile True: os.mkdir('d'); os.chdir('d')")
    with pytest.raises(ToolFailedError, match="somebody has to clear it"):
        await tool.run_json({"code": "1"}, CancellationToken())
    with pytest.raises(UsageError, match="they lie too deep"):
        code(folder)
    subprocess.run(["rm", "-rf", str(folder)], check=True)  # noqa: ASYNC221 - it lies too deep for Python's own


def test_what_it_may_not_do_fails(tmp_path: Path) -> None:
    """All in one process, as each attempt that fails changes nothing: one line each for what went through."""
    listening = socket.create_server(("127.0.0.1", 0))
    unix = socket.socket(socket.AF_UNIX)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("hunter2", encoding="utf-8")
    unix.bind(str(outside / "socket"))
    unix.listen()
    mode = (outside / "secret").stat().st_mode
    attempts = f"""
import ctypes, fcntl, mmap, os, resource, signal, socket, subprocess, multiprocessing
libc, out, parent = ctypes.CDLL(None, use_errno=True), {str(outside)!r}, os.getppid()
def syscall(*numbers):
    if libc.syscall(*numbers) < 0: raise OSError(ctypes.get_errno(), "")
def owned():
    r, w = os.pipe(); fcntl.fcntl(r, fcntl.F_SETOWN, parent)
attempts = dict(
    read=lambda: open(out + "/secret").read(), write=lambda: open(out + "/new", "w"), listing=lambda: os.listdir(out),
    append=lambda: open(out + "/secret", "a"), truncate=lambda: os.truncate(out + "/secret", 0),
    remove=lambda: os.remove(out + "/secret"), rename=lambda: os.rename(out + "/secret", "taken"),
    link=lambda: os.link(out + "/secret", "taken"), symlink=lambda: os.symlink(out + "/secret", "taken"),
    mkdir=lambda: os.mkdir(out + "/new"), up=lambda: open("../outside/secret"), fifo=lambda: os.mkfifo("pipe"),
    passwd=lambda: open("/etc/passwd"), environ=lambda: open(f"/proc/{{parent}}/environ"),
    memory=lambda: open(f"/proc/{{parent}}/mem", "r+b"), home=lambda: os.listdir(os.path.expanduser("~root")),
    chown=lambda: os.chown(out + "/secret", 0, 0), mknod=lambda: os.mknod("node", 0o20600),
    chroot=lambda: os.chroot("."), tcp=lambda: socket.create_connection(("127.0.0.1", {listening.getsockname()[1]})),
    udp=lambda: socket.socket(type=2), unix=lambda: socket.socket(socket.AF_UNIX),
    datagrams=lambda: socket.socketpair(type=socket.SOCK_DGRAM), netlink=lambda: socket.socket(socket.AF_NETLINK),
    raw=lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW), fork=lambda: os.fork() or os._exit(0),
    spawn=lambda: os.posix_spawn("/bin/true", ["true"], {{}}), run=lambda: subprocess.run(["true"]),
    shell=lambda: os.system("true") and 1 / 0, pool=lambda: multiprocessing.Pool(1),
    execute=lambda: os.execv("/bin/true", ["true"]), kill=lambda: os.kill(parent, 0),
    group=lambda: os.killpg(parent, 0), everyone=lambda: os.kill(-1, 0), own=owned,
    limit=lambda: resource.prlimit(parent, resource.RLIMIT_CPU, (9, 9)), memfd=lambda: os.memfd_create("x"),
    raised=lambda: resource.setrlimit(resource.RLIMIT_DATA, (-1, -1)), nice=lambda: os.setpriority(0, parent, 9),
    newest=lambda: syscall(463, 0), alone=lambda: libc.prctl(1, 0) and 1 / 0,
)
if os.uname().machine == "x86_64":
    attempts |= dict(
        trace=lambda: syscall(101, 16, parent, 0, 0), ring=lambda: syscall(425, 1, 0),
        bpf=lambda: syscall(321, 0, 0, 0), unshare=lambda: syscall(272, 0x10000000),
        other=lambda: syscall(0x40000000 + 39),
    )
for name, attempt in attempts.items():
    try: attempt()
    except (OSError, ValueError, ZeroDivisionError): continue
    print("went through:", name)
os.chmod(out + "/secret", 0o777)
print(sorted(os.environ))
"""
    told = asyncio.run(ran(tmp_path / "folder", attempts, seconds=60))
    listening.close()
    unix.close()
    assert told.splitlines() == [
        "['HOME', 'LANG', 'MALLOC_ARENA_MAX', 'MKL_NUM_THREADS', 'OMP_NUM_THREADS', "
        "'OPENBLAS_NUM_THREADS', 'PATH', 'TMPDIR']"
    ]
    assert sorted(file.name for file in outside.iterdir()) == ["secret", "socket"]
    assert (outside / "secret").read_text(encoding="utf-8") == "hunter2"
    assert (outside / "secret").stat().st_mode == mode


@pytest.mark.parametrize(
    "written",
    [
        "open('/etc/passwd')",
        "open('/tmp/made-by-a-model', 'w')",
        "import os\nwhile True: os.fork()",
        "import socket\nsocket.create_connection(('127.0.0.1', 80))",
        "import urllib.request\nurllib.request.urlopen('http://example.org')",
        "import subprocess\nsubprocess.run(['ls'])",
    ],
)
async def test_what_it_may_not_do_is_said_with_the_reason(tmp_path: Path, written: str) -> None:
    assert REFUSED in await failed(tmp_path, written)
    assert not Path("/tmp/made-by-a-model").exists()


async def test_code_that_nobody_waits_for_any_more_is_ended(tmp_path: Path) -> None:
    written = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    running = asyncio.ensure_future(ran(tmp_path, written, seconds=600))
    pid = await begun(tmp_path)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await gone(pid)


def test_code_ends_with_the_process_that_runs_it(tmp_path: Path) -> None:
    written = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    program = (
        "import asyncio, sys\nfrom autogen_core import CancellationToken\nfrom workbench.agents.tools import code\n"
        "asyncio.run(code(sys.argv[1], seconds=600).run_json({'code': sys.argv[2]}, CancellationToken()))"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "folder"), written], cwd=Path.cwd())
    pid = asyncio.run(begun(tmp_path / "folder"))
    parent.kill()
    parent.wait()
    assert asyncio.run(gone(pid))


async def begun(folder: Path) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        await asyncio.sleep(0.1)
        if (folder / "pid").exists() and (text := (folder / "pid").read_text(encoding="utf-8")):
            return int(text)
    raise AssertionError("the code did not begin")


async def gone(pid: int) -> bool:
    for _ in range(100):
        if not psutil.pid_exists(pid):
            return True
        await asyncio.sleep(0.1)
    return False


async def test_a_session_asks_before_code_is_run(tmp_path: Path) -> None:
    session = session_of(once(("run_python", {"code": "open('x', 'w')"})), code(tmp_path))
    await session.run()
    assert [call.tool for call in session.waiting] == ["run_python"]
    assert list(tmp_path.iterdir()) == []


async def test_an_executor_runs_the_blocks_of_an_agent(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="No approval function"):  # a session sees to that
        agent = CodeExecutorAgent("runner", code_executor=executor(tmp_path))
    said = TextMessage(content="```python\nprint(6 * 7)\n```", source="user")
    answer = await agent.on_messages([said], CancellationToken())
    assert "42" in answer.chat_message.to_text()
    own = executor(tmp_path, seconds=2)
    looping = await own.execute_code_blocks([CodeBlock("while True: pass", "python")], CancellationToken())
    assert (looping.exit_code, "stopped after 2 seconds" in looping.output) == (1, True)
    shell = await own.execute_code_blocks([CodeBlock("ls", "sh")], CancellationToken())
    assert (shell.exit_code, shell.output) == (1, "Only Python is run, and not 'sh'.")


@pytest.mark.parametrize("folder", ["~", ".", "/", sys.prefix, sys.executable, "", None, "\0"])
def test_folders_with_what_runs_outside_are_refused(folder: Any) -> None:
    with pytest.raises(UsageError) as caught:
        code(folder)
    assert "\n" not in str(caught.value)


def test_where_nothing_can_be_confined_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.agents.tools._code.why_not_confined", lambda: "the kernel has no Landlock")
    with pytest.raises(UnsupportedError, match=r"the kernel has no Landlock.*unconfined=True"):
        code(tmp_path)
    assert "should use no network" in code(tmp_path, unconfined=True).description


async def test_a_process_that_cannot_be_confined_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_child, "_SYSTEM", ("/",))
    with pytest.raises(UnsupportedError, match="files could not be limited"):
        await ran(tmp_path, "open('x', 'w')")
    assert list(tmp_path.iterdir()) == []
