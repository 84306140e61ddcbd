"""Agents, brokers, resellers, distributors."""

from __future__ import annotations

from sousveil.register.types.model import Edge, Property, RecordType

TYPE = RecordType(
    name="Representation",
    label="Representation",
    plural="Representations",
    what="Who acts for a vendor: agent, broker, reseller, distributor.",
    extends="Interval",
    properties=(
        Property("agent", "Agent", "entity", range=("LegalEntity",), ftm="agent", required=True),
        Property("client", "Acts for", "entity", range=("LegalEntity",), ftm="client", required=True),
        Property("role", "Role", "name", what="Agent, reseller, broker.", ftm="role"),
        Property("territory", "Territory", "country"),
        Property("product", "Product", "entity", range=("SurveillanceProduct",)),
    ),
    edge=Edge("agent", "client", "acts for"),
    ftm="Representation",
)
