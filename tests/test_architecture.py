"""Data flows one way: a module imports only from rooms above it, and every room is documented."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from functools import cache
from pathlib import Path

import pytest

import analysis

PACKAGE = Path(analysis.__file__).parent

#: Rooms of the package from the first to the last; each knows only those before it.
ROOMS = (
    "errors",
    "wording",
    "csv_lines",
    "files",
    "output",
    "versions",
    "workspace",
    "tasks",
    "seeds",
    "prices",
    "sessions",
    "engine",
    "scale",
    "reactions",
    "chapters",
    "report",
    "commands",
    "drafting",
    "__main__",
)
#: What the engine may know: no session of an exchange, no market, no price source, no file.
ENGINE_KNOWS = {"", "errors", "wording", "tasks", "engine"}


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for file in PACKAGE.rglob("*.py"):
        if "_founding" not in file.parts:
            name = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = file
    return found


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@cache
def imports(file: Path) -> set[str]:
    """Modules of the package a file imports when it runs (not for type checking only)."""
    known = modules()
    quiet = {
        id(part)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for part in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom) and id(node) not in quiet and node.module:
            for name in node.names:
                full = f"{node.module}.{name.name}"
                found.add(full if full in known else node.module)
    return {name for name in found if name.split(".")[0] == "analysis"}


def test_every_module_stands_in_a_room():
    assert {room(name) for name in modules()} - {""} == set(ROOMS)


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_only_from_rooms_above_it(name):
    known = modules()
    if name == "analysis":
        return  # loads its public names on first use
    above = set(ROOMS[: ROOMS.index(room(name)) + 1]) | {""}
    assert {room(other) for other in imports(known[name])} <= above


@pytest.mark.parametrize("name", sorted(n for n in modules() if n.startswith("analysis.engine")))
def test_the_engine_knows_no_market_session_or_file(name):
    known = modules()
    text = known[name].read_text(encoding="utf-8")
    assert {room(other) for other in imports(known[name])} <= ENGINE_KNOWS
    assert not re.search(r"\b(open|read_csv|read_parquet|read_text|write_text|Path)\(", text)


#: Symbols, names and days of the founding case: they stand in seeds/ and data/.
FOUNDING = re.compile(
    r"\bNVDA\b|\bNvidia\b|\^(N225|TWII|HSI|HSCE|GSPC|SOX|VIX)\b|\bH20\b|[Tt]ariff|"
    r"S&P 500|Nikkei|Taiex|TAIEX|Hang Seng|\b2025-(0[1-9]|1[0-2])-"
)
#: A line of documentation or of a message that shows how a value is written may use them.
EXAMPLES = re.compile(r"e\.g\.|[Ff]or example|[Ss]uch as|\blike \d|``|>>>|Pass symbols")
LIBRARY = ("engine", "prices", "sessions", "reactions", "scale", "chapters", "report")


@pytest.mark.parametrize("name", sorted(n for n in modules() if room(n) in LIBRARY))
def test_no_founding_symbol_date_or_episode_in_library_code(name):
    lines = modules()[name].read_text(encoding="utf-8").splitlines()
    assert [li for li in lines if FOUNDING.search(li) and not EXAMPLES.search(li)] == []


def compared_texts(tree: ast.AST) -> set[object]:
    """Every constant that stands in a comparison, alone or in a list, or in a case."""
    places = [n for n in ast.walk(tree) if isinstance(n, ast.Compare | ast.MatchValue)]
    return {p.value for n in places for p in ast.walk(n) if isinstance(p, ast.Constant)}


def test_only_the_models_compare_names_of_models():
    # what is special about a model is a field of its record
    from analysis.engine.models import MODELS

    found = {
        name: compared_texts(tree(file)) & set(MODELS)
        for name, file in modules().items()
        if not name.startswith("analysis.engine.models")
    }
    assert {name: names for name, names in found.items() if names} == {}


#: What is written once: a pattern of its second copies, and the modules that may hold it.
ONE_HOME = {
    "the hash of a content": (r"hashlib\.sha256\(.|\.hexdigest\(", {"files", "versions"}),
    "the writer of whole files": (r"mkstemp|NamedTemporaryFile|\}\.tmp", {"files"}),
    "the first close after an instant": (
        r"searchsorted\((\w+\.)*closes?(_at)?, .*right", {"sessions.calendars"},
    ),
    "Newey and West's weights": (r"lag / \(lags \+ 1\)", {"engine.regression"}),
    "an instant in a file": (r"%Y-%m-%dT%H:%M:%SZ", {"wording"}),
    "the level of a test": (r"LEVEL = 0\.05|level: float = 0\.05|p_value\S* <=? 0\.05", {"engine"}),
}  # fmt: skip


@pytest.mark.parametrize("subject", ONE_HOME)
def test_what_has_one_home_is_written_nowhere_else(subject):
    pattern, homes = ONE_HOME[subject]
    found = {
        name.removeprefix("analysis.")
        for name, file in modules().items()
        if re.search(pattern, file.read_text(encoding="utf-8"))
    }
    assert found - {"report.render"} <= homes  # a browser wants its hash in base64
    assert found


def test_modules_of_one_name_say_which_the_other_is():
    # arrays in the engine, their use on markets in reactions, over partitions in scale: each says
    # where the first home is; chapters tell all of them, drafting and commands are their own doors
    homes: dict[str, list[str]] = {}
    for name in sorted(modules(), key=lambda n: [*ROOMS, ""].index(room(n))):
        if room(name) not in ("chapters", "drafting") and not name.endswith(("commands", "_")):
            homes.setdefault(name.rpartition(".")[2], []).append(name)
    silent = [
        name
        for first, *others in homes.values()
        for name in others
        if first not in (ast.get_docstring(tree(modules()[name])) or "")
    ]
    assert silent == []


def test_nothing_is_called_by_a_name_made_up_at_run_time():
    # fields of a record may be gone through; what is called, or composed, belongs into a table
    calls = [n for file in modules().values() for n in ast.walk(tree(file)) if type(n) is ast.Call]
    looked = [n for n in calls if ast.unparse(n.func) == "getattr"]
    called = [n.func for n in calls if n.func in looked]
    composed = [n for n in looked if isinstance(n.args[1], ast.JoinedStr | ast.BinOp | ast.Call)]
    found = composed + [n for n in called if not isinstance(n.args[1], ast.Constant)]
    assert [ast.unparse(n) for n in found] == []
    assert not {"eval", "exec", "globals", "locals"} & {ast.unparse(n.func) for n in calls}


def test_dates_stop_at_the_panel():
    # arrays with documented shapes below it, labels are put back by results
    for name, file in modules().items():
        if name.startswith(
            ("analysis.engine.models", "analysis.engine.abnormal", "analysis.engine.inference")
        ):
            text = file.read_text(encoding="utf-8")
            assert "pandas" not in text, name


def test_everything_public_is_documented():
    silent = []
    for info in pkgutil.walk_packages([str(PACKAGE)], "analysis."):
        if "_founding" in info.name or info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        if not (module.__doc__ or "").strip():
            silent.append(info.name)
        for name, thing in vars(module).items():
            ours = getattr(thing, "__module__", None) == info.name
            public = not name.startswith("_") and (
                inspect.isclass(thing) or inspect.isfunction(thing)
            )
            if ours and public and not (thing.__doc__ or "").strip():
                silent.append(f"{info.name}.{name}")
    assert silent == []


def test_importing_the_package_reads_and_loads_nothing():
    import subprocess
    import sys

    code = "import sys, analysis; sys.exit(bool({'pandas', 'numpy', 'yaml'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_texts_of_the_articles_are_not_in_the_project():
    # the seeds name the files of the five articles; none of them lies here
    names = [file.name for file in (PACKAGE.parent / "seeds").iterdir()]
    assert not [name for name in names if name.endswith(".txt")]


def test_public_names_of_the_package():
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        analysis.no_such_name  # noqa: B018
