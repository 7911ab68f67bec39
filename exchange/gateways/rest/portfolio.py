"""/portfolio but for orders, order groups and subaccounts: what a member has and had (SEMANTICS C).

A list that grows for ever is what the projections keep in memory and what history has, as one.
"""

from fastapi import APIRouter

from exchange.gateways.context import VenueContext
from exchange.gateways.rest import balance, cash, fills, positions, settlements


def router(context: VenueContext) -> APIRouter:
    """Its routes, one file a noun."""
    routes = APIRouter(prefix="/portfolio")
    for noun in (balance, positions, fills, settlements, cash):
        noun.add_routes(context, routes)
    return routes
