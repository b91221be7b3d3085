"""What both peers of `npm run bench -- etl --peers` do with a line: the envelope and the body read, fields typed, what cannot be used named.

Each line goes by itself, an unusable one is set aside with a reason, an id seen before in this run is a duplicate. It is less than
chatlake does: no identity beyond the id, no memory of earlier runs, no ledger, no check digits, no pseudonyms, no issues, no order of rows.
"""
import gzip
import json
import os
import resource
import time
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
YES_NO = {"sim": True, "s": True, "nao": False, "não": False, "n": False}
SEXES = {"masculino": "masculino", "m": "masculino", "feminino": "feminino", "f": "feminino", "outro": "outro"}
CHANNELS = {
    "whatsapp": "whatsapp",
    "telegram": "telegram",
    "telefone": "telefone",
    "ligação": "telefone",
    "email": "email",
    "chat": "chat",
}
TESTS = {
    "positivo": "positivo",
    "negativo": "negativo",
    "inconclusivo": "inconclusivo",
    "não realizado": "nao realizado",
}


def word(value, words):
    return words.get(value.strip().lower()) if isinstance(value, str) else None


def whole(value, most):
    try:
        number = int(value)
    except (OverflowError, TypeError, ValueError):
        return None
    return number if 0 <= number <= most else None


def occurred(text):
    """`02/08/2021 11:35:42`, by position: strptime takes four times as long."""
    if not isinstance(text, str):
        raise ValueError("missing_field")
    try:
        day, month, year = int(text[0:2]), int(text[3:5]), int(text[6:10])
        return datetime(year, month, day, int(text[11:13]), int(text[14:16]), int(text[17:19]), tzinfo=ZONE)
    except ValueError:
        raise ValueError("invalid_date") from None


def typed(body, received_at):
    local = occurred(body.get("date"))
    services = body.get("services")
    if isinstance(services, dict):
        services = list(services.values())
    return {
        "received_at": received_at,
        "event_date": local.date(),
        "occurred_at": local.astimezone(timezone.utc),
        "date_original": body["date"],
        "age": whole(body.get("age"), 120),
        "sex": word(body.get("sex"), SEXES),
        "channel": word(body.get("channel"), CHANNELS),
        "services": [one for one in services if isinstance(one, str)] if isinstance(services, list) else None,
        "headache": word(body.get("headache"), YES_NO),
        "other_symptoms": word(body.get("otherSymptoms"), YES_NO),
        "covid_contact": word(body.get("covidContact"), YES_NO),
        "covid_test": word(body.get("covidTest"), TESTS),
        "service_score": whole(body.get("serviceScore"), 10),
        "solved": word(body.get("solved"), YES_NO),
    }


def rows(paths, counts, seen):
    """Typed rows, with the transport's id; `counts` is brought up to date, `seen` holds the ids of this run."""
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            for line in lines:
                counts["received"] += 1
                envelope = json.loads(line)
                key = envelope["id"]
                if key in seen:
                    counts["duplicates"] += 1
                    continue
                seen.add(key)
                try:
                    body = json.loads(envelope["body"])
                    if not isinstance(body, dict):
                        raise ValueError("not_an_object")
                    row = typed(body, datetime.fromtimestamp(envelope["receivedAt"] / 1000, timezone.utc))
                except (KeyError, ValueError, RecursionError):
                    counts["quarantined"] += 1
                    continue
                counts["enriched"] += 1
                row["transport_id"] = key
                yield row


def no_counts():
    return {"received": 0, "enriched": 0, "duplicates": 0, "quarantined": 0}


def bytes_below(folder):
    """Of Parquet files."""
    return sum(
        os.path.getsize(os.path.join(at, name))
        for at, _, names in os.walk(folder)
        for name in names
        if name.endswith(".parquet")
    )


def peak_mb():
    """On Linux what the kernel says of this process: its resource usage begins with what the parent had when it forked."""
    if os.path.exists("/proc/self/status"):
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(work):
    """Runs `work`; the processor time of this process and its children, wall time, and the peak of memory."""

    def cpu():
        return sum(
            u.ru_utime + u.ru_stime
            for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )

    started, before = time.perf_counter(), cpu()
    work()
    return {
        "wallS": time.perf_counter() - started,
        "cpuS": cpu() - before,
        "rssMb": peak_mb(),
    }
