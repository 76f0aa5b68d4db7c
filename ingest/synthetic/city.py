"""Returns a synthetic city, written to a data directory: drops of every month, gateway data, manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.synthetic import feed_rows, feeds, gateway_data, inspections, planter, population, specials
from ingest.synthetic.drops import Writer, write_month
from ingest.synthetic.gateway_data import write_gateways_yaml
from ingest.synthetic.manifest import VERSION, Manifest
from ingest.synthetic.policy import SEEDS, close_as_of, due_at, last_day, load_policy
from ingest.synthetic.population import CityError
from ingest.synthetic.senders import SILENT

MONTHS = ("2025-06", "2025-07", "2025-08")  # what `make run` closes: the roll-out begins in 2025-06 (000 三)
MANIFEST = "manifest.json"
MEMORY = "4GB"  # of DuckDB; beyond it spills to disk
Progress = Callable[[str, int, int], None]  # what is being written, steps done, steps in all


def make_city(
    home: Path,
    *,
    seed: int = 1,
    enterprises: int = 5000,
    months: Sequence[str] = MONTHS,
    seeds: Path = SEEDS,
    progress: Progress | None = None,
) -> Manifest:
    """Returns the manifest of the city in ``home``; writes the city unless the same one is there already.

    Args:
        home: data directory; gets ``inbox/``, ``gateway/``, ``manifest.json``.
        seed: the same seed gives the same bytes.
        enterprises: subjects in the first register, 1,000 to 10 million.
        months: consecutive periods, up to three.
        seeds: folder of the policy seeds.
        progress: told what is being written.

    Raises:
        CityError: another city is in ``home``, or the arguments do not fit.
        SeedError: a policy seed is missing.
    """
    arguments: dict[str, object] = {"seed": seed, "enterprises": enterprises, "months": list(months)}
    kept = home / MANIFEST
    if kept.exists():
        present = json.loads(kept.read_text(encoding="utf-8"))
        if present["arguments"] == arguments and present["version"] == VERSION:
            return Manifest.load(kept)
        raise CityError(
            f"{home} holds another city ({present['arguments']}, version {present['version']}), "
            f"not {arguments}, version {VERSION}: use an empty directory"
        )
    if not 1 <= len(months) <= len(MONTHS):
        raise CityError(f"months: one to {len(MONTHS)} periods, got {len(months)}")
    home.mkdir(parents=True, exist_ok=True)
    manifest = _write(home, Manifest(VERSION, arguments), seed, enterprises, tuple(months), seeds, progress)
    manifest.save(kept)
    return manifest


def _write(
    home: Path,
    manifest: Manifest,
    seed: int,
    size: int,
    months: tuple[str, ...],
    seeds: Path,
    progress: Progress | None,
) -> Manifest:
    import duckdb  # heavy: only where a city is built

    steps = 2 + len(months) * len(feeds.DROPS) + 1
    done = 0

    def tell(what: str) -> None:
        nonlocal done
        done += 1
        if progress:
            progress(what, done, steps)

    policy = load_policy(last_day(months[0]), seeds=seeds)
    manifest.silent = [SILENT]
    manifest.due_at = {p: due_at(policy, p).isoformat() for p in months}
    manifest.close_as_of = {p: close_as_of(p).isoformat() for p in months}
    scratch = home / ".synthetic"
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(scratch),
        "memory_limit": MEMORY,
        "autoinstall_known_extensions": "false",
    }
    with duckdb.connect(config=config) as con:
        con.execute("set preserve_insertion_order = true")
        layout = population.lay_out(size, len(months))
        population.prepare(con, policy, layout, seed, months)
        population.build(con, layout, seed)
        feed_rows.departments_table(
            con,
            [
                (code, name, feeds.short_of(code), policy.authority(code).name, policy.authority(code).code)
                for code, name in policy.departments
            ],
        )
        tell("subjects")
        inspections.build(con, policy, len(months))
        tell("inspections")
        writer = Writer(home, con, policy, months, seed, manifest)
        cast = planter.assemble_cast(con, layout)
        for m in range(len(months)):
            for feed in feeds.DROPS:
                counts = feed_rows.send(con, feed, m)
                write_month(writer, feed, m, counts, planter.plan(policy, cast, feed, m, months, counts))
                tell(f"{months[m]} {feed}")
        specials.write(writer, cast)
        gateway_data.write(writer, cast)
        tell("gateways")
    if scratch.exists():
        scratch.rmdir()
    return manifest


__all__ = ["CityError", "close_as_of", "make_city", "write_gateways_yaml"]
