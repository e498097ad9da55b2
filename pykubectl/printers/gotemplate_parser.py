"""Go templates, read into nodes.

Source: Go ``text/template/parse/parse.go``.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from pykubectl.machinery.gostrings import parse_any_int, quote
from pykubectl.printers import gotemplate_nodes as nodes
from pykubectl.printers.gotemplate_functions import Int
from pykubectl.printers.gotemplate_lexer import KEYWORDS, Token, tokens
from pykubectl.printers.gotemplate_nodes import TemplateError
from pykubectl.printers.jsonpath_parser import JSONPathError, unquoted

_OPERANDS = frozenset(("bool", "char", "dot", "field", "word", "number", "nil", "string", "variable", "("))
_CONSTANTS = (nodes.Dot, nodes.Nil, nodes.Literal)


class Template:
    """The nodes of a template, and of the templates that it defines, by name."""

    def __init__(self, source: str, name: str, functions: Container[str]) -> None:
        """Raises TemplateError."""
        self.source = source
        self.name = name
        self.defined: dict[str, tuple[Any, ...]] = {}
        parser = _Parser(self, functions)
        self.defined[name] = parser.read()


class _Parser:
    def __init__(self, template: Template, functions: Container[str]) -> None:
        self._template = template
        self._functions = functions
        self._tokens = tokens(template.source, template.name)
        self._at = 0
        self._variables = ["$"]
        self._ranges = 0

    def read(self) -> tuple[Any, ...]:
        body, end = self._list()
        if end is not None:
            if not (end == "else" and self._skip().kind in ("if", "with")):
                self._close(end)
            raise self._fault(f"unexpected {{{{{end}}}}}")
        return body

    # Tokens

    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token.kind == "error":
            raise TemplateError(token.text)
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _skip(self) -> Token:
        """The next token that is no space, which stays."""
        while self._peek().kind == "space":
            self._next()
        return self._peek()

    def _next_word(self) -> Token:
        self._skip()
        return self._next()

    def _fault(self, text: str) -> TemplateError:
        place = self._tokens[max(self._at - 1, 0)].pos
        line = self._template.source.count("\n", 0, place) + 1
        return TemplateError(f"template: {self._template.name}:{line}: {text}")

    def _unexpected(self, token: Token, context: str) -> TemplateError:
        if token.kind == "eof":
            return self._fault("unexpected EOF")
        bare = token.kind in KEYWORDS or token.kind == "dot"
        shown = f"<{token.text}>" if bare else quote(token.text)
        if len(token.text) > 10 and not bare:
            shown = f"{quote(token.text[:10])}..."
        return self._fault(f"unexpected {shown} in {context}")

    # Statements

    def _list(self) -> tuple[tuple[Any, ...], str | None]:
        """Nodes up to the end of the template, or to an ``end`` or ``else``, which is told."""
        found: list[Any] = []
        while True:
            token = self._next()
            if token.kind == "eof":
                return tuple(found), None
            if token.kind == "text":
                found.append(nodes.Text(token.pos, token.text))
                continue
            word = self._skip()
            if word.kind in ("end", "else"):
                self._next()
                return tuple(found), word.kind
            node = self._statement(word)
            if node is not None:
                found.append(node)

    def _statement(self, word: Token) -> Any:
        if word.kind in ("if", "with", "range"):
            self._next()
            return self._branch(word.kind, word.pos)
        if word.kind in ("break", "continue"):
            self._next()
            if not self._ranges:
                raise self._fault(f"{{{{{word.kind}}}}} outside {{{{range}}}}")
            self._close(f"{{{{{word.kind}}}}}")
            return nodes.Leave(word.pos, word.kind)
        if word.kind in ("define", "block"):
            self._next()
            return self._definition(word)
        if word.kind == "template":
            self._next()
            return self._call()
        pipe = self._pipeline("command", "right")
        return nodes.Action(pipe.pos, pipe)

    def _close(self, context: str) -> None:
        token = self._next_word()
        if token.kind != "right":
            raise self._unexpected(token, context)

    def _branch(self, kind: str, pos: int) -> nodes.Branch:
        kept = len(self._variables)
        self._ranges += kind == "range"
        pipe = self._pipeline(kind, "right")
        body, end = self._list()
        self._ranges -= kind == "range"
        otherwise: tuple[Any, ...] = ()
        if end == "else":
            word = self._skip()
            if word.kind in ("if", "with") and kind == word.kind:
                self._next()
                otherwise, end = (self._branch(kind, word.pos),), "closed"
            else:
                self._close("else")
                otherwise, end = self._list()
                if end == "else":
                    raise self._fault("expected end; found {{else}}")
        if end is None:
            raise self._fault("unexpected EOF")
        if end == "end":
            self._close("end")
        del self._variables[kept:]
        return nodes.Branch(pos, kind, pipe, body, otherwise)

    def _name(self, context: str) -> str:
        token = self._next_word()
        if token.kind != "string":
            raise self._unexpected(token, context)
        return str(self._unquoted(token))

    def _definition(self, word: Token) -> Any:
        context = f"{word.kind} clause"
        name = self._name(context)
        pipe = None
        if word.kind == "block":
            pipe = self._pipeline(context, "right")
        else:
            self._close(context)
        variables, self._variables = self._variables, ["$"]
        body, end = self._list()
        self._variables = variables
        if end != "end":
            raise self._fault("unexpected EOF" if end is None else f"unexpected {{{{{end}}}}} in {context}")
        self._close("end")
        self._template.defined[name] = body
        return nodes.Call(word.pos, name, pipe) if word.kind == "block" else None

    def _call(self) -> nodes.Call:
        pos = self._skip().pos
        name = self._name("template clause")
        if self._skip().kind == "right":
            self._next()
            return nodes.Call(pos, name, None)
        return nodes.Call(pos, name, self._pipeline("template clause", "right"))

    # Pipelines

    def _pipeline(self, context: str, end: str) -> nodes.Pipe:
        pos = self._skip().pos
        variables, assigns = self._kept(context)
        commands: list[nodes.Command] = []
        while True:
            token = self._next_word()
            if token.kind == end:
                break
            if token.kind not in _OPERANDS:
                raise self._unexpected(token, context)
            self._at -= 1
            commands.append(self._command())
        if not commands:
            raise self._fault(f"missing value for {context}")
        for stage, command in enumerate(commands[1:], 2):
            if isinstance(command.args[0], _CONSTANTS):
                raise self._fault(f"non executable command in pipeline stage {stage}")
        return nodes.Pipe(pos, variables, assigns, tuple(commands))

    def _kept(self, context: str) -> tuple[tuple[str, ...], bool]:
        """Variables before ``:=`` or ``=``."""
        found: list[str] = []
        while self._skip().kind == "variable":
            start = self._at
            name = self._next().text
            sign = self._skip()
            if sign.kind in ("declare", "assign"):
                self._next()
                found.append(name)
                self._variables.append(name)
                return tuple(found), sign.kind == "assign"
            if sign.kind != ",":
                self._at = start
                return tuple(found), False
            self._next()
            found.append(name)
            self._variables.append(name)
            if context != "range" or len(found) > 1:
                raise self._fault(f"too many declarations in {context}")
            if self._skip().kind != "variable":
                raise self._fault("range can only initialize variables")
        return tuple(found), False

    def _command(self) -> nodes.Command:
        pos = self._skip().pos
        args: list[Any] = []
        while True:
            self._skip()
            operand = self._operand()
            if operand is not None:
                args.append(operand)
            token = self._next()
            if token.kind == "space":
                continue
            if token.kind in ("right", ")"):
                self._at -= 1
            elif token.kind != "pipe":
                raise self._unexpected(token, "operand")
            break
        if not args:
            raise self._fault("empty command")
        return nodes.Command(pos, tuple(args))

    def _operand(self) -> Any:
        node = self._term()
        if node is None or self._peek().kind != "field":
            return node
        pos = self._peek().pos
        names: list[str] = []
        while self._peek().kind == "field":
            names.append(self._next().text[1:])
        if isinstance(node, nodes.Field):
            return nodes.Field(pos, (*node.names, *names))
        if isinstance(node, nodes.Variable):
            return nodes.Variable(pos, node.name, (*node.names, *names))
        if isinstance(node, _CONSTANTS):
            raise self._fault(f"unexpected . after term {quote(str(node))}")
        return nodes.Chain(pos, node, tuple(names))

    def _term(self) -> Any:
        token = self._next()
        match token.kind:
            case "word":
                if token.text not in self._functions:
                    raise self._fault(f"function {quote(token.text)} not defined")
                return nodes.Function(token.pos, token.text)
            case "dot":
                return nodes.Dot(token.pos)
            case "nil":
                return nodes.Nil(token.pos)
            case "variable":
                if token.text not in self._variables:
                    raise self._fault(f"undefined variable {quote(token.text)}")
                return nodes.Variable(token.pos, token.text)
            case "field":
                return nodes.Field(token.pos, (token.text[1:],))
            case "bool":
                return nodes.Literal(token.pos, token.text == "true", token.text)
            case "number" | "char" | "string":
                return nodes.Literal(token.pos, self._constant(token), token.text)
            case "(":
                return self._pipeline("parenthesized pipeline", ")")
        self._at -= 1
        return None

    def _constant(self, token: Token) -> Any:
        if token.kind != "number":
            return self._unquoted(token)
        text = token.text
        try:
            return Int(parse_any_int(text))
        except ValueError:
            pass
        try:
            number = float.fromhex(text) if "x" in text.lower() else float(text.replace("_", ""))
        except ValueError:
            raise self._fault(f"illegal number syntax: {quote(text)}") from None
        if not set(text) & set(".eEpP"):
            raise self._fault(f"integer overflow: {quote(text)}")
        return number

    def _unquoted(self, token: Token) -> Any:
        if token.text.startswith("`"):
            return token.text[1:-1]
        try:
            found = unquoted(token.text)
        except JSONPathError:
            raise self._fault("invalid syntax") from None
        if token.kind == "string":
            return found
        if len(found) != 1:
            raise self._fault(f"malformed character constant: {token.text}" if found else "invalid syntax")
        return Int(ord(found))
