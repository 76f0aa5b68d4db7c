"""Bytes in: contracts, settings, ledger, readers, connectors. Imports nothing from quality, exports or orchestration."""
