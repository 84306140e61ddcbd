#!/usr/bin/env python3
"""Make a release: wheel, source archive, runtime lock, SBOM (CycloneDX) and SHA256SUMS in dist/, the same bytes each time.

    python scripts/release.py [DIST]

DIST is a new folder; without it, dist/ is made anew. Needs a checkout without changes, because the bytes follow from the commit
alone. Sign SHA256SUMS as SECURITY.md says.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-runtime.lock"
SUMS = "SHA256SUMS"
_PROJECT = "sousveil"
_LICENCE_MAX = 100
"""Letters of a licence's name at most: some packages put the whole text there."""


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A package that the lock names."""

    name: str
    version: str
    marker: str
    """On which systems it is installed; empty: on all."""
    hashes: tuple[str, ...]
    """SHA-256 of each file that an installer may choose, hex."""
    parents: tuple[str, ...]
    """Packages that need it."""


def pins(lock: str) -> list[Pin]:
    """Returns the packages of a lock, in its order."""
    found = []
    for block in re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)[1:]:
        head, _, _ = block.partition("\n")
        requirement, _, marker = head.rstrip(" \\").partition(" ; ")
        name, _, version = requirement.partition("==")
        comments = re.findall(r"^    #(?: via)? +(.+)$", block, re.MULTILINE)
        parents = [line.split(" ")[0] for line in comments if line != "via" and not line.startswith("-c ")]
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
        found.append(Pin(name=name, version=version, marker=marker, hashes=hashes, parents=tuple(parents)))
    return found


def sbom(lock: str, version: str, made: datetime) -> str:
    """Returns a CycloneDX document of the locked packages, as JSON. It follows from its arguments and the installed licences."""
    project = Component(
        name=_PROJECT,
        type=ComponentType.APPLICATION,
        version=version,
        bom_ref=_PROJECT,
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    locked = pins(lock)
    components = {(one.name, one.version): _component(one) for one in locked}
    serial = uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(f"{version}\n{lock}".encode()).hexdigest())
    bom = Bom(
        components=components.values(),
        serial_number=serial,
        metadata=BomMetaData(component=project, timestamp=made),
    )
    by_name: dict[str, list[Component]] = {_PROJECT: [project]}
    for one in locked:
        by_name.setdefault(one.name, []).append(components[one.name, one.version])
    needs: dict[str, list[Component]] = {}
    for one in locked:
        for parent in one.parents:
            needs.setdefault(parent, []).append(components[one.name, one.version])
    for name, all_ in by_name.items():
        for component in all_:
            bom.register_dependency(component, needs.get(name, []))
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2) + "\n"


def _component(one: Pin) -> Component:
    purl = PackageURL("pypi", None, one.name, one.version)
    licence = licence_of(one.name)
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{one.name}=={one.version}",
        purl=purl,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in one.hashes],
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        properties=[Property(name="sousveil:marker", value=one.marker)] if one.marker else [],
    )


def licence_of(name: str) -> str:
    """Returns the licence that an installed package names; empty where it is not installed or names none."""
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    named = next((metadata[field] for field in ("License-Expression", "License") if field in metadata), "")
    if 0 < len(named) <= _LICENCE_MAX and "\n" not in named:
        return named
    classifiers = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or [] if one[:9] == "License :"]
    return classifiers[0] if classifiers else ""


def build(source: Path, dist: Path, seconds: int) -> list[Path]:
    """Builds a release of a source tree into a new folder; returns its files. `seconds`: of its commit, since 1970."""
    dist.mkdir(parents=True)
    settings = {**os.environ, "SOURCE_DATE_EPOCH": str(seconds)}
    for target in ("wheel", "sdist"):
        command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(dist)]
        subprocess.run(command, cwd=source, env=settings, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = dist.glob("*.whl")
    version = wheel.name.split("-")[1]
    lock = (source / LOCK.name).read_text("utf-8")
    shutil.copyfile(source / LOCK.name, dist / LOCK.name)
    text = sbom(lock, version, datetime.fromtimestamp(seconds, UTC))
    (dist / f"{_PROJECT}-{version}.cdx.json").write_text(text, "utf-8")
    files = sorted(dist.iterdir())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (dist / SUMS).write_text("".join(lines), "ascii")
    return [*files, dist / SUMS]


def main(arguments: list[str]) -> int:
    """The exit code."""
    dist = Path(arguments[0]) if arguments else ROOT / "dist"
    git = ["git", "-C", str(ROOT)]
    if arguments and dist.exists():
        print(f"{dist} is there already. Name a new folder.", file=sys.stderr)
        return 2
    if subprocess.run([*git, "status", "--porcelain"], capture_output=True, check=True).stdout:
        print("The checkout has changes. Commit them first: a release follows from its commit alone.", file=sys.stderr)
        return 2
    seconds = int(subprocess.run([*git, "log", "-1", "--format=%ct"], capture_output=True, check=True).stdout)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / _PROJECT
        source.mkdir()
        archive = subprocess.run([*git, "archive", "HEAD"], capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(source)], input=archive, check=True)
        made = build(source, Path(folder) / "dist", seconds)
        shutil.rmtree(dist, ignore_errors=True)
        dist.mkdir(parents=True)
        for path in made:
            shutil.copyfile(path, dist / path.name)
    print((dist / SUMS).read_text("ascii"), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
