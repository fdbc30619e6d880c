"""Print the sizes of Python files and of each function in them as JSON, for code-sizes.mjs."""

import ast
import json
import sys
from pathlib import Path

Size = dict[str, str | int]


def measure(file: str) -> list[Size]:
    """Return the number of lines of the file and of each function in it, including nested functions."""
    source = Path(file).read_text(encoding="utf-8")
    functions = (
        node for node in ast.walk(ast.parse(source, file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [
        {"file": file, "lines": source.count("\n")},
        *({"file": file, "name": node.name, "lines": (node.end_lineno or 0) - node.lineno + 1} for node in functions),
    ]


if __name__ == "__main__":
    print(json.dumps([size for file in sys.argv[1:] for size in measure(file)]))
