"""A loop over lines, written by pyarrow a hundred thousand rows at a time: {"paths", "out", "rowByRow"} in, counts and costs out, as JSON.

`rowByRow`: each row is a table of its own and tables are joined, as the first seed had it; else a hundred thousand rows become one.
"""
import itertools
import json
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

import desk

ROWS = 100_000
INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("transport_id", pa.string()),
        ("received_at", INSTANT),
        ("event_date", pa.date32()),
        ("occurred_at", INSTANT),
        ("date_original", pa.string()),
        ("age", pa.int32()),
        ("sex", pa.string()),
        ("channel", pa.string()),
        ("services", pa.list_(pa.string())),
        ("headache", pa.bool_()),
        ("other_symptoms", pa.bool_()),
        ("covid_contact", pa.bool_()),
        ("covid_test", pa.string()),
        ("service_score", pa.int32()),
        ("solved", pa.bool_()),
    ]
)


def table_of(batch, row_by_row):
    if row_by_row:
        return pa.concat_tables([pa.Table.from_pylist([row], schema=SCHEMA) for row in batch])
    return pa.Table.from_pylist(batch, schema=SCHEMA)


def main(job):
    counts = desk.no_counts()

    def work():
        lines = desk.rows(job["paths"], counts, set())
        with pq.ParquetWriter(os.path.join(job["out"], "rows.parquet"), SCHEMA, compression="zstd") as writer:
            while batch := list(itertools.islice(lines, ROWS)):
                writer.write_table(table_of(batch, job["rowByRow"]))

    costs = desk.measured(work)
    print(json.dumps({**costs, "tableBytes": desk.bytes_below(job["out"]), "counts": counts}))


main(json.loads(sys.argv[1]))
