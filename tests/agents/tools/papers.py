"""Documents as people and strangers make them, as bytes."""

import io
import zipfile
import zlib

import pypdf

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(*pages: str) -> bytes:
    """A PDF document with these pages; an empty one has a picture's place only."""
    streams = [b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % page.encode("latin-1") if page else b"" for page in pages]
    return pdf_of(*((b"<< /Length %d >>" % len(one), one) for one in streams))


def bomb(megabytes: int) -> bytes:
    """A PDF document with a page that is small only as it is packed."""
    packed = zlib.compress(b" " * (megabytes * 2**20), 1)
    return pdf_of((b"<< /Filter /FlateDecode /Length %d >>" % len(packed), packed))


def pdf_of(*contents: tuple[bytes, bytes]) -> bytes:
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(contents)))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, (head, stream) in enumerate(contents):
        parts.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number)
        )
        parts.append(head + b"\nstream\n" + stream + b"\nendstream")
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start)
    return bytes(out)


def locked(raw: bytes) -> bytes:
    """The same PDF document with a password."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(raw))
    writer.encrypt("geheim", algorithm="AES-256")
    held = io.BytesIO()
    writer.write(held)
    return held.getvalue()


def docx(body: str) -> bytes:
    """A Word document with this body."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        text = f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
        archive.writestr("word/document.xml", text)
    return held.getvalue()


def paragraph(text: str, style: str = "", hidden: bool = False) -> str:
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    veiled = "<w:rPr><w:vanish/></w:rPr>" if hidden else ""
    return f"<w:p>{named}<w:r>{veiled}<w:t>{text}</w:t></w:r></w:p>"
