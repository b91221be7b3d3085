"""Runs the statements and programs of docs/query.md and prints what the last statement answered, or the program printed, as JSON."""

import contextlib
import io
import json
import os
import sys

import duckdb
import duckdb_ext


def duckdb_shell(statements, files):
    duck = duckdb.connect()
    # DuckDB's own extensions, already installed: INSTALL finds them there and fetches nothing.
    folder = os.path.join(os.path.dirname(list(duckdb_ext.__path__)[0]), "duckdb_ext", "extensions")
    duck.execute("SET extension_directory = ?", [folder])
    answer = duck.execute(statements).fetchall()
    read = {name: duck.execute(open(path, encoding="utf-8").read()).fetchall() for name, path in files.items()}
    return {"answer": answer, "files": read}


def program(text):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "docs/query.md", "exec"), {})
    return printed.getvalue()


asked = json.loads(sys.argv[1])
os.chdir(asked["folder"])
answers = {name: program(text) for name, text in asked["programs"].items()}
print(json.dumps({**answers, "duckdb": duckdb_shell(asked["duckdb"], asked["files"])}, default=str))
