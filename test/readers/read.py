"""Reads a lake in a folder with one engine and prints what it sees as JSON: python read.py '{"engine": …}'.

Each engine gives every row of every table as Arrow; how a cell is written is the same for all of them, so equal digests are equal rows.
"""

import datetime
import hashlib
import json
import os
import sys

import pyarrow as pa

CURRENT = "SELECT * FROM {0} QUALIFY row_number() OVER (PARTITION BY entity ORDER BY version DESC) = 1"


def plain(value):
    if isinstance(value, datetime.datetime):
        zone = datetime.timezone.utc
        return value.replace(tzinfo=zone).isoformat() if value.tzinfo is None else value.astimezone(zone).isoformat()
    return str(value)


def written(rows):
    return sorted(json.dumps(row, sort_keys=True, default=plain) for row in rows)


def digest(table):
    rows = written(table.select(sorted(table.column_names)).to_pylist())
    return {"rows": len(rows), "digest": hashlib.sha256("\n".join(rows).encode()).hexdigest()}


def seen(table, current, version=None, history=None):
    return {"live": digest(table), "current": digest(current), "version": version, "history": history}


def with_duckdb(asked, source_of):
    """DuckDB's view of the tables, each made by source_of(name), and its answers to the questions."""
    import duckdb
    import duckdb_ext

    duck = duckdb.connect()
    folder = os.path.join(os.path.dirname(list(duckdb_ext.__path__)[0]), "duckdb_ext", "extensions")
    duck.execute("SET extension_directory = ?", [folder])
    duck.execute("SET autoinstall_known_extensions = false")
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute("LOAD delta")
    tables = {}
    for name in asked["tables"]:
        duck.execute(f"CREATE VIEW {name} AS SELECT * FROM {source_of(name)}")
        duck.execute(f"CREATE VIEW {name}_current AS {CURRENT.format(name)}")
        tables[name] = seen(*(duck.execute(f"SELECT * FROM {view}").fetch_arrow_table() for view in [name, f"{name}_current"]))
    questions = {name: duck.execute(sql).fetchall() for name, sql in asked["questions"].items()}
    return {"engine": f"DuckDB {duckdb.__version__}", "tables": tables, "questions": questions}


def files(asked):
    """The reference: the Parquet files that chatlake's own reader of the log calls live, and nothing of Delta."""
    return with_duckdb(asked, lambda name: f"read_parquet({asked['files'][name]}, union_by_name = true)")


def duckdb(asked):
    return with_duckdb(asked, lambda name: f"delta_scan('{asked['root']}/tables/{name}')")


def deltalake(asked):
    import deltalake as engine

    tables = {}
    for name in asked["tables"]:
        table = engine.DeltaTable(f"{asked['root']}/tables/{name}")
        query = engine.QueryBuilder().register("t", table)
        ranked = "SELECT *, row_number() OVER (PARTITION BY entity ORDER BY version DESC) AS place FROM t"
        current = pa.table(query.execute(f"SELECT * FROM ({ranked}) WHERE place = 1").read_all()).drop_columns(["place"])
        tables[name] = seen(table.to_pyarrow_table(), current, table.version(), len(table.history()))
    return {"engine": f"delta-rs {engine.__version__}", "tables": tables}


def polars(asked):
    import polars as engine

    tables = {}
    for name in asked["tables"]:
        table = engine.scan_delta(f"{asked['root']}/tables/{name}")
        current = table.sort("version").unique("entity", keep="last", maintain_order=True)
        tables[name] = seen(table.collect().to_arrow(), current.collect().to_arrow())
    return {"engine": f"Polars {engine.__version__}", "tables": tables}


def spark(asked):
    import pyspark
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    for key, value in asked["settings"].items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    tables = {}
    for name in asked["tables"]:
        # The statements of docs/query.md, for each table.
        first, second, _, described = [part for part in asked["statements"].replace("desk_interactions", name).split(";") if part.strip()]
        session.sql(first)
        session.sql(second)
        history = session.sql(described).collect()
        current = session.table(f"{name}_current").drop("place").toArrow()
        tables[name] = seen(session.table(name).toArrow(), current, history[0]["version"], len(history))
    questions = {name: [list(row) for row in session.sql(sql).collect()] for name, sql in asked["questions"].items()}
    session.stop()
    return {"engine": f"Spark {pyspark.__version__}", "tables": tables, "questions": questions}


asked = json.loads(sys.argv[1])
answer = {"files": files, "duckdb": duckdb, "deltalake": deltalake, "polars": polars, "spark": spark}[asked["engine"]](asked)
answer["questions"] = {name: written(rows) for name, rows in answer.get("questions", {}).items()}
print(json.dumps(answer))
