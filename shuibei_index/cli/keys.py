"""``keys``: make the keys that sign releases, show one, sign a bundle that is there."""

import argparse
from typing import TYPE_CHECKING

from shuibei_index.cli.output import result, result_json
from shuibei_index.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

HELP = "签名密钥 keys that sign releases (ed25519, files of minisign)"
EXAMPLES = """\
  shuibei-index keys make --out ~/shuibei-keys --passphrase-file /secure/words    公私钥各一 a key pair, locked
  shuibei-index keys show ~/shuibei-keys/shuibei-index.pub
  shuibei-index keys sign WS/releases/2025-06 --key ~/shuibei-keys/shuibei-index.key --out 2025-06.minisig
  minisign -V -m WS/releases/2025-06/manifest.json -p shuibei-index.pub           不用本程序核验 without this program"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parts = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = parts.add_parser("make", help="生成密钥 make a key pair")
    make.add_argument("--out", required=True, metavar="DIR", help="工作区之外的文件夹 a folder outside the workspace")
    make.add_argument("--name", default="shuibei-index", metavar="NAME", help="文件名 name of the two files")
    show = parts.add_parser("show", help="显示公钥 show a public key")
    show.add_argument("file", help="公钥文件 the file of the public key (.pub)")
    sign = parts.add_parser("sign", help="另存签名 sign a bundle into a file of its own")
    sign.add_argument("bundle", help="发布包 the bundle's folder")
    sign.add_argument("--key", required=True, metavar="FILE", help="私钥文件 the file of the private key")
    sign.add_argument("--out", required=True, metavar="FILE", help="签名文件 the file of the signature")
    for part in (make, sign):
        passphrase_options(part)
    for part in (make, show, sign):
        # the option of the verb, after the action as well
        part.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def passphrase_options(parser: argparse.ArgumentParser) -> None:
    """Add the two ways to name a passphrase; the command line, which others can read, is none."""
    parser.add_argument(
        "--passphrase-file", default="", metavar="FILE", help="口令在此文件首行 first line = passphrase"
    )
    parser.add_argument(
        "--passphrase-env", default="", metavar="NAME", help="口令在此环境变量 variable with the passphrase"
    )


def passphrase(options: argparse.Namespace, *, default: bool = True) -> str:
    """Return the passphrase the options name."""
    from shuibei_index.pipeline.signer import passphrase_of

    if options.passphrase_file and options.passphrase_env:
        raise UsageError("give one of --passphrase-file and --passphrase-env", zh="口令来源只能给出一种")
    return passphrase_of(variable=options.passphrase_env, file=options.passphrase_file, default=default)


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    actions: dict[str, Callable[[argparse.Namespace], dict[str, str]]] = {"make": _make, "show": _show, "sign": _sign}
    told = actions[options.action](options)
    if options.json:
        result_json({name: text for name, text in told.items() if name != "words"})
    else:
        result(told["words"])
    return 0


def _make(options: argparse.Namespace) -> dict[str, str]:
    from shuibei_index.pipeline import signing

    words = passphrase(options, default=False)
    private, public, key = signing.make(options.out, options.name, words)
    lock = "有口令 locked by a passphrase" if words else "无口令 not locked: whoever reads the file can sign"
    told = [
        f"私钥 private key: {private} ({lock})",
        f"公钥 public key: {public}",
        f"编号 number: {key.name}",
        f"公布 to be published: {key.text}",
        "请另存私钥备份；workspace.toml 中以 signing_key 指定 keep a copy of the private key in a safe place; "
        "name it in workspace.toml as signing_key",
    ]
    return {
        "private": str(private),
        "public": str(public),
        "number": key.name,
        "key": key.text,
        "words": "\n".join(told),
    }


def _show(options: argparse.Namespace) -> dict[str, str]:
    from shuibei_index.pipeline import signing

    key = signing.show(options.file)
    return {"number": key.name, "key": key.text, "words": f"编号 number: {key.name}\n公钥 public key: {key.text}"}


def _sign(options: argparse.Namespace) -> dict[str, str]:
    from shuibei_index.pipeline import signing

    path, name = signing.sign(options.bundle, options.key, options.out, passphrase(options))
    check = f"shuibei-index verify {options.bundle} --signature {path} --public-key KEY"
    return {
        "signature": str(path),
        "number": name,
        "words": f"签名 signature: {path} (密钥 key {name})\n核验 check: {check}",
    }
