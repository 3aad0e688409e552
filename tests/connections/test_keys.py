from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from workbench.connections import KeyReference, connect
from workbench.errors import KeyReferenceError


class MemoryKeyring(KeyringBackend):
    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return {("workbench", "gpu"): "aus dem Schlüsselbund"}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


@pytest.fixture
def _memory_keyring() -> object:
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


def test_an_environment_variable_is_read_at_use(monkeypatch: pytest.MonkeyPatch) -> None:
    key = KeyReference("env:GPU_KEY")
    monkeypatch.setenv("GPU_KEY", " geheim\n")
    assert key.reveal() == "geheim"
    monkeypatch.delenv("GPU_KEY")
    with pytest.raises(KeyReferenceError, match="set GPU_KEY"):
        key.reveal()


@pytest.mark.usefixtures("_memory_keyring")
def test_the_keyring_is_read_at_use() -> None:
    assert KeyReference("keyring:gpu").reveal() == "aus dem Schlüsselbund"
    with pytest.raises(KeyReferenceError, match="keyring set workbench other"):
        KeyReference("keyring:other").reveal()


@pytest.mark.parametrize("text", ["sk-geheim", "env:", "file:", ""])
def test_a_key_itself_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(KeyReferenceError) as caught:
        KeyReference(text)
    assert "geheim" not in str(caught.value)
    assert 'write "env:NAME"' in str(caught.value)


def test_a_file_that_only_its_owner_reads_is_read_at_use(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("geheim-4711\nzweite Zeile\n")
    file.chmod(0o600)
    assert KeyReference(f"file:{file}").reveal() == "geheim-4711"
    file.chmod(0o640)
    with pytest.raises(KeyReferenceError, match=r"others may read this file \(mode 640\).*chmod 600") as caught:
        KeyReference(f"file:{file}").reveal()
    assert "geheim" not in str(caught.value)


def test_a_file_without_a_key_is_told(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(KeyReferenceError, match="cannot be read: No such file"):
        KeyReference(f"file:{file}").reveal()
    file.touch(mode=0o600)
    with pytest.raises(KeyReferenceError, match="empty"):
        KeyReference(f"file:{file}").reveal()


@pytest.mark.parametrize(
    "written",
    [
        '"geheim-4711"',
        "'geheim-4711'",
        "„geheim-4711“",
        "\ufeffgeheim-4711",
        "geheim-4711\u200b",
        "\u00a0geheim-4711\r\n",
    ],
)
def test_quotes_and_invisible_characters_round_a_key_are_left_out_and_said(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPU_KEY", written)
    assert KeyReference("env:GPU_KEY").reveal() == "geheim-4711"
    with pytest.warns(UserWarning, match="round the key of env:GPU_KEY are left out") as said:
        connect("gpu", "http://127.0.0.1:9/v1", key="env:GPU_KEY")
    assert "geheim" not in str(said[0].message)


@pytest.mark.parametrize("written", [" geheim-4711\n", 'geheim"4711', "geh eim", "Bearer geheim"])
def test_a_key_that_is_one_is_taken_as_it_is(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_KEY", written)
    assert KeyReference("env:GPU_KEY").reveal() == written.strip()
    assert KeyReference("env:GPU_KEY").notes == ()


@pytest.mark.usefixtures("_memory_keyring")
@pytest.mark.parametrize("sign", ["\u200b", "\u00a0", "\n", "\r", "\x00", "\u2028", "\u00ad", "\u3164"])
def test_an_invisible_character_within_a_key_is_named_and_the_key_is_not(
    sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryKeyring, "get_password", lambda *_: f"geheim{sign}4711")
    with pytest.raises(KeyReferenceError, match=rf"U\+{ord(sign):04X}.*keyring:gpu") as caught:
        KeyReference("keyring:gpu").reveal()
    assert "geheim" not in str(caught.value)
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_key_file_with_a_byte_order_mark_is_read(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    mark = "" if encoding in ("utf-8-sig", "utf-16") else "\ufeff"
    file.write_bytes(f"{mark}geheim-4711\r\nzweite Zeile\r\n".encode(encoding))
    file.chmod(0o600)
    assert KeyReference(f"file:{file}").reveal() == "geheim-4711"


def test_a_key_of_nothing_visible_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_KEY", '"\u200b"')
    with pytest.raises(KeyReferenceError, match=r"only blanks, quotes or invisible characters.*env:GPU_KEY"):
        KeyReference("env:GPU_KEY").reveal()
