"""A finished sweep as a Workflow Run RO-Crate: what was run, with what, by what, and what came out.

The metadata follow RO-Crate 1.1 and the Workflow Run Crate profile 0.5: the experiment file is the workflow,
the sweep a `CreateAction` upon it, and every file of the folder is described with its size and SHA-256.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.outcomes.files import whole_file, write_json
from sim.studies.sweeps.sweep import Sweep

NAME = "ro-crate-metadata.json"
_CRATE = "https://w3id.org/ro/crate/1.1"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_FORMATS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
    ".md": "text/markdown",
}
_WORKFLOW = "experiment.yaml"

Entity = dict[str, Any]


def write_crate(sweep: Sweep, *, started: str, ended: str) -> Path:
    """Write the metadata of a sweep into its folder, with a copy of its experiment.

    Parameters
    ----------
    sweep
        A finished one, its tables written.
    started, ended
        When its runs began and ended, as ISO 8601 says it.
    """
    folder = sweep.folder
    text = sweep.experiment.path.read_bytes()
    with whole_file(folder / _WORKFLOW, "wb") as file:
        file.write(text)
    path = folder / NAME
    write_json(path, {"@context": f"{_CRATE}/context", "@graph": list(_graph(sweep, started, ended))})
    return path


def _graph(sweep: Sweep, started: str, ended: str) -> Iterable[Entity]:
    files = [x for x in sorted(sweep.folder.rglob("*")) if _belongs(x, sweep.folder)]
    names = [x.relative_to(sweep.folder).as_posix() for x in files]
    results = [n for n in names if n != _WORKFLOW]
    question = sweep.experiment.file.question
    yield {
        "@id": NAME,
        "@type": "CreativeWork",
        "about": _to("./"),
        "conformsTo": [_to(_CRATE), _to("https://w3id.org/workflowhub/workflow-ro-crate/1.0")],
    }
    yield {
        "@id": "./",
        "@type": "Dataset",
        "name": question,
        "description": "Runs of an agent-based simulation of how encounters with local police become "
        "immigration enforcement, with tables of outcomes and paired effects. All people are synthetic.",
        "datePublished": ended,
        "license": _to("https://spdx.org/licenses/MIT"),
        "conformsTo": [_to(profile) for profile in _PROFILES],
        "hasPart": [_to(name) for name in names],
        "mainEntity": _to(_WORKFLOW),
        "mentions": [_to("#sweep")],
    }
    for profile, name in _PROFILES.items():
        yield {"@id": profile, "@type": "CreativeWork", "name": name, "version": profile.rpartition("/")[2]}
    yield {"@id": "https://spdx.org/licenses/MIT", "@type": "CreativeWork", "name": "MIT License"}
    yield from _software()
    yield from _parameters(sweep)
    yield {
        "@id": "#sweep",
        "@type": "CreateAction",
        "name": f"Sweep: {question}",
        "startTime": started,
        "endTime": ended,
        "instrument": _to(_WORKFLOW),
        "agent": _to("#engine"),
        "object": [_to(f"#value-{f.name}") for f in sweep.experiment.factors],
        "result": [_to(name) for name in results],
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    for file, name in zip(files, names, strict=True):
        yield _file(file, name, sweep)


def _belongs(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder)
    return path.is_file() and path.name != NAME and not any(part.startswith(".") for part in inside.parts)


def _file(path: Path, name: str, sweep: Sweep) -> Entity:
    found: Entity = {
        "@id": name,
        "@type": "File",
        "name": path.name,
        "encodingFormat": _FORMATS.get(path.suffix, "application/octet-stream"),
        "contentSize": str(path.stat().st_size),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    if name == _WORKFLOW:
        found |= {
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": sweep.experiment.file.question,
            "programmingLanguage": _to("#language"),
            "input": [_to(f"#parameter-{f.name}") for f in sweep.experiment.factors],
        }
    return found


def _software() -> Iterable[Entity]:
    version = importlib.metadata.version("enforcement-pathways")
    yield {
        "@id": "#engine",
        "@type": "SoftwareApplication",
        "name": "Enforcement Pathways",
        "softwareVersion": version,
    }
    yield {"@id": "#language", "@type": "ComputerLanguage", "name": "Enforcement Pathways experiment file"}


def _parameters(sweep: Sweep) -> Iterable[Entity]:
    """Yield each varied number, and the values that it was given."""
    for k, factor in enumerate(sweep.experiment.factors):
        yield {
            "@id": f"#parameter-{factor.name}",
            "@type": "FormalParameter",
            "additionalType": "Float",
            "name": factor.name,
            "description": factor.passport.doc,
            "conformsTo": _to("https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"),
        }
        yield {
            "@id": f"#value-{factor.name}",
            "@type": "PropertyValue",
            "name": factor.name,
            "value": json.dumps(sweep.layout.points[:, k].tolist()),
            "unitText": factor.passport.unit,
            "exampleOfWork": _to(f"#parameter-{factor.name}"),
        }


def _to(name: str) -> Entity:
    return {"@id": name}
