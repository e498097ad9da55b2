"""Go templates, carried out: ``-o go-template``.

Source: Go ``text/template/exec.go``, cli-runtime ``pkg/printers/template.go``.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TextIO

from pykubectl.machinery import gojson
from pykubectl.machinery.codecs import json
from pykubectl.machinery.gostrings import go_value, quote
from pykubectl.printers import gotemplate_nodes as nodes
from pykubectl.printers.gotemplate_functions import FUNCTIONS, MISSING, FunctionError, Int, truth, type_name
from pykubectl.printers.gotemplate_nodes import TemplateError
from pykubectl.printers.gotemplate_parser import Template

Object = dict[str, Any]

_NAME = "output"


class _Value(NamedTuple):
    """A value; ``boxed`` is one that was taken out of a map or list, of which Go knows no type of its own."""

    value: Any
    boxed: bool = False


class _Left(Exception):
    """``break`` or ``continue``."""


class _Run:
    def __init__(self, template: Template, data: Any, out: TextIO, *, allow_missing: bool) -> None:
        self._template = template
        self._out = out
        self._allow_missing = allow_missing
        self._variables: list[tuple[str, Any]] = [("$", data)]
        self._name = template.name
        self._node: Any = nodes.Text(0, "")

    def run(self) -> None:
        try:
            self._walk(self._template.defined[self._template.name], _Value(self._variables[0][1]))
        except RecursionError:
            # Go goes deeper, and no less in vain.
            raise self._fault("exceeded maximum template depth (100000)") from None

    def _fault(self, text: str, node: Any = None) -> TemplateError:
        node = node if node is not None else self._node
        before = self._template.source[: node.pos]
        line, column = before.count("\n") + 1, len((before.rpartition("\n")[2]).encode())
        where = f"{self._template.name}:{line}:{column}"
        return TemplateError(f"template: {where}: executing {quote(self._name)} at <{node}>: {text}")

    def _walk(self, body: tuple[Any, ...], dot: _Value) -> None:
        for node in body:
            match node:
                case nodes.Text():
                    self._out.write(node.text)
                case nodes.Action():
                    self._node = node
                    found = self._pipeline(node.pipe, dot)
                    if not node.pipe.variables:
                        self._out.write(_printed(found))
                case nodes.Branch():
                    self._branch(node, dot)
                case nodes.Leave():
                    raise _Left(node.kind)
                case nodes.Call():
                    self._call(node, dot)

    def _branch(self, node: nodes.Branch, dot: _Value) -> None:
        kept = len(self._variables)
        found = self._pipeline(node.pipe, dot, keep=node.kind != "range")
        if node.kind == "range":
            self._range(node, found, dot)
        elif truth(found):
            self._walk(node.body, _Value(found) if node.kind == "with" else dot)
        else:
            self._walk(node.otherwise, dot)
        del self._variables[kept:]

    def _range(self, node: nodes.Branch, found: Any, dot: _Value) -> None:
        entries: list[tuple[Any, Any, bool]]
        if isinstance(found, dict):
            entries = [(key, found[key], True) for key in sorted(found)]
        elif isinstance(found, list):
            entries = [(Int(place), entry, True) for place, entry in enumerate(found)]
        elif isinstance(found, int) and not isinstance(found, bool):
            made = type(found)
            entries = [(made(place), made(place), False) for place in range(found)]
        elif found is MISSING or found is None:
            entries = []
        else:
            raise self._fault(f"range can't iterate over {go_value(found)}")
        if not entries:
            self._walk(node.otherwise, dot)
        kept = len(self._variables)
        for key, value, boxed in entries:
            self._keep_entry(node.pipe, key, value)
            try:
                self._walk(node.body, _Value(value, boxed))
            except _Left as left:
                if str(left) == "break":
                    break
            finally:
                del self._variables[kept:]

    def _keep_entry(self, pipe: nodes.Pipe, key: Any, value: Any) -> None:
        values = [value] if len(pipe.variables) == 1 else [key, value]
        for name, one in zip(pipe.variables, values):
            self._keep(name, one, assigns=pipe.assigns)

    def _keep(self, name: str, value: Any, *, assigns: bool) -> None:
        if not assigns:
            self._variables.append((name, value))
            return
        for place in range(len(self._variables) - 1, -1, -1):
            if self._variables[place][0] == name:
                self._variables[place] = (name, value)
                return
        raise self._fault(f"undefined variable: {name}")

    def _call(self, node: nodes.Call, dot: _Value) -> None:
        self._node = node
        body = self._template.defined.get(node.name)
        if body is None:
            raise self._fault(f"template {quote(node.name)} not defined")
        given = self._pipeline(node.pipe, dot) if node.pipe else MISSING
        variables, name = self._variables, self._name
        self._variables, self._name = [("$", given)], node.name
        self._walk(body, _Value(given))
        self._variables, self._name = variables, name

    # Pipelines

    def _pipeline(self, pipe: nodes.Pipe, dot: _Value, *, keep: bool = True) -> Any:
        """The result, which the variables keep; those of a range are kept for each entry instead."""
        self._node = pipe
        found: Any = _NOTHING
        for command in pipe.commands:
            found = self._command(command, dot, found)
        if keep:
            for name in pipe.variables:
                self._keep(name, found, assigns=pipe.assigns)
        return found

    def _command(self, command: nodes.Command, dot: _Value, last: Any) -> Any:
        """The value that a command makes. What the one before it has made is its last argument."""
        first = command.args[0]
        if isinstance(first, nodes.Function):
            return self._function(first, command, command.args[1:], dot, last)
        if isinstance(first, (nodes.Field, nodes.Variable, nodes.Chain)):
            if (len(command.args) > 1 or last is not _NOTHING) and not isinstance(first, nodes.Chain):
                self._node = first
                raise self._fault(f"{first.names[-1] if first.names else first} is not a method but has arguments")
            return self._operand(first, dot).value
        if len(command.args) > 1 or last is not _NOTHING:
            if not isinstance(first, nodes.Pipe):
                self._node = first
            raise self._fault(f"can't give argument to non-function {first}")
        if isinstance(first, nodes.Nil):
            raise self._fault("nil is not a command")
        return self._operand(first, dot).value

    def _operand(self, node: Any, dot: _Value) -> _Value:
        match node:
            case nodes.Dot():
                return dot
            case nodes.Nil():
                return _Value(None)
            case nodes.Literal():
                return _Value(node.value)
            case nodes.Pipe():
                return _Value(self._pipeline(node, dot))
            case nodes.Function():
                return _Value(self._function(node, node, (), dot, _NOTHING))
            case nodes.Field():
                self._node = node
                return self._fields(dot, node.names)
            case nodes.Variable():
                found = next(value for name, value in reversed(self._variables) if name == node.name)
                self._node = node
                return self._fields(_Value(found), node.names)
        self._node = node
        return self._fields(self._operand(node.node, dot), node.names)

    def _fields(self, receiver: _Value, names: tuple[str, ...]) -> _Value:
        for name in names:
            receiver = self._field(receiver, name)
        return receiver

    def _field(self, receiver: _Value, name: str) -> _Value:
        value = receiver.value
        if value is MISSING or (value is None and not receiver.boxed):
            if not self._allow_missing:
                raise self._fault(f"nil data; no entry for key {quote(name)}")
            return _Value(MISSING)
        if value is None:
            raise self._fault(f"nil pointer evaluating interface {{}}.{name}")
        if not isinstance(value, dict):
            kind = "interface {}" if receiver.boxed else type_name(value)
            raise self._fault(f"can't evaluate field {name} in type {kind}")
        if name not in value:
            if not self._allow_missing:
                raise self._fault(f"map has no entry for key {quote(name)}")
            return _Value(MISSING)
        return _Value(value[name], boxed=True)

    def _function(self, node: nodes.Function, command: Any, args: tuple[Any, ...], dot: _Value, last: Any) -> Any:
        self._node = node
        name = node.name
        count = len(args) + (last is not _NOTHING)
        function = FUNCTIONS[name]
        if count < function.least or (function.most is not None and count > function.most):
            least = "at least " if function.most is None else ""
            raise self._fault(f"wrong number of args for {name}: want {least}{function.least} got {count}")
        if name == "call":
            value = self._argument(args[0], dot) if args else last
            kind = "nil" if value is MISSING or value is None else f"non-function {args[0]} of type {type_name(value)}"
            raise self._fault(f"error calling call: {kind}", command)
        if name in ("and", "or"):
            return self._until(name == "or", args, dot, last)
        values = [self._argument(arg, dot) for arg in args]
        values += [last] if last is not _NOTHING else []
        self._node = node
        for place, value in enumerate(values[: function.texts]):
            if not isinstance(value, str):
                self._node = args[place] if place < len(args) else command
                raise self._fault(_wrong_type(value, self._node))
        try:
            return function.call(*values)
        except FunctionError as error:
            raise self._fault(f"error calling {name}: {error}", command) from None

    def _until(self, wanted: bool, args: tuple[Any, ...], dot: _Value, last: Any) -> Any:
        """The first argument whose truth is that, else the last; those after it aren't looked at."""
        found: Any = MISSING
        for arg in args:
            found = self._argument(arg, dot)
            if truth(found) is wanted:
                return found
        return found if last is _NOTHING else last

    def _argument(self, node: Any, dot: _Value) -> Any:
        self._node = node
        return self._operand(node, dot).value


_NOTHING = object()


def _wrong_type(value: Any, node: Any) -> str:
    if isinstance(node, nodes.Nil):
        return "cannot assign nil to string"
    if isinstance(node, nodes.Literal):
        return f"expected string; found {node}"
    if value is MISSING or value is None:
        return "invalid value; expected string"
    return f"wrong type for value; expected string; got {type_name(value)}"


def _printed(value: Any) -> str:
    return "<no value>" if value is MISSING or value is None else go_value(value)


class GoTemplatePrinter:
    """Prints what a template makes of an object."""

    def __init__(self, template: str, *, allow_missing: bool = True) -> None:
        try:
            self._template = Template(template, _NAME, FUNCTIONS)
        except TemplateError as error:
            raise TemplateError(f"error parsing template {template}, {error}") from None
        self._allow_missing = allow_missing

    def print_obj(self, obj: Object, out: TextIO) -> None:
        """Writes it, without a line end of its own. Raises TemplateError, after what helps to find the fault."""
        raw = gojson.dumps(obj)
        # As kubectl, which writes the object and reads it again: a float without a fraction is an integer then.
        data = json.loads(raw)
        try:
            _Run(self._template, data, out, allow_missing=self._allow_missing).run()
        except TemplateError as error:
            source = self._template.source
            out.write(f"Error executing template: {error}. Printing more information for debugging the template:\n")
            out.write(f"\ttemplate was:\n\t\t{source}\n\traw data was:\n\t\t{raw}\n")
            out.write(f"\tobject given to template engine was:\n\t\t{go_value(data)}\n\n")
            raise TemplateError(f"error executing template {quote(source)}: {error}") from None
