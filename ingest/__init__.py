"""Bytes in: contracts, settings, ledger, readers, connectors. Imports nothing of the layers above it."""
