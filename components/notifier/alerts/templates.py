"""Texts by Jinja2 templates, which can do no harm: sandboxed, with bounds on steps and size.

Templates are the operator's, what they are filled with comes from outside. The sandbox keeps them off
Python's objects; it has no bound on time and memory. So macros, imports and recursion are not allowed,
loops together take a bounded number of steps, no text grows beyond a bound, and there are only filters
whose cost is that of their input.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_SOURCE = 20_000  # characters
LONGEST_TEXT = 8_000  # characters of the result, and of any text on the way
MOST_STEPS = 10_000  # of all loops together

_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items", "join",
    "last", "length", "list", "lower", "reverse", "sort", "string", "title", "trim",
    "truncate", "unique", "upper",
)  # fmt: skip
_TESTS = (
    "defined", "undefined", "none", "string", "number", "in", "even", "odd", "true", "false", "mapping",
    "sequence", "eq", "ne", "lt", "le", "gt", "ge", "==", "!=", "<", "<=", ">", ">=",
)  # fmt: skip
_FORBIDDEN = (
    nodes.Macro, nodes.CallBlock, nodes.Call, nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends,
    nodes.Block, nodes.FilterBlock, nodes.AssignBlock, nodes.Pow, nodes.Mul, nodes.Mod,
)  # fmt: skip
_BUDGET = "_budget"


class TemplateError(Exception):
    """The template cannot be used, or has failed; the text says where and why."""


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["+"])

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """A sum of texts is a text that grows."""
        return _bounded(super().call_binop(context, operator, left, right))


class Template:
    """A template that was checked and compiled; renders any number of times."""

    def __init__(self, source: str) -> None:
        """Raises `TemplateError`."""
        if len(source) > LONGEST_SOURCE:
            raise TemplateError(f"has more than {LONGEST_SOURCE} characters")
        try:
            tree = _environment.parse(source)
            _check(tree)
            code = _environment.compile(_limited(tree))
        except TemplateSyntaxError as error:
            raise TemplateError(f"line {error.lineno}: {error.message}") from None
        except RecursionError:
            raise TemplateError("is nested too deeply") from None
        self._template = _environment.template_class.from_code(
            _environment, code, _environment.make_globals(None)
        )

    def render(self, values: Mapping[str, Any]) -> str:
        """The text; cut where it is longer than `LONGEST_TEXT`. Raises `TemplateError`."""
        parts: list[str] = []
        size = 0
        try:
            for part in self._template.generate({**values, _BUDGET: [MOST_STEPS]}):
                parts.append(part)
                size += len(part)
                if size > LONGEST_TEXT:
                    return f"{''.join(parts)[: LONGEST_TEXT - 1]}…"
        except TemplateError:
            raise
        except SecurityError as error:
            raise TemplateError(f"is not allowed: {error}") from None
        except Exception as error:  # noqa: BLE001 - whatever an expression can do wrong with its values
            raise TemplateError(str(error) or type(error).__name__) from None
        return "".join(parts)


def _bounded(value: Any) -> Any:
    if isinstance(value, str | list | tuple) and len(value) > LONGEST_TEXT:
        raise TemplateError(f"an expression gives more than {LONGEST_TEXT} characters or items")
    return value


@pass_context
def _counted(context: Context, values: Iterable[Any]) -> Iterator[Any]:
    """What a loop goes through, each step of which is paid from the budget of the rendering."""
    if isinstance(values, Undefined):
        raise TemplateError(f"{values._undefined_name} is undefined")
    budget = context[_BUDGET]
    for value in values:
        budget[0] -= 1
        if budget[0] < 0:
            raise TemplateError(f"its loops take more than {MOST_STEPS} steps")
        yield value


def _joined(value: Iterable[Any], separator: str = "", attribute: str | None = None) -> str:
    """As Jinja2's `join`, without its escaping."""
    parts: list[str] = []
    size = 0
    for item in value:
        part = str(item.get(attribute, "") if attribute is not None and isinstance(item, Mapping) else item)
        size += len(part) + len(separator)
        _bounded_size(size)
        parts.append(part)
    return separator.join(parts)


def _replaced(value: Any, old: str, new: str) -> str:
    text = str(value)
    _bounded_size(len(text) + text.count(str(old)) * len(str(new)))
    return text.replace(str(old), str(new))


def _bounded_size(size: int) -> None:
    if size > LONGEST_TEXT:
        raise TemplateError(f"an expression gives more than {LONGEST_TEXT} characters")


def _check(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.List | nodes.Dict | nodes.Tuple) and not _is_plain(node):
            raise TemplateError(f"line {node.lineno}: lists of other than constants cannot be used here")
        if isinstance(node, _FORBIDDEN) or (isinstance(node, nodes.For) and node.recursive):
            raise TemplateError(f"line {node.lineno}: {type(node).__name__.lower()} cannot be used here")
        if isinstance(node, nodes.Name) and node.name == _BUDGET:
            raise TemplateError(f"line {node.lineno}: {_BUDGET} cannot be used here")


def _is_plain(node: nodes.List | nodes.Dict | nodes.Tuple) -> bool:
    """A list that holds variables may hold itself, again and again, and is long once it is shown."""
    if isinstance(node, nodes.Tuple) and node.ctx == "store":
        return True  # what a loop assigns to
    return all(isinstance(part, nodes.Const) for part in node.iter_child_nodes())


def _rounded(value: Any, digits: int = 0) -> float:
    return round(float(value), max(-300, min(300, int(digits))))


def _limited(tree: nodes.Template) -> nodes.Template:
    """Each loop counts its steps, each concatenation its characters."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
    _limit_concatenations(tree)
    return tree


def _limit_concatenations(node: nodes.Node) -> None:
    for name, value in node.iter_fields():
        if isinstance(value, nodes.Concat):
            setattr(node, name, _bounded_node(value))
        elif isinstance(value, list):
            setattr(node, name, [_bounded_node(v) if isinstance(v, nodes.Concat) else v for v in value])
    for below in node.iter_child_nodes():
        if isinstance(below, nodes.Filter) and below.name == "_bounded" and below.node is not None:
            for part in below.node.iter_child_nodes():
                _limit_concatenations(part)
        else:
            _limit_concatenations(below)


def _bounded_node(node: nodes.Concat) -> nodes.Filter:
    return nodes.Filter(node, "_bounded", [], [], None, None, lineno=node.lineno)


def _made() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.filters |= {"_counted": _counted, "_bounded": _bounded, "join": _joined}
    environment.filters |= {"replace": _replaced, "round": _rounded}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


_environment = _made()
