"""What is given to a parsing sink is a literal of ours, or made by tui.text (security.md, section 1).

Textual reads `str` as markup: foreign text there crashes the app or runs actions. The rule knows no types; it
follows names inside a function and the annotations of the same file, and what it cannot follow it refuses.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from tools.lint.base import Finding, Source, dotted

TUI = "src/sage_tui/tui"
PRINTER = "sage_tui.tui.text"

WIDGETS = {
    "Static", "Label", "Button", "Checkbox", "RadioButton", "RadioSet", "Collapsible", "Option", "OptionList", "Tab",
    "TabPane", "Tree", "Select", "Selection", "SelectionList", "ToggleButton", "DiscoveryHit", "Hit",
}  # fmt: skip
METHODS = {"notify", "add_option", "add_options", "add_column", "add_columns", "add_row", "update_cell", "set_options"}
KEYWORDS = {"content", "renderable", "label", "title", "prompt", "tooltip", "message", "display", "help"}
ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "label", "prompt"}
LITERAL_KEYWORDS = {"notify": {"title"}}
"""Keywords of a method that Textual shows as they are (they need cleaning, but parse nothing)."""
SAFE_TYPES = ("Content", "Text", "Strip", "Table", "Group", "RenderableType")


class Verdict(IntEnum):
    """From harmless to known harm: a combination is as bad as its worst part."""

    OK = 0
    UNKNOWN = 1
    STRING = 2


SAYS = {
    Verdict.UNKNOWN: "neither a literal nor made by tui.text: wrap it in content(…)",
    Verdict.STRING: "a str that is not a literal: wrap it in content(…)",
}


@dataclass
class Scope:
    """What is known of names: in the module, and in the function that is read."""

    names: dict[str, Verdict] = field(default_factory=dict)
    calls: dict[str, Verdict] = field(default_factory=dict)
    attributes: dict[str, Verdict] = field(default_factory=dict)

    def inner(self, names: Mapping[str, Verdict]) -> "Scope":
        return Scope({**self.names, **names}, self.calls, self.attributes)

    def of(self, node: ast.expr | None) -> Verdict:
        """The verdict on an expression."""
        match node:
            case None | ast.Constant():
                return Verdict.OK
            case ast.JoinedStr():
                return Verdict.STRING
            case ast.BinOp(left=left, op=ast.Mult()):
                return self.of(left)
            case ast.BinOp(left=left, right=right, op=op):
                worst = max(self.of(left), self.of(right))
                return (
                    worst if isinstance(op, ast.Add) and worst is not Verdict.UNKNOWN else _joined(left, right, worst)
                )
            case ast.IfExp(body=body, orelse=orelse):
                return max(self.of(body), self.of(orelse))
            case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                return max((self.of(part) for part in parts), default=Verdict.OK)
            case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part) | ast.Starred(value=part) | ast.Await(value=part):
                return self.of(part)
            case ast.NamedExpr(value=part):
                return self.of(part)
            case ast.Name(id=name):
                return Verdict.OK if name.isupper() else self.names.get(name, Verdict.UNKNOWN)
            case ast.Attribute(attr=name):
                return Verdict.OK if name.isupper() else self.attributes.get(dotted(node), Verdict.UNKNOWN)
            case ast.Call():
                return self._call(node)
        return Verdict.UNKNOWN

    def _call(self, node: ast.Call) -> Verdict:
        name = dotted(node.func)
        last = name.rsplit(".", 1)[-1]
        if name in self.calls:
            return self.calls[name]
        if last == "from_markup":
            return self.of(node.args[0]) if node.args else Verdict.OK
        if last in SAFE_TYPES or name.split(".")[0] in SAFE_TYPES or last in WIDGETS:
            return Verdict.OK
        return Verdict.STRING if last in ("str", "repr", "format", "join") else Verdict.UNKNOWN


def _joined(left: ast.expr, right: ast.expr, worst: Verdict) -> Verdict:
    strings = any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in (left, right))
    return Verdict.STRING if strings else worst


def _annotated(annotation: ast.expr | None) -> Verdict:
    if annotation is None:
        return Verdict.UNKNOWN
    words = ast.unparse(annotation).replace('"', "").replace("'", "")
    parts = {part.strip().rsplit(".", 1)[-1] for part in words.split("|")} - {"None"}
    if parts and all(part in SAFE_TYPES or part in WIDGETS for part in parts):
        return Verdict.OK
    inside = words.rstrip("]").rsplit("[", 1)[-1].split(",")[0].strip()
    if "[" in words and (inside in SAFE_TYPES or inside in WIDGETS):
        return Verdict.OK
    return Verdict.STRING if "str" in parts else Verdict.UNKNOWN


def _module(tree: ast.Module) -> Scope:
    scope = Scope()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=module, names=names) if module == PRINTER:
                scope.calls.update((alias.asname or alias.name, Verdict.OK) for alias in names)
            case ast.ImportFrom(module="sage_tui.tui", names=names):
                scope.calls.update(
                    (f"{a.asname or a.name}.{f}", Verdict.OK) for a in names for f in ("content", "cell")
                )
            case ast.FunctionDef(name=name, returns=returns) if returns is not None:
                verdict = _annotated(returns)
                scope.calls.update({name: verdict, f"self.{name}": verdict, f"cls.{name}": verdict})
                scope.attributes[f"self.{name}"] = verdict
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                scope.attributes[f"self.{name}"] = _annotated(annotation)
            case ast.AnnAssign(target=ast.Attribute() as target, annotation=annotation):
                scope.attributes[dotted(target)] = _annotated(annotation)
    return scope


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, outer: Scope) -> Scope:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = {argument.arg: _annotated(argument.annotation) for argument in arguments}
    assigned = [part for part in ast.walk(node) if isinstance(part, (ast.Assign, ast.AnnAssign, ast.NamedExpr))]
    for part in assigned:
        targets = part.targets if isinstance(part, ast.Assign) else [part.target]
        for target in targets:
            if isinstance(target, ast.Name):
                verdict = outer.inner(names).of(part.value)
                if isinstance(part, ast.AnnAssign) and _annotated(part.annotation) is Verdict.OK:
                    verdict = Verdict.OK
                names[target.id] = max(verdict, names.get(target.id, Verdict.OK))
    return outer.inner(names)


def _given(call: ast.Call) -> Iterator[ast.expr]:
    """The expressions of a call that a sink would parse."""
    name = dotted(call.func).rsplit(".", 1)[-1]
    shown = LITERAL_KEYWORDS.get(name, set())
    yield from (keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS - shown)
    if name in ("add_row", "add_columns", "OptionList", "RadioSet"):
        yield from call.args
    elif name in ("Hit", "DiscoveryHit"):
        yield from call.args[1 if name == "Hit" else 0 :][:1]
    elif name == "update_cell":
        yield from call.args[2:3]
    else:
        yield from call.args[:1]


def _sinks(node: ast.AST, scope: Scope, bases: set[str]) -> Iterator[tuple[ast.expr, Verdict]]:
    match node:
        case ast.Call(func=function, args=arguments):
            name = dotted(function)
            last = name.rsplit(".", 1)[-1]
            own = last == "__init__" and bool(bases & WIDGETS) and "super" in ast.dump(function)
            if last in WIDGETS | METHODS or own:
                yield from ((given, scope.of(given)) for given in _given(node))
            elif last == "from_markup" and arguments and scope.of(arguments[0]) is not Verdict.OK:
                yield arguments[0], Verdict.STRING
            elif last == "update" and len(arguments) == 1:
                verdict = scope.of(arguments[0])
                if verdict is Verdict.STRING or (verdict and "query_one" in ast.dump(function)):
                    yield arguments[0], verdict
        case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if name in ATTRIBUTES:
            yield value, scope.of(value)


def _walk(node: ast.AST, scope: Scope, bases: set[str]) -> Iterator[tuple[ast.expr, Verdict]]:
    for child in ast.iter_child_nodes(node):
        inner, names = scope, bases
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = _function(child, scope)
            if child.name == "render":
                returned = (part.value for part in ast.walk(child) if isinstance(part, ast.Return) and part.value)
                yield from ((value, inner.of(value)) for value in returned if inner.of(value) is Verdict.STRING)
        elif isinstance(child, ast.ClassDef):
            names = {dotted(base).rsplit(".", 1)[-1] for base in child.bases}
        yield from _sinks(child, inner, names)
        yield from _walk(child, inner, names)


def literal_markup(source: Source) -> Iterator[Finding]:
    """Findings in one file of tui/."""
    if source.python and source.within(TUI) and not source.within(f"{TUI}/text.py"):
        for expression, verdict in _walk(source.tree, _module(source.tree), set()):
            if verdict is not Verdict.OK:
                yield Finding(str(source.path), expression.lineno, f"{ast.unparse(expression)[:60]}: {SAYS[verdict]}")
