"""Entry point: builds the parser, runs one verb, turns errors into plain words and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Sequence

from shuibei_index.cli.output import keep_stdout, say, show_error
from shuibei_index.cli.parsing import Parser
from shuibei_index.errors import (
    GateError,
    RulesError,
    ShuibeiIndexError,
    ShuibeiIndexWarning,
    StoreError,
    TreeError,
    UsageError,
    WorkspaceError,
)

#: Verbs in the order of the monthly round. Each is a module of this package with HELP, EXAMPLES, arguments() and run().
VERBS = (
    "init",
    "simulate",
    "template",
    "intake",
    "validate",
    "status",
    "query",
    "compile",
    "replace",
    "adjust",
    "explain",
    "influence",
    "bullion",
    "compare",
    "review",
    "release",
    "lint-text",
    "calendar",
    "verify",
    "keys",
    "site",
    "export",
    "revise",
    "vintages",
    "compliance",
    "store",
    "escalate",
    "run",
    "rules",
    "demo",
)

_DESCRIPTION = """\
水贝·中国珠宝指数编制 — compile the Shuibei China Jewelry Index:
raw enterprise files → intake → validate → aggregate → index → adjust → release."""

_EPILOG = """\
examples:
  shuibei-index demo --out out/demo                       原始报表到发布的完整示例 the whole chain on the sample
  shuibei-index simulate WS --from 2019-01 --to 2024-12 --seed 7
  shuibei-index run --workspace WS --month 2025-06        一个月从收表到发布 one month, inbox to release
  shuibei-index explain 0101 --workspace WS --month 2025-06
  shuibei-index verify WS/releases/2025-06

exit codes 退出码: 0 done 完成; 1 could not compute 无法计算; 2 wrong usage 用法错误;
  3 data did not pass a gate 数据未过门槛
'shuibei-index VERB --help' shows each verb's options and examples."""


def parser(verbs: Sequence[str] = VERBS) -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    from shuibei_index.version import __version__

    top = Parser(
        "shuibei-index",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"shuibei-index {__version__}")
    chosen = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in verbs:
        module = importlib.import_module(f"shuibei_index.cli.{verb.replace('-', '_')}")
        sub = chosen.add_parser(
            verb,
            help=module.HELP,
            description=module.HELP,
            epilog="examples:\n" + module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(sub)
        sub.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
        sub.set_defaults(run=module.run)
    return top


#: What the Chinese line says where only the English one knows the place: the first kind that fits.
_KINDS: tuple[tuple[type[ShuibeiIndexError], str], ...] = (
    (RulesError, "规则文件有误或没有该月的取值，位置与原因见下一行"),
    (TreeError, "分类树有误，位置与原因见下一行"),
    (StoreError, "库被占用、已损坏或由更新的版本写成，详见下一行"),
    (WorkspaceError, "工作区的文件缺失或有误，详见下一行"),
    (GateError, "数据未过门槛，详见下一行"),
    (UsageError, "用法有误，详见下一行"),
    (ShuibeiIndexError, "无法完成，原因见下一行"),
)


def _zh(error: ShuibeiIndexError) -> str:
    return next(text for kind, text in _KINDS if isinstance(error, kind))


def _show_warning(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
    # what the user should know is said once and plainly, without the place in our code
    if not issubclass(category, ShuibeiIndexWarning):
        say(f"{category.__name__}: {message}")
    elif str(message) not in _SAID:
        _SAID.add(str(message))
        say(f"注意 warning: {message}")


_SAID: set[str] = set()


class _Ended(BaseException):
    """Somebody ended the command (SIGTERM): like Ctrl-C, everything begun is taken back."""


def _end(number: int, frame: object) -> None:
    raise _Ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # a console in another encoding must not turn a Chinese message into a crash
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if argv is None:
        keep_stdout()
    arguments = list(sys.argv[1:] if argv is None else argv)
    # building one verb's parser is enough when the verb is known; the rest would only cost time
    verbs = (arguments[0],) if arguments and arguments[0] in VERBS else VERBS
    options = parser(verbs).parse_args(arguments)
    warnings.simplefilter("always", ShuibeiIndexWarning)
    warnings.showwarning = _show_warning
    ended = signal.signal(signal.SIGTERM, _end) if threading.current_thread() is threading.main_thread() else None
    try:
        return int(options.run(options))
    except ShuibeiIndexError as error:
        zh = error.zh or _zh(error)
        show_error(str(error), zh, error.exit_code, as_json=getattr(options, "json", False))
        return error.exit_code
    except BrokenPipeError:
        # the reader of our output went away (e.g. `| head`): nothing left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        show_error(
            "too little memory: the command stopped, and nothing partial was left behind. Close other programs, lift a "
            "limit (ulimit -v, that of a container), or give fewer months at a time (--from, --to)",
            "内存不足，命令已停止，未写入任何不完整的结果；请关闭其他程序、放宽内存限制，或分月运行（--from、--to）",
            1,
            as_json=getattr(options, "json", False),
        )
        return 1
    except OSError as error:
        show_error(
            f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), "文件系统错误", 1, as_json=options.json
        )
        return 1
    except KeyboardInterrupt:
        say("中断，未写入任何不完整的结果 / interrupted; nothing partial was left behind")
        return 130
    except _Ended:
        say("被终止，未写入任何不完整的结果 / ended from outside; nothing partial was left behind")
        return 143
    finally:
        if ended is not None:
            signal.signal(signal.SIGTERM, ended)
