"""Creates what the registry knew before each submission (semantics 1.4, design.md 5), for the numbers of one batch.

Submissions that saw the same registry batches share one ``epoch``. Only enterprises that the batch could mean are
taken out of the registry, so a small batch does not pay for a large registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quality.rules.codes import code_column, name_column

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingest.settings import Settings
    from quality.typing_sql import TypedBatch

FEED = "enterprise_registry"

_EMPTY = """
create or replace temp table g_registry (
    epoch integer, uscc varchar, registry_name varchar, name_norm varchar, formers varchar[], organisation_code varchar,
    registration_no varchar)
"""


def batch_files(settings: Settings, feed: str, submission_ids: list[str]) -> list[str]:
    """Returns the raw batch files of those submissions that have one."""
    paths: list[Path] = [settings.raw_batches / feed / f"{s}.parquet" for s in submission_ids]
    return [str(p) for p in paths if p.exists()]


def set_epochs(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Returns the registry batch files that some submission of ``g_sub`` saw; sets ``g_sub.epoch`` and ``g_epoch``.

    A submission sees what arrived before it with a period up to its own.
    """
    con.execute("""
        create or replace temp table g_seen as
        select s.submission_id, list(r.submission_id order by r.received_at, r.sha256) as seen
        from g_sub as s
        inner join quality.submissions as r
            on r.feed = 'enterprise_registry' and r.period <= s.period
                and (r.received_at, r.sha256) < (s.received_at, s.sha256)
        inner join (select distinct submission_id from quality.submission_verdicts) as v
            on r.submission_id = v.submission_id
        group by s.submission_id
    """)
    con.execute("""
        create or replace temp table g_epochs as
        select row_number() over (order by seen) as epoch, seen from (select distinct seen from g_seen)
    """)
    con.execute("""
        update g_sub set epoch = coalesce((
            select e.epoch from g_seen as k inner join g_epochs as e on k.seen = e.seen
            where k.submission_id = g_sub.submission_id), 0)
    """)
    con.execute("create or replace temp table g_epoch as select epoch, unnest(seen) as submission_id from g_epochs")
    ids = [row[0] for row in con.execute("select distinct submission_id from g_epoch order by 1").fetchall()]
    return batch_files(settings, FEED, ids)


def load_known(con: duckdb.DuckDBPyConnection, files: list[str], wanted: str) -> None:
    """Creates ``g_registry``: per epoch the enterprises that the wanted numbers or names may mean, as last reported.

    Args:
        con: with ``g_epoch`` (epoch, submission_id): what each epoch saw.
        files: raw batches of the registry.
        wanted: name of a table with one column ``term``: normalised codes and names.

    Decisions that releases or corrections made on registry rows count from the day they were made; a release by
    ``retry_identity`` does not, so that months closed one by one equal months replayed.
    """
    if not files:
        con.execute(_EMPTY)
        return
    con.execute(
        f"""
        create or replace temp table g_registry_rows as
        with rows as (
            select r.uscc as typed_uscc, r.resolved_uscc, r.enterprise_name, r.name_norm, r.former_names,
                xy_uscc(r.organisation_code) as organisation_code, xy_uscc(r.registration_no) as registration_no,
                r._operation, r._received_at, r._row_id, r._submission_id, r.row_state
            from read_parquet($files, union_by_name = true) as r
        ),
        hits as (
            select distinct resolved_uscc
            from rows
            where resolved_uscc is not null and (
                resolved_uscc in (from {wanted}) or name_norm in (from {wanted}) or registration_no in (from {wanted})
                or organisation_code in (from {wanted}) or resolved_uscc[9:17] in (from {wanted}))
        )
        select rows.* from rows semi join hits using (resolved_uscc)
    """,
        {"files": files},
    )
    con.execute("""
        create or replace temp table g_registry as
        with decided as (
            select d.submission_id, d.row_id, e.epoch, arg_max(d.row_state, d.decided_at) as row_state
            from quality.row_decisions as d
            inner join g_epoch as e on d.cause_submission_id = e.submission_id
            where d.cause = 'corrected'
            group by all
        ),
        known as (
            select e.epoch, r.*
            from g_registry_rows as r
            inner join g_epoch as e on r._submission_id = e.submission_id
            inner join quality.submissions as s on r._submission_id = s.submission_id
            left join decided as d
                on r._submission_id = d.submission_id and r._row_id = d.row_id and e.epoch = d.epoch
            where coalesce(d.row_state, r.row_state) = 'accepted'
            qualify row_number() over (
                partition by e.epoch, r.resolved_uscc order by s.received_at desc, s.sha256 desc, r._row_id desc
            ) = 1
        )
        select epoch, resolved_uscc as uscc, enterprise_name as registry_name, name_norm,
            list_transform(former_names, lambda n: xy_name_norm(n)) as formers, organisation_code, registration_no
        from known
        where _operation <> 'delete'
    """)


def wanted_terms(con: duckdb.DuckDBPyConnection, typed: TypedBatch) -> None:
    """Creates ``g_wanted``: codes and names of the typed batch, each once."""
    code, name = code_column(typed.contract), name_column(typed.contract)
    parts = []
    if code:
        parts.append(f'select "{code}__clean" as term from {typed.relation([code])} where "{code}__clean" is not null')
    if code and name:  # a name is asked for only where the code cannot be used
        parts.append(f"""
            select "{name}__norm" from {typed.relation([code, name])}
            where coalesce("{code}__class", '') <> 'uscc' and "{name}__norm" is not null
        """)
    source = " union ".join(parts) or "select cast(null as varchar) as term where false"
    con.execute(f"create or replace temp table g_wanted as {source}")


def index_known(con: duckdb.DuckDBPyConnection) -> None:
    """Creates the four ways into ``g_registry``: by code, organisation code, registration number, unique name."""
    con.execute("""
        create or replace temp table g_by_organisation as
        select epoch, number, min(uscc) as uscc
        from (
            select epoch, organisation_code as number, uscc from g_registry where organisation_code is not null
            union
            select epoch, uscc[9:17], uscc from g_registry
        )
        group by epoch, number
        having count(*) = 1
    """)
    con.execute("""
        create or replace temp table g_by_registration as
        select epoch, registration_no as number, min(uscc) as uscc
        from g_registry where registration_no is not null
        group by epoch, registration_no
        having count(*) = 1
    """)
    con.execute("""
        create or replace temp table g_by_name as
        select epoch, name_norm, min(uscc) as uscc
        from g_registry where name_norm is not null
        group by epoch, name_norm
        having count(*) = 1
    """)
