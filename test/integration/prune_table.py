"""Prints as JSON which files of a Delta table on S3 a reader opens for one event day: deltalake's fragments, DuckDB's scan."""

import datetime
import json
import os
import re
import sys

import deltalake
import duckdb
import duckdb_ext
import pyarrow.compute as pc


def with_deltalake(s3, uri, day):
    options = {
        "AWS_ENDPOINT_URL": s3["endpoint"],
        "AWS_REGION": s3["region"],
        "AWS_ACCESS_KEY_ID": s3["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": s3["secretAccessKey"],
        "AWS_ALLOW_HTTP": "true",
    }
    table = deltalake.DeltaTable(uri, storage_options=options)
    adds = table.get_add_actions(flatten=True).to_pydict() if hasattr(table.get_add_actions(flatten=True), "to_pydict") else None
    if adds is None:
        import pyarrow

        adds = pyarrow.table(table.get_add_actions(flatten=True)).to_pydict()
    dataset = table.to_pyarrow_dataset()
    wanted = pc.field("event_date") == day
    return {
        "files": len(list(dataset.get_fragments())),
        "opened": sorted(os.path.basename(one.path) for one in dataset.get_fragments(filter=wanted)),
        "rows": dataset.to_table(filter=wanted).num_rows,
        "days": sorted(
            [os.path.basename(path), str(low), str(high), nulls]
            for path, low, high, nulls in zip(
                adds["path"], adds["min.event_date"], adds["max.event_date"], adds["null_count.event_date"]
            )
        ),
    }


def with_duckdb(s3, uri, day):
    duck = duckdb.connect()
    folder = os.path.join(os.path.dirname(list(duckdb_ext.__path__)[0]), "duckdb_ext", "extensions")
    duck.execute("SET extension_directory = ?", [folder])
    duck.execute("SET autoinstall_known_extensions = false")
    for extension in ["httpfs", "delta"]:
        duck.execute(f"LOAD {extension}")
    scheme, address = s3["endpoint"].split("://")
    secret = f"""CREATE SECRET (TYPE s3, KEY_ID '{s3["accessKeyId"]}', SECRET '{s3["secretAccessKey"]}',
        REGION '{s3["region"]}', ENDPOINT '{address}', URL_STYLE 'path', USE_SSL {scheme == "https"})"""
    duck.execute(secret)
    query = f"FROM delta_scan('{uri}') WHERE event_date = DATE '{day}'"
    plan = "\n".join(row[1] for row in duck.execute(f"EXPLAIN ANALYZE SELECT entity {query}").fetchall())
    scanned = re.search(r"Scanning Files:\s*(\d+)/(\d+)", plan)
    return {"scanned": scanned and [int(n) for n in scanned.groups()], "rows": duck.execute(f"SELECT count(*) {query}").fetchone()[0]}


asked = json.loads(sys.argv[1])
day = datetime.date.fromisoformat(asked["day"])
print(json.dumps({"deltalake": with_deltalake(asked["s3"], asked["uri"], day), "duckdb": with_duckdb(asked["s3"], asked["uri"], day)}))
