"""核验发布包 Check a release bundle with Python 3.9 or later alone: python check_release.py BUNDLE [KEY or KEY.pub]."""

import base64, hashlib, json, re, sys  # noqa: E401, I001
from pathlib import Path

SIG, LIMITS = "manifest.json.minisig", "未比对 not compared: 各格式 formats, 公报 bulletins, 密钥有效期 dates of keys\n"
FORM = re.compile(
    r"untrusted comment: .*\n(R[UW][Q-T][\w+/=]{97})\ntrusted comment: ([ -~\t]*)\n([\w+/=]{88})\n?", re.A
)
NEEDED = {f"{t}.{k}" for t in ("indices", "contributions", "links", "quality", "revisions") for k in ("csv", "parquet")}
NEEDED |= {"indices.json", "datapackage.json", "bulletin.zh.html", "bulletin.en.html"}
P, L, D = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493, -121665 * pow(121666, -1, 2**255 - 19)
BASE = 15112221349535400772501151409588531511454012693041857206046113283949847762202, 4 * pow(5, -1, P) % P


def _confirms(key: bytes, signature: bytes, text: bytes) -> bool:  # s B - n A = R: RFC 8032, section 5.1.7
    s, n = (int.from_bytes(b, "little") for b in (signature[32:], hashlib.sha512(signature[:32] + key + text).digest()))
    y, total = int.from_bytes(key, "little") % 2**255, (0, 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P) * (1 if pow(square, P // 4, P) == 1 else pow(2, P // 4, P)) % P
    minus = P - x if x % 2 == key[31] >> 7 else x, y
    for bit in range(254, -1, -1):
        for a, b in (total, BASE if s >> bit & 1 else (0, 1), minus if n % L >> bit & 1 else (0, 1)):
            k, u, v = D * a * total[0] * b * total[1], a * total[1] + b * total[0], a * total[0] + b * total[1]
            total = u * pow(1 + k, -1, P) % P, v * pow(1 - k, -1, P) % P
    return s < L and (total[1] + (total[0] % 2 << 255)).to_bytes(32, "little") == signature[:32]


def check(folder: str, key: str = "") -> "tuple[list[str], str]":
    """Return what is wrong with a bundle, and the key that signed it. A symbolic link counts as a missing file."""
    files = {p.relative_to(folder).as_posix(): p for p in Path(folder).rglob("*") if p.is_file() and not p.is_symlink()}
    there = {path: [p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest()] for path, p in files.items()}
    text = files["manifest.json"].read_bytes()
    stated = {entry["path"]: [entry["bytes"], entry["sha256"]] for entry in json.loads(text)["files"]}
    wrong = ["manifest.json: 版本未知 unknown schema_version"] if json.loads(text)["schema_version"] != "1" else []
    for p in sorted({*stated, *(({*there} | NEEDED) - {"manifest.json", SIG})}):
        fault = (
            "缺失 missing" if p not in there else "被改动 changed" if p in stated else "清单未列 not in the manifest"
        )
        wrong += [f"{p}: {fault}"] if p not in stated or stated[p] != there.get(p) else []
    form = FORM.fullmatch(files[SIG].read_bytes().decode("utf-8", "replace")) if SIG in files else None
    signed, sealed = (base64.b64decode(form[n]) for n in (1, 3)) if form else (b"", b"")
    holds = form is not None or (SIG not in files and not key)
    if form and key:
        own = base64.b64decode(Path(key).read_text().split("\n")[1] if key.endswith(".pub") else key)
        message = text if signed[:2] == b"Ed" else hashlib.blake2b(text).digest()
        holds = own[:10] == b"Ed" + signed[2:10] and _confirms(own[10:], signed[10:], message)
        holds = holds and _confirms(own[10:], sealed, signed[10:] + form[2].encode())
    wrong += [] if holds else [f"{SIG}: 没有此密钥对清单的有效签名 no signature of the manifest by this key"]
    said = "已核验 checked" if key and holds else "来源未核验 origin not checked: integrity only"
    return wrong, f"签名密钥 signed by key {signed[9:1:-1].hex().upper() or '–'}, {said}"


if __name__ == "__main__":
    try:
        wrong, origin = check(*sys.argv[1:3])
    except (LookupError, OSError, TypeError, ValueError) as error:
        sys.exit(f"无法核验 cannot be checked: {error!r}\n{__doc__}")
    sys.stdout.write("\n".join([*wrong, origin, LIMITS]))
    sys.exit(1 if wrong else 0)
