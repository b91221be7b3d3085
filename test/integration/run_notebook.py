"""Runs a notebook from its first cell to its last and prints what its cells have put out, as JSON. A cell that fails ends it."""

import json
import sys

import nbclient
import nbformat

asked = json.loads(sys.argv[1])
book = nbformat.read(asked["notebook"], as_version=4)
nbformat.validate(book)
resources = {"metadata": {"path": asked["folder"]}}
nbclient.NotebookClient(book, timeout=300, kernel_name="python3", resources=resources).execute()
outputs = {
    cell["id"]: {
        "text": "".join(output["text"] for output in cell["outputs"] if output["output_type"] == "stream"),
        "charts": sum("image/png" in output.get("data", {}) for output in cell["outputs"]),
    }
    for cell in book["cells"]
    if cell["cell_type"] == "code"
}
print(json.dumps(outputs))
