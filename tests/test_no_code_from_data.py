"""Nothing in the package turns data into code: no pickle, no eval, no shell, no entities in XML, no wild unpacking."""

import ast
from pathlib import Path

import pytest

import shuibei_index

PACKAGE = Path(shuibei_index.__file__).parent
TOOLS = PACKAGE.parent / "tools"
FILES = sorted(p for p in [*PACKAGE.rglob("*.py"), *TOOLS.glob("*.py")] if p.is_file())

#: Modules whose loading of data runs code, or that parse XML without care for entities.
MODULES = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "yaml",
    "jsonpickle",
    "pty",
    "code",
}
MODULES |= {"xml.sax", "xml.dom", "xml.dom.minidom", "xml.dom.pulldom", "telnetlib", "imp"}
#: Names that run text, wherever they stand.
NAMES = {"eval", "exec", "compile", "__import__", "execfile", "input"}
#: Attributes: module or object, name. "*" = of anything.
ATTRIBUTES = {
    ("os", "system"), ("os", "popen"), ("*", "read_pickle"), ("*", "to_pickle"), ("*", "eval"), ("tempfile", "mktemp"),
    ("*", "enable_load_extension"), ("*", "load_extension"), ("*", "getstatusoutput"), ("*", "getoutput"),
    ("*", "extract"), ("*", "extractall"), ("*", "unpack_archive"), ("builtins", "*"), ("*", "executescript"),
    ("*", "run_module"), ("*", "run_path"), ("*", "exec_module"),
}  # fmt: skip
#: Where one of these is right, and why.
ALLOWED = {
    ("shuibei_index/sample.py", "extractall"): "the archive that comes with the package, which refuses names outside",
    ("shuibei_index/intake/child/book.py", "xml.etree"): "names the error; files are parsed by the three beside it",
    ("shuibei_index/intake/child/ods.py", "xml.etree"): "in a child under limits, after a document type is refused",
    ("shuibei_index/intake/child/xlsx.py", "xml.etree"): "in a child under limits, after a document type is refused",
    ("shuibei_index/release/linting/docx.py", "xml.etree"): "reads what the same guarded archive reader gave",
    ("shuibei_index/release/formats/sdmx/messages.py", "lxml"): "entities and network are switched off",
    ("shuibei_index/release/formats/sdmx/structure.py", "lxml"): "parses what it has just written",
}


def places(source: str) -> list[tuple[int, str]]:
    """Return what is forbidden in a source: line and name."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [(node.lineno, name) for name in _imported(node)]
        elif isinstance(node, ast.Name) and node.id in NAMES:
            found.append((node.lineno, node.id))
        elif isinstance(node, ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else ""
            if not {(of, node.attr), ("*", node.attr), (of, "*")}.isdisjoint(ATTRIBUTES) and not _regular(node):
                found.append((node.lineno, node.attr))
        elif isinstance(node, ast.Call):
            found += [(node.lineno, words) for words in _call(node)]
    return found


def _imported(node):
    module = "" if isinstance(node, ast.Import) else node.module or ""
    for alias in node.names:
        whole = f"{module}.{alias.name}".lstrip(".")
        if whole.startswith("xml.etree"):
            yield "xml.etree"
        elif whole.startswith("lxml"):
            yield "lxml"
        elif module in MODULES or whole in MODULES or whole.partition(".")[0] in MODULES:
            yield whole


def _regular(node) -> bool:
    # `re.compile` and the string method `str.extract` are not what is meant by these names
    return node.attr == "extract" and isinstance(node.value, ast.Attribute) and node.value.attr == "str"


def _call(node):
    given = {k.arg: k.value for k in node.keywords}
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for switch in ("shell", "allow_pickle", "resolve_entities", "huge_tree", "load_dtd"):
        value = given.get(switch)
        if value is not None and not (isinstance(value, ast.Constant) and value.value is False):
            yield f"{switch}="
    # numpy's own default refuses pickles; the text of a query is code for pandas, so it must stand in the source
    text = node.args[0] if node.args else given.get("expr")
    if name == "query" and not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        yield "query(made up)"
    if name in ("Popen", "run", "check_output", "call") and isinstance(
        node.args[0] if node.args else None, ast.JoinedStr
    ):
        yield "a command as one text"


@pytest.fixture(scope="module")
def found():
    """Every place in every file: name of the file, what is there → lines."""
    there = {}
    for path in FILES:
        for line, what in places(path.read_text("utf-8")):
            there.setdefault((path.relative_to(PACKAGE.parent).as_posix(), what), []).append(line)
    return there


def test_nothing_turns_data_into_code(found):
    assert len(FILES) > 500
    assert not {key: lines for key, lines in found.items() if key not in ALLOWED}


def test_every_exception_is_still_needed(found):
    assert not {key for key in ALLOWED if key not in found and (PACKAGE.parent / key[0]).exists()}


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import pickle", "pickle"),
        ("from pickle import loads", "pickle.loads"),
        ("from os import path\nimport os\nos.system('ls')", "system"),
        ("x = eval('1')", "eval"),
        ("run = exec", "exec"),
        ("import subprocess\nsubprocess.run('ls', shell=True)", "shell="),
        ("import subprocess\nsubprocess.run('ls', shell=on)", "shell="),
        ("np.load(f, allow_pickle=True)", "allow_pickle="),
        ("frame.query(f'a == {x}')", "query(made up)"),
        ("frame.query(words)", "query(made up)"),
        ("frame.eval('a + b')", "eval"),
        ("import xml.etree.ElementTree as e", "xml.etree"),
        ("from xml.etree import ElementTree", "xml.etree"),
        ("archive.extractall(root)", "extractall"),
        ("import tempfile\ntempfile.mktemp()", "mktemp"),
        ("import yaml", "yaml"),
        ("pd.read_pickle(p)", "read_pickle"),
        ("connection.enable_load_extension(True)", "enable_load_extension"),
    ],
)
def test_the_guard_sees(source, what):
    assert what in [found for _, found in places(source)]


def test_the_guard_lets_ordinary_code_pass():
    plain = "import re, subprocess\nre.compile('a')\nsubprocess.run(['ls'])\nframe.query('a > 1')\ns.str.extract('(a)')"
    assert places(plain) == []


def test_xml_of_workbooks_comes_from_the_guarded_reader_alone():
    """Every text ElementTree parses is what `Archive.read_xml` gave, which refuses document types and entities."""
    for name in ("ods", "xlsx"):
        text = (PACKAGE / "intake" / "child" / f"{name}.py").read_text("utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ElementTree":
                assert node.attr in ("fromstring", "Element", "ParseError", "iterparse"), f"{name}.py: {node.attr}"
        assert "refuse_doctype" in text
