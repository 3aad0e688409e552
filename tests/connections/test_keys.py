from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from workbench.connections import KeyReference
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
