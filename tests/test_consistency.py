"""The house rules of STYLE.md that no other tool holds: each is read off the source, not off good intentions."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.template import engines
from django.template.base import Node, NodeList
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.urls import URLPattern, URLResolver, get_resolver

from civic import collecting, env
from civic.cases import registry
from civic.cases.workflow import Workflow
from civic.celery import app as celery

ROOT = Path(__file__).resolve().parent.parent
APPS = ("civic", "volunteers", "requests_app", "communities", "supervision", "privacy", "insight")
LONGEST = 399
WIDEST = {".html": 160, ".css": 140}
# What Django and allauth ask for by name when they refuse.
REFUSALS = {"400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "503.html"}
MACHINE_PATHS = re.compile(r"/(?:work|root|Users)/\w|/home/(?!you\b|civic\b)\w")


def files(ending: str, *folders: str) -> list[Path]:
    """Returns the product's own files with this ending, below these folders of the root."""
    found = [path for folder in folders for path in (ROOT / folder).rglob(f"*{ending}")]
    return sorted(path for path in found if not {"node_modules", "var", ".git"} & set(path.parts[:-1]))


@pytest.fixture(scope="module", autouse=True)
def _a_million_nodes() -> Iterator[None]:
    """Has no search for cycles go through them, and keeps none of them when the tests here are done."""
    with collecting.resting():
        yield
        nodes_of.cache_clear()


@cache
def nodes_of(path: Path) -> dict[type[ast.AST], list[Any]]:
    """Returns the nodes of a Python file by their kind."""
    found: dict[type[ast.AST], list[Any]] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        found.setdefault(type(node), []).append(node)
    return found


Kind = TypeVar("Kind", bound=ast.expr | ast.stmt | ast.excepthandler)


def nodes(kind: type[Kind], *folders: str) -> Iterator[tuple[str, Kind]]:
    """Yields the nodes of this kind in every Python file below these folders, with the place to show."""
    for path in files(".py", *folders):
        shown = str(path.relative_to(ROOT))
        for node in nodes_of(path).get(kind, ()):
            yield f"{shown}:{node.lineno}", node


def test_every_beat_entry_names_a_task_that_workers_know() -> None:
    celery.loader.import_default_modules()
    wanted = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert wanted
    assert wanted <= set(celery.tasks)


def test_no_view_touches_a_manager() -> None:
    """Views start at an access function or a query (DESIGN section 6)."""
    managers = {"objects", "_default_manager", "_base_manager"}
    wrong = [
        place
        for place, node in nodes(ast.Attribute, *APPS)
        if node.attr in managers and re.search(r"/views(\.py|/)", place)
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_of_ours_listens_to_django_signals() -> None:
    names = [(place, alias.name) for place, node in nodes(ast.Import, *APPS) for alias in node.names]
    for place, node in nodes(ast.ImportFrom, *APPS):
        if node.module:
            names += [
                (place, node.module),
                *((place, f"{node.module}.{alias.name}") for alias in node.names),
            ]
    wrong = [
        place
        for place, name in names
        if name.startswith("django.dispatch") or re.search(r"\.signals\b", name)
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_prints_and_no_test_sleeps() -> None:
    """Lines for people go through the command's stdout or the log; tests wait for a fact."""
    calls = [(place, node.func) for place, node in nodes(ast.Call, *APPS, "tests")]
    printing = [
        place
        for place, func in calls
        if not place.startswith("tests/") and isinstance(func, ast.Name) and func.id == "print"
    ]
    assert not printing, "\n".join(printing)
    sleeping = [
        place
        for place, func in calls
        if place.startswith("tests/") and isinstance(func, ast.Attribute) and func.attr == "sleep"
    ]
    assert not sleeping, "\n".join(sleeping)


def test_no_error_is_swallowed_without_a_word() -> None:
    wrong = [
        place
        for place, node in nodes(ast.ExceptHandler, *APPS, "tests")
        if all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_to_do_later() -> None:
    marks = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    sources = [*files(".py", *APPS, "tests"), *files(".html", "templates"), *files(".js", "static")]
    assert [str(path.relative_to(ROOT)) for path in sources if marks.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("ending", [".py", ".html", ".css", ".js"])
def test_every_file_is_shorter_than_400_lines(ending: str) -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in files(ending, *APPS, "tests", "templates", "static", "benchmarks", "script")
        if "migrations" not in path.parts and (count := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}


@pytest.mark.parametrize("ending", WIDEST)
def test_no_line_of_templates_and_sheets_is_too_wide(ending: str) -> None:
    """What has no blank outside of Django's tags may be wider: a break there would break a tag or be seen as a gap."""
    tags = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files(ending, "templates", "static")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if len(line) > WIDEST[ending] and len(tags.sub("", line).split()) > 1
    ]
    assert not wide, "\n".join(wide)


def test_every_setting_from_the_environment_is_documented() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert [name for name in env.VARIABLES if not re.search(rf"\b{name}\b", text)] == []


def test_documents_name_no_path_of_somebodys_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in [*files(".md", "docs"), ROOT / "README.md", ROOT / "pyproject.toml"]
        if path.exists()
        for match in MACHINE_PATHS.finditer(path.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


# Workflows


def edges(workflow: Workflow) -> set[tuple[str, str]]:
    """Returns every step from one state to another that the table allows."""
    return {
        (source, target)
        for row in workflow.transitions
        for source in row.sources
        for target in row.targets(workflow, source)
    }


@pytest.mark.parametrize("workflow", registry.every(), ids=lambda workflow: workflow.kind)
def test_every_state_can_be_reached_and_every_open_one_left(workflow: Workflow) -> None:
    steps = edges(workflow)
    reached = {workflow.initial}
    while new := {target for source, target in steps if source in reached} - reached:
        reached |= new
    assert reached == set(workflow.states)
    for state in set(workflow.states) - set(workflow.final):
        assert any(source == state != target for source, target in steps), state


@pytest.mark.parametrize("workflow", registry.every(), ids=lambda workflow: workflow.kind)
def test_every_timer_calls_a_verb_that_the_system_may_use(workflow: Workflow) -> None:
    of_system = {row.verb for row in workflow.transitions if "system" in row.roles}
    assert set(workflow.timers.values()) <= of_system


# Routes


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        where = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, where)
        else:
            yield where, entry


def test_every_route_of_ours_has_a_name() -> None:
    every = list(routes(get_resolver()))
    ours = [(where, entry) for where, entry in every if entry.lookup_str.split(".")[0] in APPS]
    assert len(ours) > 50
    assert [where for where, entry in ours if not entry.name] == []


# Templates


def templates() -> list[str]:
    """Returns the names of our templates, as a view would ask for them."""
    folder = ROOT / "templates"
    return [path.relative_to(folder).as_posix() for path in files("", "templates") if path.is_file()]


def references(node_list: Any) -> Iterator[str]:
    """Yields the names that a compiled template extends and includes, as far as they are written out."""
    for node in node_list:
        if isinstance(node, ExtendsNode) and isinstance(node.parent_name.var, str):
            yield node.parent_name.var
        if isinstance(node, IncludeNode) and isinstance(node.template.var, str):
            yield node.template.var
        for name in getattr(node, "child_nodelists", ()):
            yield from references(getattr(node, name, None) or NodeList())
        if isinstance(node, Node) and hasattr(node, "conditions_nodelists"):
            for _condition, inner in node.conditions_nodelists:
                yield from references(inner)


def test_every_template_compiles_and_what_it_extends_and_includes_exists() -> None:
    missing = []
    for name in templates():
        for reference in references(get_template(name).template.nodelist):
            try:
                get_template(reference)
            except Exception as error:  # whatever keeps it from loading belongs into the list
                missing.append(f"{name}: {reference}: {error!r}")
    assert not missing, "\n".join(missing)


def test_every_template_is_used() -> None:
    """By name in our Python or in another template, by a name put together there, or in place of a package's."""
    told, patterns = set(REFUSALS), list[re.Pattern[str]]()
    for _place, constant in nodes(ast.Constant, *APPS):
        if isinstance(constant.value, str) and "." in constant.value:
            told.add(constant.value)
    for _place, joined in nodes(ast.JoinedStr, *APPS):
        parts = [
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in joined.values
        ]
        if any(".html" in part or "/" in part for part in parts):
            patterns.append(re.compile("".join(parts)))
    for name in templates():
        told |= set(
            re.findall(r"""["']([\w/.-]+\.\w+)["']""", (ROOT / "templates" / name).read_text("utf-8"))
        )
    elsewhere = [
        Path(folder) for folder in engines["django"].template_dirs if Path(folder) != ROOT / "templates"
    ]
    unused = [
        name
        for name in templates()
        if name not in told
        and not any(pattern.fullmatch(name) for pattern in patterns)
        and not any((folder / name).exists() for folder in elsewhere)
    ]
    assert not unused, "\n".join(unused)
