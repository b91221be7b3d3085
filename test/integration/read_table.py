"""Reads Delta tables from S3 with deltalake and with DuckDB's delta_scan, and prints what each of them sees as JSON."""

import datetime
import json
import os
import sys

import deltalake
import duckdb
import duckdb_ext


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds")
    return value.isoformat() if isinstance(value, datetime.date) else value


def rows(table, order):
    names = sorted(table.column_names)
    found = [{name: plain(row[name]) for name in names} for row in table.to_pylist()]
    return sorted(found, key=lambda row: [row[name] for name in order])


def with_deltalake(s3, uri, order, transaction, equal, versions):
    options = {
        "AWS_ENDPOINT_URL": s3["endpoint"],
        "AWS_REGION": s3["region"],
        "AWS_ACCESS_KEY_ID": s3["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": s3["secretAccessKey"],
        "AWS_ALLOW_HTTP": "true",
    }
    table = deltalake.DeltaTable(uri, storage_options=options)
    read = table.to_pyarrow_table()
    return {
        "version": table.version(),
        "transaction": table.transaction_version(transaction),
        "partitions": table.metadata().partition_columns,
        "comments": {f.name: f.metadata.get("comment") for f in table.schema().fields},
        "types": {field.name: str(field.type) for field in read.schema},
        "files": len(table.file_uris()),
        "equal": table.to_pyarrow_table(filters=[(equal[0], "=", equal[1])]).num_rows,
        "rows": rows(read, order),
        "travel": {n: deltalake.DeltaTable(uri, version=n, storage_options=options).to_pyarrow_table().num_rows for n in versions},
    }


def with_duckdb(s3, uri, order, equal):
    duck = duckdb.connect()
    folder = os.path.join(os.path.dirname(list(duckdb_ext.__path__)[0]), "duckdb_ext", "extensions")
    duck.execute("SET extension_directory = ?", [folder])
    duck.execute("SET autoinstall_known_extensions = false")
    duck.execute("SET TimeZone = 'UTC'")
    for extension in ["httpfs", "delta"]:
        duck.execute(f"LOAD {extension}")
    scheme, address = s3["endpoint"].split("://")
    secret = f"""CREATE SECRET (TYPE s3, KEY_ID '{s3["accessKeyId"]}', SECRET '{s3["secretAccessKey"]}',
        REGION '{s3["region"]}', ENDPOINT '{address}', URL_STYLE 'path', USE_SSL {scheme == "https"})"""
    duck.execute(secret)
    duck.execute(f"CREATE VIEW scanned AS SELECT * FROM delta_scan('{uri}')")
    described = duck.execute("DESCRIBE scanned").fetchall()
    read = duck.execute("SELECT * FROM scanned").fetch_arrow_table()
    found = duck.execute(f"SELECT count(*) FROM scanned WHERE {equal[0]} = ?", [equal[1]]).fetchone()
    types = {name: kind for name, kind, *_ in described}
    return {"types": types, "equal": found[0], "rows": rows(read, order)}


asked = json.loads(sys.argv[1])
answer = {
    name: {
        "deltalake": with_deltalake(
            asked["s3"], table["uri"], table["order"], table["transaction"], table["equal"], table.get("versions", [])
        ),
        "duckdb": with_duckdb(asked["s3"], table["uri"], table["order"], table["equal"]),
    }
    for name, table in asked["tables"].items()
}
print(json.dumps(answer))
