"""The same rows through a dlt pipeline (extract, normalise, load) to Parquet files in a folder: {"paths", "out"} in, counts and costs out, as JSON."""
import itertools
import json
import os
import sys

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt  # noqa: E402
from dlt.destinations import filesystem  # noqa: E402

import desk  # noqa: E402

PAGE = 1_000
COLUMNS = {
    "transport_id": {"data_type": "text"},
    "received_at": {"data_type": "timestamp"},
    "event_date": {"data_type": "date"},
    "occurred_at": {"data_type": "timestamp"},
    "date_original": {"data_type": "text"},
    "age": {"data_type": "bigint"},
    "sex": {"data_type": "text"},
    "channel": {"data_type": "text"},
    "services": {"data_type": "json"},
    "headache": {"data_type": "bool"},
    "other_symptoms": {"data_type": "bool"},
    "covid_contact": {"data_type": "bool"},
    "covid_test": {"data_type": "text"},
    "service_score": {"data_type": "bigint"},
    "solved": {"data_type": "bool"},
}


def main(job):
    counts = desk.no_counts()

    @dlt.resource(name="interactions", write_disposition="append", columns=COLUMNS, max_table_nesting=0)
    def interactions():
        lines = desk.rows(job["paths"], counts, set())
        while page := list(itertools.islice(lines, PAGE)):
            yield page

    pipeline = dlt.pipeline(
        pipeline_name="peer",
        pipelines_dir=os.path.join(job["out"], "pipelines"),
        destination=filesystem(bucket_url=f"file://{job['out']}/tables"),
        dataset_name="desk",
    )
    costs = desk.measured(lambda: pipeline.run(interactions(), loader_file_format="parquet").raise_on_failed_jobs())
    print(json.dumps({**costs, "tableBytes": desk.bytes_below(os.path.join(job["out"], "tables")), "counts": counts}))


main(json.loads(sys.argv[1]))
