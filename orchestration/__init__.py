"""Wiring only: Dagster definitions, the dbt runner, the command line."""
