"""Reads queries that clients send as text: clauses such as ``filter: a = 1``, parted by ``|``.

The text becomes the same syntax tree that other clients send.
"""

from __future__ import annotations

from typing import Any, Final

from braintrust_otel.server.btql.query import BtqlError, Query
from braintrust_otel.server.btql.tokens import Token, tokens_of
from braintrust_otel.server.btql.tree import read_tree

__all__ = ["read_text"]

_CLAUSES: Final = ("select", "from", "filter", "sort", "limit", "cursor")
_COMPARISONS: Final = {
    "=": "eq",
    "!=": "ne",
    "<>": "ne",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    "like": "like",
    "ilike": "ilike",
    "includes": "includes",
    "contains": "contains",
    "in": "in",
}
_MAX_NESTING: Final = 30
_SUMS: Final = {"+": "add", "-": "sub"}
_PRODUCTS: Final = {"*": "mul", "/": "div"}
_CONSTANTS: Final = {"null": None, "true": True, "false": False}

_Node = dict[str, Any]


def read_text(text: str) -> Query:
    """Return the query that *text* says.

    Raises:
        BtqlError: It is none, or asks what cannot be answered here.
    """
    return read_tree(_Parser(tokens_of(text)).query())


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def query(self) -> _Node:
        tree: _Node = {}
        while self._peek().kind != "end":
            clause = self._next()
            name = clause.value.lower()
            if clause.kind != "word" or not self._take_sign(":"):
                raise _unexpected(clause, "a clause such as `select:`")
            if name not in _CLAUSES:
                raise BtqlError(
                    f"The clause {clause.value!r} is not answered by the local server; it knows "
                    f"{', '.join(_CLAUSES)}."
                )
            if name in tree:
                raise BtqlError(f"The clause {name!r} is there twice.")
            tree[name] = self._clause(name)
            self._take_sign("|")
        return tree

    def _clause(self, name: str) -> object:
        match name:
            case "select":
                return self._list(self._column)
            case "from":
                return self._source()
            case "sort":
                return self._list(self._sort)
            case "filter":
                return self._expression()
        token = self._next()  # limit and cursor
        if name == "limit":
            return int(token.value) if token.value.isdecimal() else token.value
        return token.value

    def _list(self, item: Any) -> list[_Node]:
        items = [item()]
        while self._take_sign(","):
            items.append(item())
        return items

    def _column(self) -> _Node:
        if self._take_sign("*"):
            return {"op": "star"}
        expression = self._expression()
        return {"expr": expression, "alias": self._next().value} if self._take("as") else expression

    def _sort(self) -> _Node:
        expression = self._expression()
        direction = "desc" if self._take("desc") else "asc"
        self._take("asc")
        return {"expr": expression, "dir": direction}

    def _source(self) -> _Node:
        name = self._next()
        self._expect("(")
        arguments = self._list(self._expression)
        self._expect(")")
        source = {
            "op": "function",
            "name": {"op": "ident", "name": [name.value]},
            "args": arguments,
        }
        if self._peek().kind == "word" and not self._is_clause():
            source["shape"] = self._next().value.lower()
        return source

    def _expression(self) -> _Node:
        self._depth += 1
        if self._depth > _MAX_NESTING:
            raise BtqlError(f"An expression is nested deeper than {_MAX_NESTING} parentheses.")
        node = self._chain("or", lambda: self._chain("and", self._negation))
        self._depth -= 1
        return node

    def _chain(self, word: str, part: Any) -> _Node:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else {"op": word, "children": parts}

    def _negation(self) -> _Node:
        if not self._take("not"):
            return self._comparison()
        self._depth += 1
        if self._depth > _MAX_NESTING:
            raise BtqlError(f"An expression is nested deeper than {_MAX_NESTING} parentheses.")
        node = {"op": "not", "expr": self._negation()}
        self._depth -= 1
        return node

    def _comparison(self) -> _Node:
        left = self._arithmetic(_SUMS, lambda: self._arithmetic(_PRODUCTS, self._operand))
        if self._take("is"):
            return self._null_test(left)
        is_negated = self._take("not")
        operator = _COMPARISONS.get(self._peek().value.lower())
        if operator is None or self._peek().kind not in ("sign", "word"):
            if is_negated:
                raise _unexpected(self._peek(), "a comparison")
            return left
        self._next()
        right = self._arithmetic(_SUMS, lambda: self._arithmetic(_PRODUCTS, self._operand))
        node = {"op": operator, "left": left, "right": right}
        return {"op": "not", "expr": node} if is_negated else node

    def _null_test(self, left: _Node) -> _Node:
        is_negated = self._take("not")
        if self._take("null"):
            return {"op": "isnotnull" if is_negated else "isnull", "expr": left}
        node = {"op": "is", "left": left, "right": self._operand()}
        return {"op": "not", "expr": node} if is_negated else node

    def _arithmetic(self, operators: dict[str, str], part: Any) -> _Node:
        node: _Node = part()
        while self._peek().kind == "sign" and self._peek().value in operators:
            node = {"op": operators[self._next().value], "left": node, "right": part()}
        return node

    def _operand(self) -> _Node:
        token = self._next()
        match token.kind:
            case "number":
                return _literal(_number(token.value))
            case "text":
                return _literal(token.value)
            case "word":
                return self._name(token)
        return self._signed(token)

    def _signed(self, sign: Token) -> _Node:
        if sign.value == "(":
            node = self._expression()
            if self._peek().value == ",":
                return _literal(self._rest(node, ")"))
            self._expect(")")
            return node
        if sign.value == "[":
            return _literal([] if self._take_sign("]") else self._rest(self._expression(), "]"))
        if sign.value == "-" and self._peek().kind == "number":
            return _literal(-_number(self._next().value))
        if sign.value == "-" and self._peek().value != "-":
            return {"op": "neg", "expr": self._operand()}
        raise _unexpected(sign, "a value")

    def _rest(self, first: _Node, closing: str) -> list[object]:
        items = [first]
        while self._take_sign(","):
            items.append(self._expression())
        self._expect(closing)
        if any(item.get("op") != "literal" for item in items):
            raise BtqlError("A list may hold plain values only.")
        return [item["value"] for item in items]

    def _name(self, first: Token) -> _Node:
        if not first.quote and first.value.lower() in _CONSTANTS:
            return _literal(_CONSTANTS[first.value.lower()])
        path: list[str | int] = [first.value]
        while self._peek().value in (".", "[") and self._peek().kind == "sign":
            if self._next().value == ".":
                path.append(self._next().value)
            else:
                token = self._next()
                path.append(int(token.value) if token.value.isdecimal() else token.value)
                self._expect("]")
        if self._peek().value == "(" and self._peek().kind == "sign":
            raise BtqlError(f"The function {first.value!r} is not answered by the local server.")
        return {"op": "ident", "name": path}

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _is_clause(self) -> bool:
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)].value == ":"

    def _take(self, word: str) -> bool:
        token = self._peek()
        if token.kind == "word" and not token.quote and token.value.lower() == word:
            self._next()
            return True
        return False

    def _take_sign(self, sign: str) -> bool:
        token = self._peek()
        if token.kind == "sign" and token.value == sign:
            self._next()
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise _unexpected(self._peek(), repr(sign))


def _number(digits: str) -> float:
    try:
        return int(digits) if digits.isdecimal() else float(digits)
    except ValueError:  # more digits than Python computes
        return float(digits)


def _literal(value: object) -> _Node:
    return {"op": "literal", "value": value}


def _unexpected(token: Token, wanted: str) -> BtqlError:
    return BtqlError(f"The query has {token.value[:40]!r} where {wanted} should be.")
