"""Certificates for tests, made by openssl: an authority of one's own, a server's and a client's."""

from __future__ import annotations

import subprocess
from pathlib import Path

_KIND = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def authority(folder: Path, name: str = "authority") -> Path:
    """A new authority; its certificate is NAME.pem beside its key NAME.key."""
    certificate = folder / f"{name}.pem"
    uses = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    named = ("-subj", f"/CN={name}", "-keyout", certificate.with_suffix(".key"), "-out", certificate)
    _openssl("req", "-x509", "-newkey", *_KIND, "-nodes", "-days", "2", *named, *uses)
    return certificate


def signed(folder: Path, by: Path, name: str, *, host: str = "127.0.0.1") -> Path:
    """A certificate that the authority has signed; its key is beside it."""
    certificate, asked = folder / f"{name}.pem", folder / f"{name}.csr"
    further = folder / f"{name}.ext"
    further.write_text(f"subjectAltName=IP:{host}\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n")
    named = ("-subj", f"/CN={name}", "-keyout", certificate.with_suffix(".key"), "-out", asked)
    _openssl("req", "-newkey", *_KIND, "-nodes", *named)
    signing = ("-CA", by, "-CAkey", by.with_suffix(".key"), "-CAcreateserial", "-extfile", further)
    _openssl("x509", "-req", "-in", asked, *signing, "-days", "2", "-out", certificate)
    return certificate


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
