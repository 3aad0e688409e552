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


@pytest.mark.parametrize("text", ["sk-geheim", "env:", "file:/etc/passwd", ""])
def test_a_key_itself_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(KeyReferenceError) as caught:
        KeyReference(text)
    assert "geheim" not in str(caught.value)
    assert 'write "env:NAME"' in str(caught.value)
